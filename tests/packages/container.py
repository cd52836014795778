# tests/packages/container.py HOUSE BASE SCRATCH -- builds what the Containerfile of HOUSE says, where no engine
# runs: each stage is a copy of BASE, a Debian in a folder, and its steps are made there in order. Then starts it as
# an engine would. A word of a Containerfile that is not known here is an error, and so is a step that fails.
import fnmatch, json, os, re, shutil, subprocess, sys, tempfile

# What a machine may need on its way out, which engines hand to a build, too.
NETWORK = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
failed = 0


def ok(name, good, said=""):
    global failed
    failed += not good
    print("ok - %s" % name if good else "not ok - %s: %s" % (name, said), flush=True)


def steps(text):
    """(WORD, rest) of each, lines joined that a backslash goes on with."""
    lines = [line for line in text.split("\n") if not line.lstrip().startswith("#")]
    for line in re.sub(r"\\\n", " ", "\n".join(lines)).split("\n"):
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def listed(rest):
    """The words of an exec form, or of the shell's."""
    return json.loads(rest) if rest.startswith("[") else ["/bin/sh", "-c", rest]


class Stage:
    def __init__(self, base, folder):
        subprocess.run(["cp", "-a", base, folder], check=True)
        self.root, self.folder, self.user, self.env = folder, "/", None, {}
        self.entry, self.command, self.health = [], [], None
        subprocess.run(["mount", "-t", "proc", "proc", folder + "/proc"], check=True)

    def ids(self):
        return self.user.split(":")

    def call(self, words, enter=(), env=None, **more):
        """A process in it, as its user, with no more rights than an engine has to leave it."""
        drop = ["setpriv", "--reuid", self.ids()[0], "--regid", self.ids()[1], "--clear-groups", "--bounding-set=-all",
                "--inh-caps=-all", "--no-new-privs"] if self.user else []
        return subprocess.Popen(
            [*enter, "chroot", self.root, "/usr/bin/env", "-i", "PATH=" + PATH, "HOME=/root",
             *["%s=%s" % x for x in {**(env or {}), **self.env}.items()], "/bin/sh", "-c", 'cd "$0" && exec "$@"', self.folder, *drop,
             *words], **more)

    def end(self):
        subprocess.run(["umount", self.root + "/proc"], check=True)
        subprocess.run(["rm", "-rf", "--one-file-system", self.root], check=True)


def ignored(house):
    with open(os.path.join(house, ".containerignore")) as f:
        patterns = [line.strip() for line in f if line.strip() and not line.startswith("#")]
    whole = [p for p in patterns if not p.startswith("**/")]
    anywhere = [p[3:] for p in patterns if p.startswith("**/")]

    def choose(folder, names):
        top = os.path.samefile(folder, house)
        return [n for n in names if any(fnmatch.fnmatch(n, p) for p in anywhere + (whole if top else []))]
    return choose


def copy(stages, stage, rest, house):
    named = re.match(r"--from=(\S+)\s+(.*)", rest)
    source, to = (named.group(2) if named else rest).split()
    into = stage.root + (to if to.startswith("/") else os.path.join(stage.folder, to))
    if named:
        what = stages[named.group(1)].root + source
        os.makedirs(os.path.dirname(into), exist_ok=True)
        subprocess.run(["cp", "-a", what, into], check=True)
    else:
        shutil.copytree(os.path.join(house, source), into, symlinks=True, dirs_exist_ok=True, ignore=ignored(house))


def step(stages, stage, word, rest, house):
    if word == "RUN":
        if stage.call(listed(rest), env={name: os.environ[name] for name in NETWORK if name in os.environ}).wait() != 0:
            raise RuntimeError("RUN %s" % rest)
    elif word == "COPY":
        copy(stages, stage, rest, house)
    elif word == "WORKDIR":
        stage.folder = rest
        os.makedirs(stage.root + rest, exist_ok=True)
    elif word == "USER":
        stage.user = rest
    elif word == "ENV":
        name, _, value = rest.partition("=")
        stage.env[name] = value
    elif word == "ENTRYPOINT":
        stage.entry = listed(rest)
    elif word == "CMD":
        stage.command = listed(rest)
    elif word == "HEALTHCHECK":
        stage.health = listed(rest[rest.index("CMD") + 3:].strip())
    elif word not in ("EXPOSE", "VOLUME", "STOPSIGNAL", "LABEL"):
        raise RuntimeError("%s is not known here" % word)


def build(house, base, scratch):
    stages, stage = {}, None
    with open(os.path.join(house, "Containerfile")) as f:
        for word, rest in steps(f.read()):
            print("###", word, rest[:100], flush=True)
            if word == "FROM":
                image, _, name = rest.partition(" AS ")
                if not image.startswith("docker.io/library/debian:bookworm"):
                    raise RuntimeError("FROM %s: only a Debian can be made here" % image)
                stage = stages[name or "last"] = Stage(base, os.path.join(scratch, name or "last"))
            else:
                step(stages, stage, word, rest, house)
    for name in [n for n in stages if stages[n] is not stage]:
        stages[name].end()
    return stage


def settings(stage, house):
    """What whoever runs it brings, as the head of the Containerfile says."""
    folder = stage.root + "/etc/kith"
    os.makedirs(folder)
    with open(os.path.join(house, "packaging", "kith.conf")) as f:
        text = f.read()
    with open(folder + "/kith.conf", "w") as f:
        f.write(text.replace("listen = 127.0.0.1:4000", "listen = 0.0.0.0:4000"))
    for name in ("token.secret", "api.key"):
        with open(os.path.join(folder, name), "w") as f:
            f.write(os.urandom(32).hex())
        os.chown(os.path.join(folder, name), 0, int(stage.ids()[1]))
        os.chmod(os.path.join(folder, name), 0o640)


def is_well(stage, enter):
    health = stage.call(stage.health, enter, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = health.communicate(timeout=60)[0]
    return health.returncode == 0, said


def serve(stage, enter):
    log = tempfile.TemporaryFile()
    server = stage.call(stage.entry + stage.command, enter, stdout=subprocess.PIPE, stderr=log, text=True)
    ready = server.stdout.readline()
    log.seek(0)
    ok("it starts by ENTRYPOINT and CMD", "ready ws://0.0.0.0:4000" in ready, (ready, log.read()))
    ok("HEALTHCHECK says that it is well", *is_well(stage, enter))
    with open("/proc/%d/status" % server.pid) as f:
        status = dict(line.split(":", 1) for line in f)
    ok("it is not root, and has no rights", status["Uid"].split() == [stage.ids()[0]] * 4 and
       int(status["CapBnd"], 16) == 0, status)
    server.terminate()
    ok("SIGTERM ends it well", server.wait(60) == 0)
    ok("and then HEALTHCHECK does not", not is_well(stage, enter)[0])
    data = os.stat(stage.root + "/var/lib/kith/kith.db")
    ok("its data is in the volume", data.st_uid == int(stage.ids()[0]))


def run(stage, house):
    """With a network of its own, as an engine gives it."""
    settings(stage, house)
    name = "kith-container-%d" % os.getpid()
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        serve(stage, ["ip", "netns", "exec", name])
    finally:
        subprocess.run(["ip", "netns", "del", name])


def main():
    house, base, scratch = sys.argv[1:]
    os.makedirs(scratch)
    stage = build(house, base, scratch)
    ok("each step of the Containerfile works", True)
    try:
        run(stage, house)
    finally:
        stage.end()
    sys.exit(failed > 0)


main()
