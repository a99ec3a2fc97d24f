"""Requests that no client of good will sends, and clients that do not behave."""

import concurrent.futures
import json
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from process import Result, Service, environment

MEBIBYTES = 400
#: How long `/health` may take beside an attack.
HEALTH = 2
RUN = {
    "emulator_sync": "null",
    "emulation_domain": "transaction",
    "format_type": "json",
    "sync_type": "grouped",
    "max_chunk_size": 1024,
    "timeout": 600,
    "pace": "realtime",
    "rate": 1,
}


def attacks(program, short):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Service(program, folder) as service:
            yield watched(service, schemathesis, 1_000 if short else 10_000)
            yield watched(service, malformed, 300)
            yield watched(service, browsers, 0)
            yield watched(service, slow, 200 if short else 1_000)
            yield watched(service, unread, 300 if short else 1_000)
            yield watched(service, streams, 4_200)


def watched(service, attack, cases):
    """Attacks, and asks for the service's health all the while."""
    service.forget_peak()
    ended, slowest = threading.Event(), [0.0]

    def watch():
        while not ended.wait(0.2):
            took = service.health()
            slowest[0] = max(slowest[0], 99 if took is None else took)

    watching = threading.Thread(target=watch)
    watching.start()
    what, count, seconds, faults = attack(service, cases)
    ended.set()
    watching.join()
    if service.process.poll() is not None:
        faults.append(f"the service ended with {service.process.poll()}")
    if slowest[0] > HEALTH:
        faults.append(f"/health took {slowest[0]:.1f} s")
    if service.peak() > MEBIBYTES:
        faults.append("too much memory")
    return Result(what, count, seconds, service.peak(), faults)


