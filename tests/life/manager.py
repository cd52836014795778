# tests/life/manager.py -- a server and the service manager that started it: systemd's side of
# NOTIFY_SOCKET, and what a client and an operator ask.
import base64, os, re, select, signal, socket, subprocess, tempfile, time

PATIENCE_S = 30
KITH = os.environ["KITH"]


class Service:
    """One run of `kith serve`. notify: "path", "abstract", another name, or None."""

    def __init__(self, folder, *args, notify="path", watchdog_s=None, env=None):
        self.folder, self.heard, self.socket = folder, [], None
        name, environment = notify, dict(os.environ, **(env or {}))
        if notify in ("path", "abstract"):
            name = self.listen(notify)
        if name:
            environment["NOTIFY_SOCKET"] = name
        if watchdog_s:
            environment["WATCHDOG_USEC"] = str(int(watchdog_s * 1e6))
        self.log = open(os.path.join(folder, "log"), "a+")
        self.process = subprocess.Popen(
            [KITH, "serve", *args], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.pid = self.process.pid
        self.ready = self.line()

    def listen(self, kind):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if kind == "abstract":
            self.socket.bind("\0kith-life-%d-%d" % (os.getpid(), id(self)))
            return "@" + self.socket.getsockname()[1:].decode()
        path = os.path.join(tempfile.mkdtemp(dir=self.folder), "notify")
        self.socket.bind(path)
        return path

    def line(self):
        ready, _, _ = select.select([self.process.stdout], [], [], PATIENCE_S)
        return self.process.stdout.readline().strip() if ready else ""

    def port(self, scheme="ws"):
        found = re.search(scheme + r"://127\.0\.0\.1:(\d+)", self.ready)
        return int(found.group(1)) if found else 0

    def hear(self, seconds=PATIENCE_S):
        """The next message as a dict; None: none came in time."""
        ready, _, _ = select.select([self.socket], [], [], seconds)
        if not ready:
            return None
        text = self.socket.recv(65536).decode()
        message = dict(line.split("=", 1) for line in text.split("\n"))
        self.heard.append(message)
        return message

    def until(self, name, seconds=PATIENCE_S):
        """The next message that has NAME."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = self.hear(left)
            if message and name in message:
                return message
        return {}

    def beats(self, seconds):
        """How often all was well within so many seconds."""
        end, n = time.monotonic() + seconds, 0
        while (left := end - time.monotonic()) > 0:
            message = self.hear(left)
            n += bool(message) and message.get("WATCHDOG") == "1"
        return n

    def reload(self):
        self.process.send_signal(signal.SIGHUP)
        return self.until("RELOADING"), self.until("READY")

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    def threads(self, beginning):
        found = []
        for tid in os.listdir("/proc/%d/task" % self.pid):
            with open("/proc/%d/task/%s/comm" % (self.pid, tid)) as f:
                if f.read().startswith(beginning):
                    found.append(int(tid))
        return found


def status(port, request):
    """The status of one answer, and its socket, which stays open."""
    s = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S)
    s.sendall(request.encode())
    head = b""
    while b"\r\n" not in head and (piece := s.recv(4096)):
        head += piece
    return (int(head.split()[1]) if head else 0), s


def connect(port, token, origin=None):
    """The status of a WebSocket's handshake, and its socket."""
    key = base64.b64encode(os.urandom(16)).decode()
    return status(port, "GET /socket/websocket?vsn=2.0.0&token=%s HTTP/1.1\r\nHost: localhost\r\n"
                        "Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: %s\r\n%s\r\n" %
                        (token, key, "Origin: %s\r\n" % origin if origin else ""))


def ask_api(port, secret):
    code, s = status(port, "GET /v1/users/1/presence HTTP/1.1\r\nHost: localhost\r\n"
                           "Connection: close\r\nAuthorization: Bearer %s\r\n\r\n" % secret)
    s.close()
    return code


def beats(s):
    """Whether a heartbeat on this WebSocket is answered."""
    text = b'[null,"h","phoenix","heartbeat",{}]'
    s.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
    heard = b""
    while b"phx_reply" not in heard and (piece := s.recv(4096)):
        heard += piece
    return b"phx_reply" in heard
