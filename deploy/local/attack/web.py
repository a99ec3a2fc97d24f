"""What comes over HTTP: requests by the services' own documents, malformed ones, crowds."""

import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import crowds
import frames
import malformed
import services
from process import Result

SECONDS = 900
#: The check that a service takes whatever is right by its document.
ACCEPTED = "positive_data_acceptance"


def attacks(programs, short):
    crowds.allow_descriptors()
    kafka = os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # With a token, so that requests with a wrong one and with none are made and must be refused.
        with services.emulator(programs, folder, secrets.token_hex(16)) as emulator:
            cases, seconds = (300, 30) if short else (6_000, SECONDS)
            # Which streams and models are right depends on what models there are.
            yield by_document(emulator, folder, cases, seconds, "--exclude-checks", ACCEPTED)
        with services.emulator(programs, folder) as emulator:
            embedded = emulator.said(r"Kafka +(127\.0\.0\.1:\d+)")
            yield malformed.requests(emulator, 60 if short else 300)
            yield crowds.slow(emulator, 50 if short else 500)
            yield crowds.streams(emulator, *((600, 2) if short else (4_200, 12)))
            yield crowds.deaf(emulator, *((400, 8) if short else (4_000, 20)))
            with services.monitor(programs, folder, kafka or embedded) as monitor:
                yield malformed.requests(monitor, 60 if short else 300)
                if kafka:
                    yield crowds.large_reads(monitor, kafka, 30 if short else 150)
                elif not short:
                    yield Result("large reads", 0, 0, 0, ["KAFKA_BOOTSTRAP_SERVERS is not set"])
            yield frames.attack(emulator, embedded, 1_000 if short else 20_000)
        with services.warehouse(programs, folder, secrets.token_hex(16)) as warehouse:
            # A row may be right by the document and have a key that the table has already.
            cases, seconds = (200, 20) if short else (4_000, SECONDS)
            yield by_document(warehouse, folder, cases, seconds, "--exclude-checks", ACCEPTED)
        with services.warehouse(programs, folder) as warehouse:
            yield malformed.requests(warehouse, 60 if short else 300)
        with services.compute(programs, folder) as compute:
            yield malformed.requests(compute, 60 if short else 300)


def by_document(service, folder, cases, seconds, *more):
    """Requests that schemathesis makes from the OpenAPI document: right ones and wrong ones."""
    _, document = service.ask("/openapi.json")
    operations = sum(len(path) for path in json.loads(document)["paths"].values())
    report = folder / "report.json"
    # Streams of events have no end, so that the client would wait for each.
    command = [
        Path(sys.executable).with_name("schemathesis"), "run", service.url + "/openapi.json",
        "--phases", "examples,coverage,fuzzing", "--max-examples", str(2 * cases // operations),
        "--generation-deterministic", "--no-shrink", "--continue-on-failure", "--no-color",
        "--exclude-path-regex", "/events$", "--request-timeout", "30", "--workers", "2",
        "--max-time", str(seconds), "--report", "json", "--report-json-path", report,
        *(f"--header={name}: {value}" for name, value in service.headers.items()), *more,
    ]  # fmt: skip
    began = time.monotonic()
    settings = os.environ | {"HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis")}
    with services.Janitor(service):
        run = subprocess.run(
            [str(part) for part in command], cwd=folder, env=settings, capture_output=True,
            text=True, timeout=seconds + 120, check=False,
        )  # fmt: skip
    if not report.exists():
        return service.result("requests by the document", 0, began, 400, [run.stdout[-500:] + run.stderr[-500:]])
    said = json.loads(report.read_text())
    made = said["test_cases"]["generated"]
    refused = set(re.findall(r"Expected 401 or 403, got `(\d+)", run.stdout))
    faults = [
        f"{fault['title']} ({fault['count']}): {', '.join(fault['operations'])}: {example(run.stdout)}"
        for fault in said["failures"]
        # Wrong tokens are refused with 401, and after many of them with 429, as the document says.
        if not (fault["title"] == "Unexpected response to invalid authentication" and refused == {"429"})
    ]
    # What schemathesis could not ask at all stands in its output only.
    faults += [f"{error}: {run.stdout.partition('= ERRORS =')[2][:600]}" for error in said["errors"]]
    return service.result("requests by the document", made, began, 400, faults)


def example(said):
    found = re.search(r"Reproduce with:\s+(curl .*)", said)
    return found.group(1)[:400] if found else ""
