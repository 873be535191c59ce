"""A server that reads a request and answers at once: what is measured against it is our own time.

`python -m tests.bench.quick_server` prints its port and serves until its input ends.
"""

from __future__ import annotations

import json
import socketserver
import sys
import threading

TEXT = "The meeting starts at ten tomorrow morning."
STREAM = (
    "data: "
    + json.dumps({"choices": [{"delta": {"content": TEXT}, "finish_reason": "stop"}]})
    + "\n\ndata: [DONE]\n\n"
).encode()
ANSWERS = {
    b"chat": b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n%s"
    % (len(STREAM), STREAM),
    b"audio": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
    % (len(json.dumps({"text": TEXT})), json.dumps({"text": TEXT}).encode()),
}


class Connection(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        while line := self.rfile.readline():
            way = b"chat" if b"/chat/" in line else b"audio"
            length, chunked = 0, False
            while (header := self.rfile.readline()) not in (b"\r\n", b""):
                name, _colon, value = header.lower().partition(b":")
                length = int(value) if name == b"content-length" else length
                chunked = chunked or (name == b"transfer-encoding" and b"chunked" in value)
            while chunked and (size := int(self.rfile.readline(), 16)):
                self._skip(size + 2)
            if chunked:
                self.rfile.readline()
            self._skip(length)
            self.wfile.write(ANSWERS[way])

    def _skip(self, count: int) -> None:
        while count:
            count -= len(self.rfile.read(min(count, 1 << 20)))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True


def main() -> None:
    server = Server(("127.0.0.1", 0), Connection)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
