"""The attacked services: started on free ports of this machine, watched, ended."""

import contextlib
import json
import re
import shutil
import subprocess
import threading
import time
import urllib.request

from process import Result, environment, peak

#: What every service must answer in time, whatever else it is asked.
HEALTH, HEALTH_SECONDS = "/health/live", 5
#: Bytes that a service may write while it is attacked.
DISK = 4 << 30


class Service:
    """A service in a folder of its own, which asks for a token if it is given one. `with` ends it."""

    def __init__(self, command, folder, token=None, **settings):
        folder.mkdir()
        self.headers = {}
        if token:
            settings |= {"AUTH_REQUIRED": "true", "AUTH_ADMIN_TOKEN": token}
            self.headers["Authorization"] = f"Bearer {token}"
        self.folder, self.log = folder, folder / "log"
        self.name = command[0].name
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=environment(folder, **settings),
            )
        self.port = int(self.said(r"http://(?:localhost|127\.0\.0\.1):(\d+)"))
        self.url = f"http://127.0.0.1:{self.port}"
        self.slowest, self.faults, self.stopping = 0, [], threading.Event()
        self.watch = threading.Thread(target=self.keep_watch, daemon=True)
        self.watch.start()

    def said(self, pattern, seconds=60):
        """The first group of what the service has written, once it has."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self.process.poll() is None:
            found = re.search(pattern, self.log.read_text(errors="replace"))
            if found:
                return found.group(1)
            time.sleep(0.05)
        self.process.kill()
        raise SystemExit(f"{self.name} did not start: {self.log.read_text(errors='replace')[-2000:]}")

    def ask(self, path, body=None, seconds=30, **headers):
        """Status and body of an answer; None and why if there is none."""
        request = urllib.request.Request(self.url + path, headers=self.headers | headers)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=seconds) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()
        except OSError as error:
            return None, str(error).encode()

    def keep_watch(self):
        """Asks whether it is well, again and again; stops it before it fills the disk."""
        while not self.stopping.wait(0.25) and self.process.poll() is None:
            began = time.monotonic()
            status, said = self.ask(HEALTH, seconds=HEALTH_SECONDS * 2)
            took = time.monotonic() - began
            if self.stopping.is_set():
                break
            self.slowest = max(self.slowest, took)
            if status != 200 or took > HEALTH_SECONDS:
                self.faults.append(f"{HEALTH}: {status} {said[:100]!r} after {took:.1f} s")
            used = sum(file.stat().st_blocks * 512 for file in self.files())
            if used > DISK:
                self.faults.append(f"it wrote {used >> 20} MiB")
                self.process.kill()

    def files(self):
        for file in self.folder.rglob("*"):
            with contextlib.suppress(OSError):
                if file.is_file():
                    yield file

    def result(self, attack, cases, began, mebibytes, faults=()):
        """What the attack showed that began then; what was seen before is forgotten."""
        faults = [*faults, *self.faults]
        most = peak(self.process.pid)
        if self.process.poll() is not None:
            faults.insert(0, f"{self.name} ended with {self.process.poll()}: {self.end_of_log()}")
        elif most > mebibytes:
            faults.append(f"{self.name}: {most:.0f} MiB, allowed are {mebibytes}")
        panics = [line for line in self.log.read_text(errors="replace").splitlines() if "panicked" in line]
        faults += panics[:1]
        result = Result(f"{attack}: `{self.name}`", cases, time.monotonic() - began, most, faults)
        self.faults, self.slowest = [], 0
        return result

    def end_of_log(self):
        return repr(self.log.read_text(errors="replace")[-300:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.watch.join(HEALTH_SECONDS * 2 + 1)
        shutil.rmtree(self.folder, ignore_errors=True)


def emulator(programs, folder, token=None):
    """With the embedded servers, and few runs at once."""
    root = folder / "files"
    root.mkdir(exist_ok=True)
    command = [programs / "data-emulator", "serve", "--embedded", "--port", "0"]
    if token:
        command += ["--data-dir", "data"]
    settings = {"FILE_ROOT": str(root), "LIMITS_RUNNING": "4", "LIMITS_WAITING": "8"}
    return Service(command, folder / "emulator", token, **settings)


def warehouse(programs, folder, token=None):
    return Service([programs / "data-warehouse", "serve", "--port", "0"], folder / "warehouse", token)


def monitor(programs, folder, kafka):
    command = [programs / "pipeline-simulator", "monitor", "--port", "0"]
    return Service(command, folder / "monitor", KAFKA_BOOTSTRAP_SERVERS=kafka)


def compute(programs, folder):
    command = [programs / "compute-service", "serve", "average-colour", "--port", "0"]
    settings = {"SERVICE_HOST": "127.0.0.1", "ENGINE_URLS": "[]", "TASKS_KEY": "0f" * 32}
    return Service(command, folder / "compute", **settings)


class Janitor:
    """Cancels the runs that fuzzing starts, which would go on for hours."""

    def __init__(self, service):
        self.service, self.stopping = service, threading.Event()
        self.thread = threading.Thread(target=self.sweep, daemon=True)

    def sweep(self):
        while not self.stopping.wait(0.5):
            status, said = self.service.ask("/emulator?limit=100")
            if status != 200:
                continue
            for run in json.loads(said).get("emulations", []):
                if run["status"]["global_status"] in ("processing", "paused"):
                    self.service.ask(f"/emulator/{run['id']}/cancel", body={})

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join(60)
