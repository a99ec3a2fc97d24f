#!/usr/bin/env python3
"""Measures the release build: generation, folder, Kafka and S3, each beside its yardstick.

    just bench                     everything, about ten minutes
    just bench generation folder   some parts: generation, folder, kafka, s3

Prints tables and writes them to target/bench/results.json. Each yardstick is measured in the same
round as what it is compared with; the median round is shown. Nothing here asserts a time.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
EMULATOR = ROOT / "target/dist/data-emulator"
DOMAINS = ["transaction", "user-profile", "device-log"]
FORMATS = ["ndjson", "json", "csv"]
START = "2026-01-01T00:00:00Z"
MEMORY_DISK = Path("/dev/shm")
results = {}


def run(command, env=None):
    """Runs a command to its end: seconds, peak memory in MiB, standard error."""
    with tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=errors, env=env
        )
        peak = 0
        while process.poll() is None:
            peak = max(peak, peak_memory(process.pid))
            time.sleep(0.02)
        seconds = time.perf_counter() - began
        errors.seek(0)
        said = errors.read().decode()
    if process.returncode != 0:
        sys.exit(f"{command} failed:\n{said}")
    return seconds, peak, said


def peak_memory(pid):
    """The most memory that a process has had so far, in MiB; 0 if it has just ended.

    Not what `wait4` says: that counts this program's memory, too, from before the child's exec.
    """
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    return int(found.group(1)) / 1024 if found else 0


def emulate(domain, target, count, *options, env=None):
    """One run of the emulator: what its manifest says of records, bytes and seconds."""
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "manifest.json"
        command = [EMULATOR, "emulate", domain, "--to", target, "--count", count, "--seed", 7]
        command += ["--start-time", START, "--manifest", manifest, *options]
        _, memory, _ = run(command, env)
        told = json.loads(manifest.read_text())
    seconds = stamp(told["finished_at"]) - stamp(told["started_at"])
    return {
        "records": told["records"]["acknowledged"],
        "bytes": told["bytes"],
        "seconds": seconds,
        "records_per_second": told["records"]["acknowledged"] / seconds,
        "bytes_per_second": told["bytes"] / seconds,
        "peak_mib": memory,
    }


def stamp(text):
    whole, fraction = re.fullmatch(r"(.*?)(\.\d+)?Z", text).groups()
    moment = time.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    return time.mktime(moment) + float(fraction or 0)


def median(rounds, key):
    return statistics.median(one[key] for one in rounds)


def table(title, head, rows):
    print(f"\n{title}\n")
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, ["-" * width for width in widths], *rows]:
        print("| " + " | ".join(str(cell).rjust(width) for cell, width in zip(row, widths)) + " |")
    sys.stdout.flush()


def copy_speed(size):
    """A plain copy of `size` bytes, 64 MiB at a time, in bytes a second."""
    block = 64 << 20
    rounds = max(1, size // block)
    source, target = bytearray(os.urandom(1 << 20) * 64), bytearray(block)
    began = time.perf_counter()
    for _ in range(rounds):
        target[:] = source
    return rounds * block / (time.perf_counter() - began)


def generation(rounds):
    """Each domain and format to null, on one thread and on all."""
    cores = os.cpu_count()
    # The contract's 9,000 users are too few to measure.
    env = {**os.environ, "EMULATION_LAST_USER_ID": "100000999"}
    rows = []
    for domain in DOMAINS:
        for form in FORMATS:
            measured = {}
            for workers in (1, cores):
                options = ["--format", form, "--workers", workers]
                user_range = env if domain == "user-profile" else None
                all_rounds = [
                    emulate(domain, "null", 20_000_000, *options, env=user_range)
                    for _ in range(rounds)
                ]
                measured[workers] = {key: median(all_rounds, key) for key in all_rounds[0]}
            copy = copy_speed(measured[1]["bytes"])
            one, many = measured[1], measured[cores]
            results[f"generation/{domain}/{form}"] = {"one": one, "all": many, "copy": copy}
            rows.append([
                domain, form,
                f"{one['records_per_second'] / 1e6:.2f}", f"{one['bytes_per_second'] / 1e9:.2f}",
                f"{many['records_per_second'] / 1e6:.2f}", f"{many['bytes_per_second'] / 1e9:.2f}",
                f"{many['records_per_second'] / one['records_per_second']:.2f}",
                f"{copy / 1e9:.1f}", f"{max(one['peak_mib'], many['peak_mib']):.0f}",
            ])
    head = ["domain", "format", "1 thread M/s", "GB/s", f"{cores} threads M/s", "GB/s", "ratio",
            "copy GB/s", "peak MiB"]
    table("Generation, --to null", head, rows)


def plain_write(path, size):
    """Writes `size` bytes 256 KiB at a time; bytes a second."""
    block = os.urandom(256 << 10)
    began = time.perf_counter()
    with open(path, "wb", buffering=0) as file:
        for _ in range(size // len(block)):
            file.write(block)
        os.fsync(file.fileno())
    speed = size / (time.perf_counter() - began)
    os.unlink(path)
    return speed


def folder(rounds):
    """To a folder on a memory-backed disk, beside a plain write of as many bytes."""
    rows = []
    for form in ("ndjson", "csv"):
        pairs = []
        for _ in range(rounds):
            with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as place:
                ours = emulate("transaction", f"file:{place}", 8_000_000, "--format", form)
            with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as place:
                plain = plain_write(f"{place}/plain", ours["bytes"])
            pairs.append({**ours, "plain": plain, "ratio": ours["bytes_per_second"] / plain})
        shown = {key: median(pairs, key) for key in pairs[0]}
        results[f"folder/transaction/{form}"] = shown
        rows.append([
            form, f"{shown['bytes_per_second'] / 1e9:.2f}", f"{shown['plain'] / 1e9:.2f}",
            f"{shown['ratio']:.2f}", f"{shown['peak_mib']:.0f}",
        ])
    head = ["format", "folder GB/s", "plain write GB/s", "ratio", "peak MiB"]
    table("Folder on a memory-backed disk, transactions, grouped", head, rows)


def kafka(rounds):
    """To a real Kafka, beside Kafka's own ProducerPerformance with payloads of the same size."""
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    count = 2_000_000
    rows = []
    for compression in ("none", "lz4"):
        pairs = []
        for number in range(rounds):
            topic = f"bench-{int(time.time())}-{number}"
            env = {**os.environ, "KAFKA_COMPRESSION": compression}
            ours = emulate("transaction", "kafka", count, "--destination", f"{topic}-ours", env=env)
            size = round(ours["bytes"] / ours["records"])
            theirs = producer_performance(servers, f"{topic}-theirs", count, size, compression)
            for name in (f"{topic}-ours", f"{topic}-theirs"):
                kafka_tool("TopicCommand", "--bootstrap-server", servers, "--delete", "--topic", name)
            pairs.append({**ours, "theirs": theirs, "ratio": ours["records_per_second"] / theirs})
        shown = {key: median(pairs, key) for key in pairs[0]}
        results[f"kafka/{compression}"] = shown
        rows.append([
            compression, f"{shown['records_per_second'] / 1e3:.0f}", f"{shown['theirs'] / 1e3:.0f}",
            f"{shown['ratio']:.2f}", f"{shown['peak_mib']:.0f}",
        ])
    head = ["compression", "ours k/s", "ProducerPerformance k/s", "ratio", "peak MiB"]
    table("Kafka, idempotent, acks=all, 5 partitions, two million transactions", head, rows)


