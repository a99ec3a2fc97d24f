#!/usr/bin/env python3
"""Makes the screenshots of docs/pictures anew: the emulator's page and the pipeline's monitor, light and
dark. Needs Chromium, and the Kafka of `deploy/local/servers up kafka` for the monitor.

    just pictures
"""

import asyncio
import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.request import Request, urlopen

from tornado.websocket import websocket_connect

PICTURES = Path(__file__).resolve().parents[2] / "docs/pictures"
EMULATOR, MONITOR, CHROMIUM = 18480, 18481, 18482
WIDTH = 1280


@contextlib.contextmanager
def running(*command, **more):
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **more)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def ask(url, body=None):
    for attempt in range(100):
        try:
            data = None if body is None else json.dumps(body).encode()
            with urlopen(Request(url, data, {"Content-Type": "application/json"}), timeout=10) as answer:
                return json.load(answer)
        except ConnectionError as error:
            last = error
        except OSError as error:
            if not isinstance(getattr(error, "reason", None), ConnectionError):
                raise
            last = error
        time.sleep(0.1)
    raise last


async def picture(name, url, height, seconds):
    """The page as it is after so many seconds."""
    for mode in ["light", "dark"]:
        with urlopen(Request(f"http://127.0.0.1:{CHROMIUM}/json/new?about:blank", method="PUT")) as answer:
            page = json.load(answer)
        socket = await websocket_connect(page["webSocketDebuggerUrl"], max_message_size=1 << 26)
        number = 0

        async def tell(method, **parameters):
            nonlocal number
            number += 1
            await socket.write_message(json.dumps({"id": number, "method": method, "params": parameters}))
            while True:
                told = json.loads(await socket.read_message())
                if told.get("id") == number:
                    return told["result"]

        await tell("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": mode}])
        await tell("Emulation.setDeviceMetricsOverride", width=WIDTH, height=height, deviceScaleFactor=1, mobile=False)
        await tell("Page.navigate", url=url)
        await asyncio.sleep(seconds)
        shot = await tell("Page.captureScreenshot", format="png")
        (PICTURES / f"{name}-{mode}.png").write_bytes(base64.b64decode(shot["data"]))
        await tell("Page.close")


def emulator(programs):
    base = f"http://localhost:{EMULATOR}"
    request = {"format_type": "ndjson", "sync_type": "chunked", "max_chunk_size": 1048576, "timeout": 600, "seed": 7}

    def start(sink, domain, **more):
        return ask(f"{base}/emulator", {**request, "emulator_sync": sink, "emulation_domain": domain, **more})["id"]

    with running(programs / "data-emulator", "serve", "--embedded", "--port", EMULATOR):
        ask(f"{base}/health/live")
        start("kafka", "transaction", count=250000, pace="unlimited", name="history", labels={"team": "lake"})
        start("minio", "device-log", count=60000, pace="unlimited")
        run = start("kafka", "transaction", rate=2500, name="live", labels={"team": "lake"})
        start("minio", "user-profile", count=9000, pace="unlimited")
        asyncio.run(picture("page-runs", f"{base}/#runs", 480, 20))
        asyncio.run(picture("page-run", f"{base}/#run={run}", 880, 40))
        asyncio.run(picture("page-new", f"{base}/#new", 780, 5))
        asyncio.run(picture("page-data", f"{base}/#data=transaction", 900, 10))


def monitor(programs, folder):
    program, base = programs / "pipeline-simulator", f"http://localhost:{MONITOR}"
    settings = {**os.environ, "PIPELINE_PREFIX": f"demo-{os.getpid()}.", "DATA_DIR": str(folder / "data")}
    with contextlib.ExitStack() as stack:
        for command in [["land"], ["acknowledge"], ["monitor", "--port", MONITOR], ["produce", "--rows", 20000, "--rate", 200]]:
            stack.enter_context(running(program, *command, env=settings))
        ask(f"{base}/health/live")
        asyncio.run(picture("monitor", base, 880, 30))


def main():
    programs = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        folder = Path(folder)
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--remote-debugging-port={CHROMIUM}"]
        with running("chromium", *options, f"--user-data-dir={folder / 'chromium'}"):
            ask(f"http://127.0.0.1:{CHROMIUM}/json/version")
            emulator(programs)
            monitor(programs, folder)
    for path in sorted(PICTURES.glob("*.png")):
        print(f"{path.stat().st_size:>8} {path.name}")


if __name__ == "__main__":
    main()
