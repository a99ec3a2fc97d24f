#!/usr/bin/env python3
"""Open pages while both cores generate: what they cost, and how soon the API answers.

    just bench-pages [PAGES]

Starts the service with a hundred ended runs and one that generates to nowhere as fast as it can, and
measures it by turns without pages and with as many as PAGES (200), each with the stream of events of
the list of runs. Then Chromium opens the page, and scrolls a list of 10,000 runs. Nothing here
asserts a time.
"""

import asyncio
import http.client
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.request import Request, urlopen

from tornado.websocket import websocket_connect

from bench import EMULATOR, peak_memory, table

PORT = 18400
BASE = f"http://127.0.0.1:{PORT}"
SECONDS = 10
ROUNDS = 3
SMALL = {"emulator_sync": "null", "emulation_domain": "transaction", "format_type": "ndjson",
         "sync_type": "grouped", "max_chunk_size": 1048576, "timeout": 60, "count": 1, "pace": "unlimited"}


def ask(path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = Request(BASE + path, data, {"Content-Type": "application/json"}, method=method)
    with urlopen(request, timeout=30) as answer:
        return json.load(answer)


def runs(count):
    """So many runs that have ended."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    made = 0
    while made < count:
        connection.request("POST", "/emulator/", json.dumps(SMALL), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status == 429:
            time.sleep(0.05)
        else:
            made += 1
    while ask("/emulator?status=processing&limit=1")["emulations"]:
        time.sleep(0.1)


def processor():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Pages(threading.Thread):
    """Clients of the stream of events that read what comes and throw it away."""

    def __init__(self, count):
        super().__init__(daemon=True)
        self.count, self.bytes, self.open = count, 0, 0
        self.loop = asyncio.new_event_loop()
        self.end = asyncio.Event()

    def run(self):
        self.loop.run_until_complete(self.all())

    async def all(self):
        await asyncio.gather(*(self.page() for _ in range(self.count)), self.end.wait())

    async def page(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT, limit=1 << 20)
        writer.write(b"GET /emulator/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        status = await reader.readline()
        if b" 200 " not in status:
            sys.exit(f"a page was refused: {status}")
        self.open += 1
        end = asyncio.ensure_future(self.end.wait())
        while not end.done():
            read = asyncio.ensure_future(reader.read(1 << 20))
            await asyncio.wait([read, end], return_when=asyncio.FIRST_COMPLETED)
            if read.done():
                self.bytes += len(read.result())
        writer.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.end.set)
        self.join()


def measure(run):
    """Records a second, and how long each of some hundred questions waited, in milliseconds."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
    waits = []

    def records():
        return ask(f"/emulator/{run}")["records"]["acknowledged"]

    began, before = time.perf_counter(), records()
    while time.perf_counter() - began < SECONDS:
        for path in [f"/emulator/{run}/status", "/emulator?limit=20"]:
            asked = time.perf_counter()
            connection.request("GET", path)
            connection.getresponse().read()
            waits.append((time.perf_counter() - asked) * 1000)
        time.sleep(0.02)
    speed = (records() - before) / (time.perf_counter() - began)
    return speed, waits


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def pages(count, pid):
    run = ask("/emulator/", {**SMALL, "count": 10**12, "timeout": 3600})["id"]
    time.sleep(2)
    rows, gains = [], []
    for _ in range(ROUNDS):
        speeds = []
        for opened in [0, count]:
            clients = Pages(opened)
            clients.start()
            while clients.open < opened:
                time.sleep(0.05)
            before = processor()
            speed, waits = measure(run)
            used = (processor() - before) / SECONDS
            clients.stop()
            speeds.append(speed)
            rows.append([opened, f"{speed / 1e6:.2f}", f"{percentile(waits, 0.5):.1f}", f"{percentile(waits, 0.99):.1f}",
                         f"{clients.bytes / SECONDS / 1e6:.1f}", f"{100 * used:.0f} %", f"{peak_memory(pid):.0f}"])
        gains.append(speeds[1] / speeds[0])
    ask(f"/emulator/{run}/cancel", method="POST")
    head = ["pages", "M records/s", "API ms, median", "99th percentile", "MB/s told", "of a core, clients", "peak MiB"]
    table("Open pages while both cores generate", head, rows)
    print("with pages, of the rate without:", ", ".join(f"{gain:.3f}" for gain in gains))


SCROLL = """(async () => {
  const until = async (done) => { while (!done()) await new Promise((then) => setTimeout(then, 20)); };
  const rows = () => document.querySelectorAll('.runs tbody tr').length;
  const more = [...document.querySelectorAll('button')].find((button) => button.textContent === 'Older runs');
  while (rows() < WANTED) { const had = rows(); more.click(); await until(() => rows() > had); }
  await new Promise((then) => setTimeout(then, 1500));
  const tasks = [];
  new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)))
    .observe({ type: 'longtask' });
  for (let at = 0; at < 100; at += 1) {
    scrollTo(0, document.body.scrollHeight * at / 100);
    await new Promise(requestAnimationFrame);
  }
  await new Promise((then) => setTimeout(then, 5000));
  return JSON.stringify({ rows: rows(), longest: Math.max(0, ...tasks), tasks: tasks.length });
})()"""
PAINT = """JSON.stringify({
  paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
  size: [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')]
    .filter((entry) => entry.initiatorType !== 'fetch').reduce((sum, entry) => sum + entry.transferSize, 0) })"""


async def evaluated(port, expression):
    with urlopen(f"http://127.0.0.1:{port}/json") as answer:
        page = next(target for target in json.load(answer) if target["type"] == "page")
    socket = await websocket_connect(page["webSocketDebuggerUrl"])
    await socket.write_message(json.dumps({"id": 1, "method": "Runtime.evaluate", "params": {
        "expression": expression, "awaitPromise": True, "returnByValue": True}}))
    while True:
        told = json.loads(await socket.read_message())
        if told.get("id") == 1:
            return json.loads(told["result"]["result"]["value"])


def browser(wanted):
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--window-size=1440,900",
                   "--remote-debugging-port=18401", f"--user-data-dir={home}", BASE]
        chromium = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            time.sleep(4)
            print("first paint, ms, and bytes of the page:", asyncio.run(evaluated(18401, PAINT)))
            scroll = SCROLL.replace("WANTED", str(wanted))
            print("scrolled, longest task in ms:", asyncio.run(evaluated(18401, scroll)))
        finally:
            chromium.kill()
            chromium.wait()


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory() as folder:
        settings = {**os.environ, "HTTP_PORT": str(PORT), "HTTP_STREAMS_OF_A_CLIENT": str(count + 10), "LOG_LEVEL": "WARNING"}
        service = subprocess.Popen([EMULATOR, "serve", "--data-dir", Path(folder) / "data"], env=settings, stdout=subprocess.DEVNULL)
        try:
            for _ in range(100):
                try:
                    ask("/health/live")
                    break
                except OSError:
                    time.sleep(0.1)
            runs(100)
            pages(count, service.pid)
            runs(10_000)
            browser(10_000)
        finally:
            service.terminate()
            service.wait()


if __name__ == "__main__":
    main()
