"""The attacked program: started, measured, ended."""

import os
import re
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Result:
    """What an attack showed."""

    attack: str
    cases: int
    seconds: float
    mebibytes: float
    #: What did not hold; nothing if all did.
    faults: list

    @property
    def held(self):
        return not self.faults

    def row(self):
        held = "yes" if self.held else "**no**: " + "; ".join(self.faults[:3])
        return (
            f"| {self.attack} | {self.cases:,} | {self.seconds:.1f} s "
            f"| {self.mebibytes:.0f} MiB | {held} |"
        )


def environment(folder, **settings):
    """Nothing of this process but what a program needs, and the settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    # Nobody listens there: what goes to Kafka or S3 finds nobody.
    away = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9", "MINIO_ENDPOINT": "127.0.0.1:9"}
    return kept | away | {"XDG_STATE_HOME": str(folder)} | settings


def peak(pid):
    """The most memory that a process had since `forget_peak`, in MiB; 0 once it has ended."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0


def run(command, folder, seconds, stdin=None, **settings):
    """Runs a command: exit code (None if it had to be killed), output, seconds, MiB at most."""
    with tempfile.TemporaryFile() as said:
        began = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=stdin or subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment(folder, **settings),
        )
        most = 0
        while process.poll() is None and time.monotonic() - began < seconds:
            most = max(most, peak(process.pid))
            time.sleep(0.01)
        took = time.monotonic() - began
        code = process.poll()
        if code is None:
            process.kill()
            process.wait()
        said.seek(0)
        return code, said.read(1 << 20).decode(errors="replace"), took, most


class Service:
    """`serve` on a free port, as long as the `with` lasts."""

    def __init__(self, program, folder, **settings):
        self.program, self.folder, self.settings = program, folder, settings

    def __enter__(self):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        own = {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": str(self.port)}
        own |= {"FILE_ROOT": str(self.folder), "LOG_LEVEL": "ERROR"}
        self.process = subprocess.Popen(
            [self.program, "serve"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self.folder,
            env=environment(self.folder, **(own | self.settings)),
        )
        deadline = time.monotonic() + 30
        while self.health() is None:
            if time.monotonic() > deadline:
                raise RuntimeError("the service does not answer within 30 s")
            time.sleep(0.05)
        self.forget_peak()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def forget_peak(self):
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def peak(self):
        return peak(self.process.pid)

    def connect(self, seconds=10):
        return socket.create_connection(("127.0.0.1", self.port), seconds)

    def ask(self, text, seconds=10):
        """The answer to a raw request, until the service closes the connection."""
        with self.connect(seconds) as stream:
            stream.sendall(text if isinstance(text, bytes) else text.encode())
            answer = b""
            while piece := stream.recv(1 << 16):
                answer += piece
            return answer

    def health(self):
        """Seconds until `/health` answers 200; None if it does not within ten."""
        began = time.monotonic()
        try:
            answer = self.ask(f"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        except OSError:
            return None
        return time.monotonic() - began if answer.startswith(b"HTTP/1.1 200 ") else None
