"""Is told by a Data Emulator when its runs have ended; the standard library is enough.

    CALLBACKS_SECRET=... python3 receiver.py 9000
"""

import hmac
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ["CALLBACKS_SECRET"].encode()


def verified(header: str, body: bytes) -> dict:
    """The event, if somebody who has the secret sent it within the last five minutes."""
    parts = dict(part.split("=", 1) for part in header.split(","))
    signed = parts["t"].encode() + b"." + body
    expected = hmac.new(SECRET, signed, "sha256").hexdigest()
    if not hmac.compare_digest(expected, parts["v1"]):
        raise ValueError("the signature is wrong")
    if abs(time.time() - int(parts["t"])) > 300:
        raise ValueError("it is too old")
    return json.loads(body)


class Receiver(BaseHTTPRequestHandler):
    seen = set()  # in a database, if it is to outlive this process

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            event = verified(self.headers["X-Emulator-Signature"] or "", body)
        except (KeyError, ValueError) as error:
            return self.send_error(401, str(error))
        if event["id"] not in self.seen:
            self.seen.add(event["id"])
            print(json.dumps(event), flush=True)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver)
    print(json.dumps({"port": server.server_port}), flush=True)
    server.serve_forever()
