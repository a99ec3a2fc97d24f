"""Requests that are none, or nearly: each is refused or its connection ends, in bounded time."""

import concurrent.futures
import gzip
import random
import re
import socket
import time

MEBIBYTES = 400
#: The server waits 5 s for a head and 10 s for a body.
SECONDS = 20
JSON = b"Content-Type: application/json\r\n"
ALLOWED = re.compile(rb"HTTP/1\.[01] ([1234]\d\d|50[135]) ")


def head(line, *lines, body=b""):
    return b"\r\n".join([line, b"Host: a", b"Connection: close", *lines, b"", body])


def post(path, body, *lines):
    length = b"Content-Length: %d" % len(body)
    return head(b"POST " + path + b" HTTP/1.1", b"Content-Type: application/json", length, *lines, body=body)


def fixed(paths):
    """What is known to have broken servers, whatever the path."""
    for path in paths:
        get = b"GET " + path + b" HTTP/1.1"
        deep = b'{"a":' * 10_000
        yield from [
            b"", b"\r\n", b"\n\n\n\n", b"\0" * 100, b"GET\r\n\r\n", b"GET " + path + b"\r\n\r\n",
            head(b"GET " + path + b" HTTP/9.9"), head(b"GET " + path + b" HTTP/1.1 x"),
            head(b"get " + path + b" HTTP/1.1"), head(b"G\0T " + path + b" HTTP/1.1"),
            head(b"A" * 10_000 + b" / HTTP/1.1"), head(b"GET " + path + b"?" + b"a" * 200_000 + b" HTTP/1.1"),
            head(b"GET /" + b"../" * 5_000 + b" HTTP/1.1"), head(b"GET /%00%ff%c0%af%2e%2e/ HTTP/1.1"),
            head(b"GET " + path + b"/%0d%0aX: y HTTP/1.1"), head(b"GET " + path + b"?a=%zz&%=%&&=& HTTP/1.1"),
            head(b"GET http://elsewhere:1" + path + b" HTTP/1.1"), head(b"CONNECT elsewhere:1 HTTP/1.1"),
            head(b"OPTIONS * HTTP/1.1"), head(b"TRACE " + path + b" HTTP/1.1"),
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\x04\0\0\0\0\0" * 50,
            b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03" + b"x" * 500,
            get + b"\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n", get + b"\r\nConnection: close\r\n\r\n",
            head(get, b"X: " + b"a" * 200_000), head(get, *[b"X%d: y" % n for n in range(2_000)]),
            head(get, b"X"), head(get, b": y"), head(get, b"X\0: y"), head(get, b"X: \0\x1b[2J"), head(get, b" folded"),
            head(get, b"Range: bytes=0-,0-,0-,-1,99999999999999999999-"), head(get, b"Upgrade: h2c, websocket"),
            head(get, b"Accept-Encoding: " + b"gzip;q=0.1," * 3_000), head(get, b"Content-Length: -1"),
            head(get, b"If-None-Match: " + b'"a",' * 5_000), head(get, b"Cookie: " + b"a=b;" * 5_000),
            post(path, b"{}", b"Content-Length: 3"), post(path, b"{}", b"Transfer-Encoding: chunked"),
            head(b"POST " + path + b" HTTP/1.1", b"Content-Length: 99999999999999999999999", JSON.strip()),
            head(b"POST " + path + b" HTTP/1.1", b"Content-Length: 0x10", JSON.strip()),
            head(b"POST " + path + b" HTTP/1.1", JSON.strip(), b"Transfer-Encoding: chunked", body=b"ffffffffffffffff\r\n"),
            head(b"POST " + path + b" HTTP/1.1", JSON.strip(), b"Transfer-Encoding: chunked", body=b"-1\r\n{}\r\n0\r\n\r\n"),
            head(b"POST " + path + b" HTTP/1.1", JSON.strip(), b"Transfer-Encoding: chunked",
                 body=b"1;" + b"a" * 100_000 + b"\r\n{\r\n0\r\n\r\n"),
            head(b"POST " + path + b" HTTP/1.1", JSON.strip(), b"Transfer-Encoding: gzip, x", body=b"{}"),
            head(b"POST " + path + b" HTTP/1.1", JSON.strip(), b"Expect: 100-continue", b"Content-Length: 2", body=b"{}"),
            post(path, b""), post(path, b"[]"), post(path, b"null"), post(path, b"\xff\xfe{\0}\0"), post(path, deep),
            post(path, b"[" * 60_000), post(path, b'{"timeout":1e999999999}'), post(path, b'{"timeout":' + b"9" * 50_000 + b"}"),
            post(path, b'{"a":"' + b"\\ud800" * 1_000 + b'"}'), post(path, b'{"timeout":1,"timeout":2}'),
            post(path, b'{"' + b"a" * 60_000 + b'":1}'), post(path, b"x" * 1_000_000),
            post(path, gzip.compress(b" " * 50_000_000), b"Content-Encoding: gzip"),
            head(get) * 200,
        ]  # fmt: skip


def drawn(paths, draw):
    """Right requests in which bytes are changed, left out, or put in twice."""
    while True:
        path = draw.choice(paths)
        body = b'{"emulator_sync": "null", "timeout": 1, "id": [1, 2.5e3, null, "\\u00e4"]}'
        text = bytearray(draw.choice([head(b"GET " + path + b"?limit=1 HTTP/1.1"), post(path, body)]))
        for _ in range(draw.randrange(1, 6)):
            at = draw.randrange(len(text))
            kind = draw.randrange(3)
            if kind == 0:
                text[at] = draw.randrange(256)
            elif kind == 1:
                del text[at : at + draw.randrange(1, 20)]
            else:
                text[at:at] = text[at : at + 20] * draw.randrange(1, 50)
            if not text:
                break
        yield bytes(text)


def exchange(port, sent):
    """The answer, or what went wrong."""
    began, answer = time.monotonic(), b""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
            try:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                while len(answer) < 1 << 20 and time.monotonic() - began < SECONDS:
                    piece = connection.recv(1 << 16)
                    if not piece:
                        break
                    answer += piece
            except TimeoutError:
                return sent, f"no end after {SECONDS} s"
            except OSError:
                # The server has ended the connection while it was written to.
                pass
    except OSError as error:
        return sent, f"no connection: {error}"
    if answer and not ALLOWED.match(answer):
        return sent, f"answered {answer[:80]!r}"
    return sent, None


def requests(service, count):
    paths = [b"/", b"/emulator", b"/tables/jobs/rows", b"/api/topics/a/messages", b"/compute", b"/docs/"]
    known, draw = list(fixed(paths)), random.Random(2)
    draw.shuffle(known)
    # All that is known, if there is room for half of the cases.
    cases = known[: count // 2]
    others = drawn(paths, draw)
    cases += [next(others) for _ in range(count - len(cases))]
    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        ends = list(pool.map(lambda sent: exchange(service.port, sent), cases))
    faults = [f"{sent[:60]!r}: {fault}" for sent, fault in ends if fault]
    return service.result("malformed requests", len(cases), began, MEBIBYTES, faults)