def schemathesis(service, count):
    """Cases drawn from the OpenAPI document: no answer is 5xx but those that it names."""
    url = f"http://127.0.0.1:{service.port}/openapi.json"
    operations = len(re.findall(rb'"operationId"', service.ask(get("/openapi.json"))))
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", url]
    command += ["--checks", "not_a_server_error,status_code_conformance,content_type_conformance"]
    command += ["--max-examples", str(count // max(operations, 1) + 1), "--phases", "fuzzing"]
    command += ["--generation-deterministic", "--request-timeout", "10", "--workers", "4"]
    began = time.monotonic()
    ran = subprocess.run(
        command, capture_output=True, text=True, cwd=service.folder, env=environment(service.folder)
    )
    said = ran.stdout + ran.stderr
    found = re.search(r"(\d[\d,]*) generated", said)
    made = int(found.group(1).replace(",", "")) if found else 0
    faults = [] if ran.returncode == 0 else [said[-600:].replace("\n", " ").replace("|", "/")]
    return "cases drawn from the OpenAPI document (schemathesis)", made, time.monotonic() - began, faults


def get(path, more=""):
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{more}\r\n"


def post(path, body, more="Content-Type: application/json\r\n"):
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Length: {len(body)}\r\n{more}\r\n{body}"
    )


def malformed(service, count):
    """Requests with bytes changed, doubled or taken out: refused or closed, never 5xx."""
    draw = random.Random(1)
    seeds = [get("/emulators/?limit=3"), post("/emulator", json.dumps(RUN | {"timeout": 0}))]
    pieces = [b"\0", b"\r\n", b"\n", b":", b" ", b"\xff", b"%00", b"%2e%2e/", b"A" * 9000]
    pieces += [b"Transfer-Encoding: chunked\r\n", b"Content-Length: 99999999999999999999\r\n"]
    pieces += [b"Content-Length: -1\r\n", b"ffffffffffffffff\r\n", b"HTTP/9.9", b"Expect: x\r\n"]

    def case(_):
        text = draw.choice(seeds).encode()
        for _ in range(draw.randrange(1, 4)):
            at, length = draw.randrange(len(text)), draw.choice([0, 0, 1, 5])
            text = text[:at] + draw.choice(pieces) + text[at + length :]
        began = time.monotonic()
        try:
            answer = service.ask(text, 20)
        except ConnectionError:
            answer = b""
        except TimeoutError:
            return 20, f"no answer in 20 s to {text[:80]!r}"
        took = time.monotonic() - began
        fault = f"{answer[:40]!r} to {text[:80]!r}" if answer[9:10] == b"5" else None
        return took, fault

    with concurrent.futures.ThreadPoolExecutor(32) as pool:
        told = list(pool.map(case, range(count)))
    faults = [fault for _, fault in told if fault]
    return "malformed requests", count, max(took for took, _ in told), faults


def browsers(service, _):
    """Pages of other origins, and names that were made to lead here."""
    start, cancel = json.dumps(RUN), "/emulator/00000000-0000-0000-0000-000000000000/cancel"
    json_type = "Content-Type: application/json\r\n"
    evil = ["Origin: http://evil.example\r\n", "Origin: null\r\n", "Sec-Fetch-Site: cross-site\r\n"]
    cases = [(post("/emulator", start, json_type + line), b"403") for line in evil]
    cases += [(post(cancel, "", line), b"403") for line in evil]
    cases += [
        (post("/emulator", start, ""), b"415"),
        (post("/emulator", start, "Content-Type: text/plain\r\n"), b"415"),
    ]
    rebound = "User-Agent: Mozilla/5.0\r\nAccept-Language: en\r\n"
    cases += [
        (get(path, rebound).replace("Host: localhost", "Host: evil.example"), b"403")
        for path in ("/emulators/", "/docs/index.html", "/health")
    ]
    began, faults = time.monotonic(), []
    for text, status in cases:
        answer = service.ask(text)
        if answer[9:12] != status:
            faults.append(f"{answer[:30]!r} to {text[:200]!r}")
    if b'"emulation_id"' in service.ask(get("/emulators/?status=processing")):
        faults.append("a run was started")
    return "pages of other origins, re-bound names", len(cases), time.monotonic() - began, faults


def slow(service, count):
    """Half of them say nothing, half a byte now and then: closed within 15 s."""
    began = time.monotonic()
    streams = [service.connect() for _ in range(count)]
    open_still = set(range(count))
    while open_still and time.monotonic() - began < 30:
        for number in list(open_still):
            stream = streams[number]
            try:
                if number % 2:
                    stream.send(b"G")
                stream.setblocking(False)
                if stream.recv(4096) == b"":
                    open_still.discard(number)
            except BlockingIOError:
                pass
            except OSError:
                open_still.discard(number)
        time.sleep(0.5)
    took = time.monotonic() - began
    for stream in streams:
        stream.close()
    faults = [f"{len(open_still)} are open after {took:.0f} s"] if took > 15 else []
    return "clients that are silent, or send a byte now and then", count, took, faults


def unread(service, count):
    """Clients that ask for much and read nothing."""
    request = get("/openapi.json").replace("Connection: close\r\n", "").encode() * 40
    began, streams = time.monotonic(), []
    for _ in range(count):
        stream = socket.socket()
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stream.connect(("127.0.0.1", service.port))
        stream.send(request)
        streams.append(stream)
    time.sleep(5)
    took = time.monotonic() - began
    for stream in streams:
        stream.close()
    return "clients that ask for 40 answers each and read none", count, took, []


def streams(service, count):
    """Streams of events, while a run to a folder must be completed."""
    answer = service.ask(post("/emulator", json.dumps(RUN)))
    run = re.search(rb'"emulation_id":\s*"([^"]+)"', answer).group(1).decode()
    request = get(f"/emulator/{run}/events").replace("Connection: close\r\n", "").encode()
    began, clients, faults = time.monotonic(), [], []
    for _ in range(count):
        client = service.connect()
        client.send(request)
        clients.append(client)
    held = RUN | {"emulator_sync": "file", "pace": "unlimited", "count": 5_000, "rate": 1000}
    answer = service.ask(post("/emulator", json.dumps(held)))
    found = re.search(rb'"emulation_id":\s*"([^"]+)"', answer)
    status = b""
    while found and time.monotonic() - began < 60:
        status = service.ask(get(f"/emulator/{found.group(1).decode()}/status"))
        if b'"processing"' not in status:
            break
        time.sleep(0.5)
    if b'"completed"' not in status:
        faults.append(f"the run to a folder is not completed: {status[-200:]!r}")
    took = time.monotonic() - began
    for client in clients:
        client.close()
    service.ask(post(f"/emulator/{run}/cancel", ""))
    return "streams of events of one client, and a run to a folder", count, took, faults
