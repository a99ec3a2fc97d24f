"""The attacked program: started, measured, ended."""

import os
import re
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
    """The most memory that a process had so far, in MiB; 0 once it has ended."""
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