def kafka_tool(*arguments):
    command = [ROOT / "deploy/local/servers", "kafka-tool", *arguments]
    return subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True).stdout


def producer_performance(servers, topic, count, size, compression):
    kafka_tool("TopicCommand", "--bootstrap-server", servers, "--create", "--topic", topic,
               "--partitions", 5, "--replication-factor", 1)
    told = kafka_tool(
        "ProducerPerformance", "--topic", topic, "--num-records", count, "--record-size", size,
        "--throughput", -1, "--producer-props", f"bootstrap.servers={servers}", "acks=all",
        "enable.idempotence=true", "batch.size=131072", "linger.ms=5",
        f"compression.type={compression}",
    )
    return float(re.findall(r"([\d.]+) records/sec", told)[-1])


def s3(rounds):
    """1 GiB, grouped, to a real MinIO, beside boto3's and rust-s3's upload of the same bytes."""
    import boto3

    endpoint = os.environ["MINIO_ENDPOINT"]
    address = endpoint if "://" in endpoint else f"http://{endpoint}"
    client = boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1",
        aws_access_key_id=os.environ["MINIO_ACCESS_KEY"],
        aws_secret_access_key=os.environ["MINIO_SECRET_KEY"],
    )
    bucket = "bench"
    if bucket not in [one["Name"] for one in client.list_buckets()["Buckets"]]:
        client.create_bucket(Bucket=bucket)
    plain = ROOT / "target/dist/examples/plain_upload"
    count = 3_660_000  # 1 GiB of transactions as ndjson
    rounds_done = []
    with tempfile.TemporaryDirectory(dir=MEMORY_DISK) as place:
        emulate("transaction", f"file:{place}", count, "--destination", "bench")
        source = next(Path(place).rglob("*.ndjson"))
        size = source.stat().st_size
        for _ in range(rounds):
            ours = emulate("transaction", "minio", count, "--destination", bucket)
            began = time.perf_counter()
            client.upload_file(str(source), bucket, "boto3")
            boto = size / (time.perf_counter() - began)
            _, _, said = run([plain, source, bucket, "rust-s3"])
            rust = size / float(re.search(r"([\d.]+) s", said).group(1))
            best = max(boto, rust)
            rounds_done.append({**ours, "boto3": boto, "rust_s3": rust,
                                "ratio": ours["bytes_per_second"] / best})
        for one in client.list_objects_v2(Bucket=bucket).get("Contents", []):
            client.delete_object(Bucket=bucket, Key=one["Key"])
    shown = {key: median(rounds_done, key) for key in rounds_done[0]}
    results["s3/grouped"] = shown
    row = [f"{shown['bytes'] / 2**30:.2f}", *(f"{shown[key] / 1e6:.0f}" for key in
           ("bytes_per_second", "boto3", "rust_s3")), f"{shown['ratio']:.2f}", f"{shown['peak_mib']:.0f}"]
    head = ["GiB", "ours MB/s", "boto3 MB/s", "rust-s3 MB/s", "ours / faster", "peak MiB"]
    table("S3, grouped, one object", head, [row])


PARTS = {"generation": generation, "folder": folder, "kafka": kafka, "s3": s3}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all without one")
    parser.add_argument("--rounds", type=int, default=3, help="odd numbers have a median (default 3)")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"{unknown[0]} is not one of {', '.join(PARTS)}")
    for part in arguments.parts or PARTS:
        PARTS[part](arguments.rounds)
    path = ROOT / "target/bench/results.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\n{path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
