# tests/life/life.py -- `kith serve` under a service manager: NOTIFY_SOCKET, the watchdog, SIGHUP, the end.
import ctypes, os, pty, pwd, re, shutil, signal, subprocess, sys, tempfile, time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from manager import KITH, PATIENCE_S, Service, ask_api, beats, connect, status

SECRETS = ["token-secret-%s-0123456789abcdef0123456789" % name for name in "abc"]
KEYS = ["api-secret-%s-0123456789abcdef0123456789" % name for name in "ab"]
passed = failed = 0


def ok(name, good, said=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print("ok - %s" % name if good else "not ok - %s: %s" % (name, said), flush=True)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(text)
    return path


def config(folder, token="a", key="a", more=""):
    return write(folder, "kith.conf", """
[server]
listen = 127.0.0.1:0
api = 127.0.0.1:0
data = data
workers = 2
%s
[token app]
kind = jwt
secret = %s
[key app]
role = admin
secret = %s
""" % (more, SECRETS["abc".index(token)], KEYS["ab".index(key)]))


def token(folder, of):
    conf = write(folder, "mint.conf", "[token app]\nkind = jwt\nsecret = %s\n" % SECRETS["abc".index(of)])
    return subprocess.run([KITH, "token", "--user", "1", "--config", conf], cwd=folder, check=True,
                          capture_output=True, text=True).stdout.strip()


def tells_a_manager_how_it_is(folder):
    for kind in ("path", "abstract"):
        config(folder, more="drain_s = 3")
        s = Service(folder, "--config", "kith.conf", notify=kind)
        first = s.hear()
        ok("%s: it says that it is ready" % kind, first and first.get("READY") == "1" and first.get("STATUS"), s.heard)
        code, it = connect(s.port(), token(folder, "a"))
        it.close()
        ok("%s: and is" % kind, code == 101, code)
        code = s.end()
        stopping = s.until("STOPPING", 1)
        ok("%s: it says that it stops, and ends well" % kind, stopping and code == 0, (s.heard, code))
        ok("%s: and for how long it may" % kind, int(stopping.get("EXTEND_TIMEOUT_USEC", 0)) >= 3000000, stopping)
        ok("%s: it is ready once" % kind, sum("READY" in m for m in s.heard) == 1, s.heard)


def says_what_it_cannot_tell(folder):
    for name in ("relative", "/" + "x" * 120):
        config(folder)
        s = Service(folder, "--config", "kith.conf", notify=name)
        ok("it serves where NOTIFY_SOCKET is no socket", s.port(), s.said())
        ok("and says so", "NOTIFY_SOCKET names no socket" in s.said(), s.said())
        s.end()
    gone = os.path.join(folder, "nobody-listens")
    s = Service(folder, "--config", "kith.conf", notify=gone)
    ok("and where nobody listens there", s.port() and s.end() == 0, s.said())


class Stopped:
    """One thread of another process, held by ptrace."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    SEIZE, INTERRUPT, DETACH, WALL = 0x4206, 0x4207, 17, 0x40000000

    def __init__(self, tid):
        self.tid = tid

    def __enter__(self):
        if self.libc.ptrace(self.SEIZE, self.tid, 0, 0) != 0:
            raise PermissionError(ctypes.get_errno(), "ptrace")
        self.libc.ptrace(self.INTERRUPT, self.tid, 0, 0)
        os.waitpid(self.tid, self.WALL)

    def __exit__(self, *_):
        self.libc.ptrace(self.DETACH, self.tid, 0, 0)


def a_worker_that_hangs_is_noticed(folder):
    config(folder)
    s = Service(folder, "--config", "kith.conf", watchdog_s=1)
    ok("the watchdog hears more often than it asks", s.beats(3) >= 5, s.heard)
    workers = s.threads("worker-")
    ok("there are two workers", len(workers) == 2, workers)
    for tid in workers:
        try:
            with Stopped(tid):
                s.beats(0.6)  # those on their way
                ok("while a worker hangs it hears nothing", s.beats(2) == 0, s.heard)
        except PermissionError:
            print("nobody may stop a thread here: not tried")
            break
        ok("and again once it turns", s.beats(2) >= 2, s.heard)
    for tid in s.threads("keeper"):
        try:
            with Stopped(tid):
                ok("a disk that is slow is no reason to kill it", s.beats(2) >= 2, s.heard)
        except PermissionError:
            break
    s.end()
    s = Service(folder, "--config", "kith.conf", watchdog_s=1, env={"WATCHDOG_PID": "1"})
    ok("a watchdog of another process hears nothing", s.beats(1.5) == 0, s.heard)
    s.end()


def keys_change_and_sessions_stay(folder):
    config(folder)
    s = Service(folder, "--config", "kith.conf", "--set", "presence.grace_s=7")
    port, api = s.port(), s.port("http")
    code, session = connect(port, token(folder, "a"))
    ok("a token of the first key is good", code == 101, code)
    ok("and a key of the API", ask_api(api, KEYS[0]) == 200)
    ok("and of no other", connect(port, token(folder, "b"))[0] == 403 and ask_api(api, KEYS[1]) == 401)
    config(folder, token="b", key="b", more="idle_s = 70\n[presence]\ngrace_s = 9")
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    reloading, ready = s.reload()
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    ok("it says that it reloads, and since when", before <= int(reloading.get("MONOTONIC_USEC", 0)) <= after, reloading)
    ok("and is ready again", ready.get("READY") == "1" and "reloaded" in ready.get("STATUS", ""), ready)
    ok("a token of the old key is good no more", connect(port, token(folder, "a"))[0] == 403)
    ok("one of the new key is", connect(port, token(folder, "b"))[0] == 101)
    ok("so it is with keys of the API", ask_api(api, KEYS[0]) == 401 and ask_api(api, KEYS[1]) == 200)
    ok("who was connected stays", beats(session))
    said = s.said()
    ok("the log tells what has changed", "kith: info: reloaded: server.idle_s = 70, was 60\n" in said and
       "kith: info: reloaded: [token app] secret is another\n" in said and
       "kith: info: reloaded: [key app] secret is another\n" in said, said)
    ok("a flag has the last word still", "grace_s" not in said, said)
    ok("no secret is in the log", not any(x in said for x in SECRETS + KEYS), said)
    s.end()


def what_takes_a_restart_is_said(folder):
    config(folder)
    s = Service(folder, "--config", "kith.conf")
    port = s.port()
    with open(os.path.join(folder, "kith.conf")) as f:
        text = f.read()
    write(folder, "kith.conf", text.replace("workers = 2", "workers = 3").replace("data = data", "data = other"))
    for _ in range(2):
        s.reload()
    said = s.said()
    ok("what takes a restart is said each time", said.count("server.workers = 3, was 2: that takes a restart") == 2 and
       said.count("server.data = other, was data: that takes a restart") == 2, said)
    ok("and stays", connect(port, token(folder, "a"))[0] == 101 and not os.path.exists(os.path.join(folder, "other")))
    s.end()


def a_broken_file_keeps_the_old_one(folder):
    config(folder)
    s = Service(folder, "--config", "kith.conf")
    port, old = s.port(), token(folder, "a")
    config(folder, token="b")
    with open(os.path.join(folder, "kith.conf"), "a") as f:
        f.write("rol = x\n")
    _, ready = s.reload()
    ok("a broken file is told the manager", "not reloaded: kith.conf:" in ready.get("STATUS", ""), ready)
    ok("and the log, with its line", "kith.conf:14: key app.rol: no such key; did you mean key NAME.role?; nothing is reloaded" in s.said(), s.said())
    ok("the old keys hold", connect(port, old)[0] == 101 and connect(port, token(folder, "b"))[0] == 403)
    os.unlink(os.path.join(folder, "kith.conf"))
    _, ready = s.reload()
    ok("one that is gone is told, too", "kith.conf: No such file" in ready.get("STATUS", ""), ready)
    write(folder, "kith.conf", "[server]\nauth = none\nlisten = 127.0.0.1:0\napi = 127.0.0.1:0\n")
    _, ready = s.reload()
    ok("and one that leaves a server of tokens without keys", "it takes a restart" in ready.get("STATUS", ""), ready)
    ok("the old keys hold still", connect(port, old)[0] == 101)
    config(folder, token="b")
    s.reload()
    ok("a whole one is taken up", connect(port, old)[0] == 403 and connect(port, token(folder, "b"))[0] == 101)
    s.end()


def root_becomes_another(folder):
    if os.geteuid() != 0:
        print("not root: not tried")
        return
    config(folder)
    s = Service(folder, "--config", "kith.conf")
    ok("root is told that it need not be", "warning: it runs as root" in s.said(), s.said())
    s.end()
    shutil.rmtree(os.path.join(folder, "data"))
    of = pwd.getpwnam("nobody")
    for path in (folder, os.path.join(folder, "kith.conf")):
        os.chown(path, of.pw_uid, of.pw_gid)
    s = Service(folder, "--config", "kith.conf", "--user", "nobody")
    with open("/proc/%d/status" % s.pid) as f:
        said = dict(line.split(":", 1) for line in f)
    ok("--user: it is that user alone", said["Uid"].split() == [str(of.pw_uid)] * 4 and
       said["Gid"].split() == [str(of.pw_gid)] * 4, said)
    ok("with no rights", all(int(said[x], 16) == 0 for x in ("CapPrm", "CapEff", "CapInh", "CapAmb")), said)
    ok("and what it makes is its own", os.stat(os.path.join(folder, "data", "kith.db")).st_uid == of.pw_uid)
    s.reload()
    ok("it reads its settings again as that user", "kith: info: reloaded\n" in s.said(), s.said())
    s.end()
    os.chown(os.path.join(folder, "kith.conf"), 0, 0)
    s = Service(folder, "--config", "kith.conf", "--user", "nobody")
    ok("what it may not read is told at the start", s.end() == 78 and "kith.conf: Permission denied" in s.said(), s.said())


def a_closed_terminal_ends_it(folder):
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execv(KITH, [KITH, "serve", "--auth", "none", "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0"])
    heard = b""
    while b"ready ws" not in heard:
        heard += os.read(master, 4096)
    os.kill(pid, signal.SIGHUP)
    while b"reloaded" not in heard:
        heard += os.read(master, 4096)
    ok("on a terminal SIGHUP reloads, too, with no file but its flags", True)
    os.close(master)
    ok("one that is closed ends it", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0)


def whoever_says_nohup_means_it(folder):
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvp("nohup", ["nohup", KITH, "serve", "--auth", "none", "--listen", "127.0.0.1:0", "--api", "127.0.0.1:0"])
    said, end = os.path.join(folder, "nohup.out"), time.monotonic() + PATIENCE_S

    def says(word):
        while time.monotonic() < end:
            if os.path.exists(said):
                with open(said) as f:
                    if word in f.read():
                        return True
            time.sleep(0.05)
        return False
    ok("under nohup it begins as ever", says("ready ws"))
    os.close(master)
    ok("the end of its terminal is not its own", says("reloaded") and os.waitpid(pid, os.WNOHANG)[0] == 0)
    os.kill(pid, signal.SIGTERM)
    ok("SIGTERM is", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0)


def the_docs_name_what_is_taken_up(_):
    house = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    with open(os.path.join(house, "src", "app", "config_keys.c")) as f:
        live = [found.group(1, 2) for found in re.finditer(r'^    \{"(\w+)", "(\w+)", (?:(?!\n    \{").)*?\.live = true', f.read(), re.M | re.S)]
    with open(os.path.join(house, "docs", "operating.md")) as f:
        told = re.search(r"- \*\*Taken up\*\*(.*?)\n- ", f.read(), re.S).group(1)
    missing = [key for key in live if "`%s`" % key[1] not in told and "`%s.%s`" % key not in told]
    ok("docs/operating.md names all that is taken up", len(live) > 10 and not missing, missing)


def main():
    for scene in (tells_a_manager_how_it_is, says_what_it_cannot_tell, a_worker_that_hangs_is_noticed,
                  keys_change_and_sessions_stay, what_takes_a_restart_is_said,
                  a_broken_file_keeps_the_old_one, root_becomes_another, a_closed_terminal_ends_it, whoever_says_nohup_means_it,
                  the_docs_name_what_is_taken_up):
        folder = tempfile.mkdtemp(prefix="kith-life-")
        try:
            scene(folder)
        except Exception as e:
            ok(scene.__name__, False, repr(e))
        finally:
            shutil.rmtree(folder)
    print("\n%d passed, %d failed" % (passed, failed))
    sys.exit(failed > 0)


main()
