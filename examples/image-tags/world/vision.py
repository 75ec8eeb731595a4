"""A vision API as people buy it: it wants a key, is slow at times, busy at times and broken at times.

    VISION_KEY=… python3 vision.py [PORT]

What it sees, it asks the recogniser of ../digits for, over the route that `flowd` serves at FLOWD_URL.
"""

import itertools
import json
import os
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
FLOWD = os.environ.get("FLOWD_URL", "http://127.0.0.1:8787")
KEY = os.environ["VISION_KEY"]
# Every so many requests it is slow, busy, broken, or hides behind the page of a proxy.
SLOW, BUSY, BROKEN, HIDDEN = 5, 7, 11, 23
SLOW_SECONDS = 0.3
requests = itertools.count(1)
counting = threading.Lock()


def recognise(image: bytes) -> tuple[int, dict]:
    """The digit on an image: a status and an answer."""
    boundary = secrets.token_hex(16)
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="image.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    ).encode() + image + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(FLOWD + "/digits", body, headers), timeout=20) as answer:
            seen = json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, {"error": "the recogniser has no answer"}
    except OSError:
        return 503, {"error": "the recogniser is not there"}
    return 200, {"classes": [{"class": NAMES[seen["digit"]], "score": seen["score"]}]}


class Vision(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        image = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if not secrets.compare_digest(self.headers.get("Authorization", ""), f"Bearer {KEY}"):
            return self.answer(401, {"error": "no such key"})
        if self.path != "/v1/classify":
            return self.answer(404, {"error": "no such resource"})
        with counting:
            number = next(requests)
        if number % HIDDEN == 0:
            return self.reply(200, "text/html", b"<html><title>Please log in</title></html>")
        if number % BROKEN == 0:
            return self.answer(500, {"error": "something broke"})
        if number % BUSY == 0:
            return self.answer(429, {"error": "too many requests"})
        if number % SLOW == 0:
            time.sleep(SLOW_SECONDS)
        self.answer(*recognise(image))

    def answer(self, status: int, body: dict) -> None:
        self.reply(status, "application/json", json.dumps(body).encode())

    def reply(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Whoever asked has hung up; anything else is told."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(*_)


if __name__ == "__main__":
    with Server(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 5990), Vision) as server:
        print(f"vision on http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
