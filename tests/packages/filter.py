# tests/packages/filter.py UNIT CALLS -- whether the system call filter of a unit lets all that strace -f has seen
# of a kith server. Names what it would not.
import re, subprocess, sys


def members(name):
    """The calls of a set of systemd's, those of sets in it too."""
    if not name.startswith("@"):
        return {name}
    found = set()
    for line in subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True,
                               check=True).stdout.split("\n")[1:]:
        if line.strip() and not line.strip().startswith("#"):
            found |= members(line.strip())
    return found


def allowed(unit):
    calls = set()
    for value in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        names = value.lstrip("~").split()
        for name in names:
            calls = calls - members(name) if value.startswith("~") else calls | members(name)
    return calls | members("@default")


def seen(text):
    """What kith called, from its first moment on: what starts it is systemd's part."""
    began, calls = set(), set()
    for line in text.split("\n"):
        found = re.match(r"(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed)(.*)", line)
        if not found:
            continue
        pid, call, rest = found.groups()
        if call == "execve" and '"/usr/bin/kith"' in rest:
            began.add(pid)
        elif pid in began:
            calls.add(call)
            child = re.search(r"= (\d+)$", rest)
            if call in ("clone", "clone3") and child:
                began.add(child.group(1))
    return calls


def main():
    with open(sys.argv[1]) as unit, open(sys.argv[2], errors="replace") as calls:
        may, does = allowed(unit.read()), seen(calls.read())
    # Asks for more descriptors, which the unit has given already.
    refused = sorted(does - may - {"setrlimit"})
    for call in refused:
        print("the unit refuses", call, file=sys.stderr)
    if len(does) < 20:
        print("only %d calls were seen" % len(does), file=sys.stderr)
    print("%d system calls" % len(does))
    sys.exit(bool(refused) or len(does) < 20)


main()
