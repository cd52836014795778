# tests/lib/on_terminal.py -- runs a command on a terminal of its own, for tests: python3 on_terminal.py LINES COLUMNS
# COMMAND... Its screen comes on standard output as it is written. Standard input tells what to do, a
# line each: `keys TEXT` (a JSON string), `size LINES COLUMNS`, `signal NUMBER`. At the end standard
# error has one line of JSON: the exit code, and whether the terminal's settings are as they were.
import fcntl, json, os, select, signal, struct, sys, termios, threading


def set_size(fd, lines, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def obey(line, master, child):
    word, _, rest = line.strip().partition(" ")
    if word == "keys":
        os.write(master, json.loads(rest).encode())
    elif word == "size":
        set_size(master, *map(int, rest.split()))
    elif word == "signal":
        os.kill(child, int(rest))


def relay(master, child):
    asked, sources = b"", [master, 0]
    while True:
        ready, _, _ = select.select(sources, [], [])
        if 0 in ready:
            piece = os.read(0, 4096)
            if not piece:
                sources.remove(0)
            *lines, asked = (asked + piece).split(b"\n")
            for line in lines:
                obey(line.decode(), master, child)
        if master in ready:
            try:
                piece = os.read(master, 65536)
            except OSError:  # nobody has it any more
                return
            if not piece:
                return
            os.write(1, piece)


def main():
    lines, columns, *command = sys.argv[1:]
    master, slave = os.openpty()
    set_size(master, int(lines), int(columns))
    before = termios.tcgetattr(slave)
    child = os.fork()
    if child == 0:
        os.close(master)
        os.setsid()
        fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
        for fd in range(3):
            os.dup2(slave, fd)
        os.environ["TERM"] = os.environ.get("TEST_TERM", "xterm")
        os.execvp(command[0], command)
    restored = None
    # The slave stays open here until the child has ended, so that its settings can be read.
    status = []

    def wait():
        status.append(os.waitpid(child, 0)[1])
        nonlocal restored
        restored = termios.tcgetattr(slave) == before
        os.close(slave)

    threading.Thread(target=wait, daemon=True).start()
    relay(master, child)
    while not status or restored is None:
        select.select([], [], [], 0.01)
    code = os.waitstatus_to_exitcode(status[0])
    print(json.dumps({"code": code, "restored": restored}), file=sys.stderr)


signal.signal(signal.SIGPIPE, signal.SIG_DFL)
main()
