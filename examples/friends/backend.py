#!/usr/bin/env python3
"""backend.py -- a back end that says who is whose friend, as Kith asks it over HTTP, and tells Kith
when that changes. Python 3, without any package.

    python3 backend.py 8081 http://127.0.0.1:4001 [source.key kith.conf.key]

Kith asks GET /users/ID/friends, and shows what is in source.key (its source.key_file); with kith.conf.key it is
told of changes, which wants a key of its API that may write. Without these two nobody is asked for a key, as in
development (auth = none). A friendship begins and ends here by PUT and DELETE /friendships/ONE/OTHER, which
a real back end lets nobody do but the two.
"""
import hmac
import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock


class Friendships:
    """Of both ways; a real back end has them in its database."""

    def __init__(self):
        self.of_user = {}
        self.lock = Lock()

    def of(self, user):
        with self.lock:
            return sorted(self.of_user.get(user, ()))

    def change(self, one, other, friends):
        with self.lock:
            for user, friend in ((one, other), (other, one)):
                known = self.of_user.setdefault(user, set())
                if friends:
                    known.add(friend)
                else:
                    known.discard(friend)


def bearer(file):
    with open(file, encoding="ascii") as key:
        return "Bearer " + key.read().strip()


def tell_kith(api, headers, user):
    """That the user's friends have changed. If Kith cannot be told, it finds out by its next sweep."""
    path = f"/v1/users/{urllib.parse.quote(user, safe='')}/refresh"
    request = urllib.request.Request(api + path, method="POST", headers=headers)
    try:
        urllib.request.urlopen(request, timeout=5).close()
    except (OSError, urllib.error.URLError) as error:
        print(f"Kith was not told of {user!r}: {error}", file=sys.stderr, flush=True)


class Backend(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # Kith uses its connections again
    wbufsize = -1  # head and body leave as one: the second of two small writes waits 40 ms for the first

    def path_of(self):
        return [urllib.parse.unquote(part) for part in self.path.split("?")[0].split("/")[1:]]

    def do_GET(self):
        match self.path_of():
            case ["users", _, "friends"] if not self.is_kith():
                self.answer(401, {})
            case ["users", user, "friends"]:
                self.answer(200, {"friends": self.server.friendships.of(user)})
            case _:
                self.answer(404, {})

    def is_kith(self):
        shown = self.headers.get("authorization", "")
        return not self.server.key or hmac.compare_digest(shown.encode(), self.server.key.encode())

    def do_PUT(self):
        self.change(True)

    def do_DELETE(self):
        self.change(False)

    def change(self, friends):
        match self.path_of():
            case ["friendships", one, other]:
                self.server.friendships.change(one, other, friends)
                for user in (one, other):
                    tell_kith(self.server.kith, self.server.headers, user)
                self.answer(200, {})
            case _:
                self.answer(404, {})

    def answer(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def main():
    if len(sys.argv) not in (3, 5) or not sys.argv[1].isdecimal():
        sys.exit("Usage: python3 backend.py PORT API_URL [SOURCE_KEY_FILE API_KEY_FILE]")
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Backend)
    server.friendships = Friendships()
    server.kith = sys.argv[2]
    server.key = bearer(sys.argv[3]) if len(sys.argv) > 3 else None
    server.headers = {"authorization": bearer(sys.argv[4])} if len(sys.argv) > 4 else {}
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
