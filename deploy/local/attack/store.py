"""S3 stores that lie."""

import concurrent.futures
import ssl
import subprocess
import tempfile
import threading
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from process import Result, run

SECONDS, MEBIBYTES = 60, 250
REFUSAL = b"<Error><Code>AccessDenied</Code><Message>Because.</Message></Error>"


def attacks(programs, short):
    program = programs / "data-emulator"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield lies(program, folder)
        yield private_authority(program, folder)


class Store(BaseHTTPRequestHandler):
    """Says that buckets are made, and of objects what its `lie` is: without one, the truth."""

    protocol_version = "HTTP/1.1"
    lie = staticmethod(lambda store: store.say(200, ETag=f'"{md5(store.body).hexdigest()}"'))

    def say(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def endless(self, status, body):
        self.send_response(status)
        self.send_header("ETag", '"x"')
        self.end_headers()
        self.close_connection = True
        self.wfile.write(body)
        try:
            for _ in range(4096):
                self.wfile.write(b"x" * (1 << 16))
        except OSError:
            pass

    def answer(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        # A bucket has one slash before it and, perhaps, one after.
        if self.path.split("?")[0].strip("/").count("/") == 0:
            self.say(200, b"<ListBucketResult></ListBucketResult>")
        else:
            self.lie()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = answer

    def log_message(self, *_):
        pass


LIES = {
    "a redirect to another host": lambda s: s.say(307, Location="http://127.0.0.1:9/a/b"),
    "a permanent redirect": lambda s: s.say(301, Location="http://127.0.0.1:9/a/b"),
    "success without a tag": lambda s: s.say(200),
    "a refusal without end": lambda s: s.endless(403, REFUSAL),
    "a success without end": lambda s: s.endless(200, b""),
    "a refusal that is no XML": lambda s: s.say(400, b"\0" * 10_000),
    "a refusal of entities that multiply": lambda s: s.say(403, b"<!DOCTYPE a [<!ENTITY b '&c;'>"),
    "not found": lambda s: s.say(404, b"<Error><Code>NoSuchBucket</Code></Error>"),
    "no content": lambda s: s.say(204),
}


class Listening:
    """A store on a free port, as long as the `with` lasts."""

    def __init__(self, lie, context=None):
        handler = type("Liar", (Store,), {"lie": lie})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self.server.server_address[1]

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def emulate(program, folder, endpoint, seconds=SECONDS * 2, **settings):
    words = ["emulate", "transaction", "--to", "minio", "--count", "100", "--seed", "7"]
    return run([program, *words], folder, seconds, MINIO_ENDPOINT=endpoint, **settings)


def lies(program, folder):
    def case(item):
        what, lie = item
        with Listening(lie) as port:
            return what, emulate(program, folder, f"127.0.0.1:{port}")

    faults, longest, most = [], 0, 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for what, (code, said, took, mebibytes) in pool.map(case, LIES.items()):
            longest, most = max(longest, took), max(most, mebibytes)
            if code is None or not 0 < code < 100:
                faults.append(f"{what}: exit {code}: {said.strip()[-200:]!r}")
            if took > SECONDS or mebibytes > MEBIBYTES:
                faults.append(f"{what}: {took:.1f} s, {mebibytes:.0f} MiB")
    return Result("S3 stores that lie about a write", len(LIES), longest, most, faults)


def private_authority(program, folder):
    """A store with a certificate of a private authority: trusted where it is named, only there."""
    authority(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "store.pem", folder / "store.key")
    named = str(folder / "authority.pem")
    cases = [
        ("named by the setting", {"MINIO_CA_FILE": named}, True),
        ("named to the system", {"SSL_CERT_FILE": named}, True),
        ("not named", {}, False),
    ]
    faults, longest, most = [], 0, 0
    with Listening(Store.lie, context) as port:
        for what, settings, trusted in cases:
            # Without trust there is nothing to wait for but the retries of making the bucket, which
            # the log tells of.
            code, said, took, mebibytes = emulate(
                program, folder, f"https://127.0.0.1:{port}", 20, **settings
            )
            longest, most = max(longest, took), max(most, mebibytes)
            doubted = "certificate" in said
            if doubted == trusted:
                faults.append(f"{what}: exit {code}: {said.strip()[-200:]!r}")
    return Result("certificates of a private authority", len(cases), longest, most, faults)


def authority(folder):
    def openssl(*words):
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    key = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "authority.key", "-out", "authority.pem",
            "-days", "2", "-subj", "/CN=Trial authority")  # fmt: skip
    openssl("req", *key, "-keyout", "store.key", "-out", "store.csr", "-subj", "/CN=store")
    openssl("x509", "-req", "-in", "store.csr", "-CA", "authority.pem", "-CAkey", "authority.key",
            "-CAcreateserial", "-out", "store.pem", "-days", "2", "-extfile", "names")  # fmt: skip
