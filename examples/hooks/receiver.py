#!/usr/bin/env python3
"""receiver.py -- a back end that hears from Kith who comes, changes and goes: it verifies each
request, takes each event once, and prints it. Python 3, without any package.

    python3 receiver.py hooks.secret 8080
"""
import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

TOLERANCE_S = 300  # an older request may be one that somebody has recorded
BODY_BYTES_MAX = 1 << 20
SECRET_BYTES_MIN = 32  # as Kith wants it; with none anybody could sign


def is_genuine(secret, headers, body):
    """Whether Kith has sent it, now: the signature is over id, timestamp and body."""
    try:
        at = int(headers["webhook-timestamp"])
        signed = b"%s.%d.%s" % (headers["webhook-id"].encode(), at, body)
        signatures = headers["webhook-signature"].encode().split()
    except (TypeError, ValueError, AttributeError):
        return False
    mac = hmac.new(secret, signed, hashlib.sha256).digest()
    own = b"v1," + base64.b64encode(mac)
    fits = [hmac.compare_digest(own, one) for one in signatures]
    return any(fits) and abs(time.time() - at) <= TOLERANCE_S


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # the connection is used again
    timeout = 60  # for whoever says nothing, or sends no end

    def do_POST(self):
        length = self.headers.get("content-length", "")
        if not length.isascii() or not length.isdigit() or len(length) > 9:
            return self.refuse(411)  # a negative one would be read without an end
        if int(length) > BODY_BYTES_MAX:
            return self.refuse(413)
        body = self.rfile.read(int(length))
        if not is_genuine(self.server.secret, self.headers, body):
            return self.answer(401)
        with self.server.lock:  # what was too slow for Kith is sent again meanwhile
            for event in json.loads(body)["events"]:
                self.take(event)
        self.answer(204)  # only now: what is not answered so is sent again

    def take(self, event):
        """An event may come twice, never out of its order. A real back end keeps the id with what it
        makes of the event, in one transaction."""
        if event["id"] <= self.server.last_id:
            return
        print(json.dumps(event), flush=True)
        self.server.last_id = event["id"]

    def refuse(self, status):
        """Where its body ends is not known."""
        self.close_connection = True
        self.answer(status)

    def answer(self, status):
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def read_secret(name):
    with open(name, "rb") as file:
        secret = file.read().rstrip(b"\r\n")
    if len(secret) < SECRET_BYTES_MIN:
        sys.exit(f"receiver.py: {name} holds no secret; make one: openssl rand -base64 48")
    return secret


def main():
    if len(sys.argv) != 3 or not sys.argv[2].isdecimal():
        sys.exit("Usage: python3 receiver.py SECRET_FILE PORT")
    try:
        secret = read_secret(sys.argv[1])
        server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Receiver)
    except (OSError, OverflowError) as error:
        sys.exit(f"receiver.py: {error}")
    server.secret, server.last_id, server.lock = secret, 0, Lock()
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
