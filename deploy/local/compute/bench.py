#!/usr/bin/env python3
"""Measures compute-service beside the yardstick: the same small tasks, the same store, one round.

    python3 bench.py --service target/dist/compute-service --s3 http://127.0.0.1:9000 ...

Tasks of some 300 bytes of JSON go through /compute, S3 in and out and the callback. Throughput:
as many tasks at once as there are. Latency: at a steady rate, from POST to callback. Processor time
is that of the service and its processes alone, so it says most on a machine that is busy. Then
large files, for memory, and /status while all cores compute. Asserts nothing.
"""

import argparse
import asyncio
import json
import os
import pathlib
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import uuid

import aiohttp
from aiohttp import web
from aiobotocore.session import get_session

HERE = pathlib.Path(__file__).resolve().parent
TICKS = os.sysconf("SC_CLK_TCK")
PLAN = {
    "emulation_domain": "transaction", "format_type": "json", "count": 1, "seed": 7,
    "start_time": "2026-01-01T00:00:00Z", "rate": 10000.0, "first_user_id": 1000,
    "last_user_id": 9999, "labels": True,
}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def family(pid: int) -> list[int]:
    """The process and all that it has started."""
    found = [pid]
    try:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += family(int(child))
    except FileNotFoundError:
        pass
    return found


def cpu_seconds(pid: int) -> float:
    total = 0
    for one in family(pid):
        try:
            fields = pathlib.Path(f"/proc/{one}/stat").read_text().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def peak_mib(pid: int) -> float:
    total = 0
    for one in family(pid):
        try:
            status = pathlib.Path(f"/proc/{one}/status").read_text()
        except FileNotFoundError:
            continue
        total += int(status.split("VmHWM:")[1].split()[0])
    return total / 1024


class Sender:
    """Sends tasks and takes their callbacks."""

    def __init__(self, options, s3):
        self.options, self.s3, self.waiting, self.http = options, s3, {}, None

    async def __aenter__(self):
        app = web.Application()
        app.router.add_patch("/tasks/{id}", self.take)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        self.port = free_port()
        await web.TCPSite(self.runner, "127.0.0.1", self.port).start()
        self.http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=256))
        return self

    async def __aexit__(self, *_):
        await self.http.close()
        await self.runner.cleanup()

    async def take(self, request):
        waiting = self.waiting.pop(request.match_info["id"], None)
        body = await request.json()
        if waiting and not waiting.done():
            waiting.set_result(body)
        return web.json_response({})

    async def task(self, url, key):
        """From POST to callback, in seconds, and what was told."""
        task_id = str(uuid.uuid4())
        body = {
            "s3_access_key_id": self.options.key, "s3_secret_access_key": self.options.secret,
            "s3_region": "us-east-1", "s3_host": self.options.s3, "s3_bucket": self.options.bucket,
            "task": {"id": task_id, "data_in": [key]},
            "callback_url": f"http://127.0.0.1:{self.port}/tasks/{task_id}",
        }
        self.waiting[task_id] = told = asyncio.get_running_loop().create_future()
        began = time.perf_counter()
        async with self.http.post(f"{url}/compute", json=body) as answer:
            if answer.status != 200:
                sys.exit(f"{url}: {answer.status} {await answer.text()}")
        update = await asyncio.wait_for(told, 900)
        if update["status"] != "finished":
            sys.exit(f"{url}: {update}")
        return time.perf_counter() - began, update


class Service:
    def __init__(self, name, command, env, folder):
        self.name, self.port = name, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [*map(str, command), "--port", str(self.port)], env={**os.environ, **env}, cwd=folder,
            stdout=subprocess.DEVNULL)

    async def ready(self, http):
        for _ in range(300):
            try:
                async with http.get(f"{self.url}/status") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
        sys.exit(f"{self.name} does not start")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(40)


def ours(options, slug, sender, folder, **env):
    return Service(slug, [options.service, "serve", slug, "--host", "127.0.0.1"], {
        "ENGINE_URLS": "[]", "S3_HOST": options.s3, "TASKS_KEY": "5" * 64, "MAX_TASKS": "100000",
        "ALLOWED_HOSTS": f"127.0.0.1:{sender.port}", "LOG_LEVEL": "ERROR", **env}, folder)


async def throughput(sender, service, key, count):
    await asyncio.gather(*(sender.task(service.url, key) for _ in range(50)))
    before, began = cpu_seconds(service.process.pid), time.perf_counter()
    limit = asyncio.Semaphore(128)

    async def one():
        async with limit:
            await sender.task(service.url, key)

    await asyncio.gather(*(one() for _ in range(count)))
    seconds = time.perf_counter() - began
    cpu = cpu_seconds(service.process.pid) - before
    return {"tasks_per_second": count / seconds, "cpu_ms_per_task": 1000 * cpu / count,
            "peak_mib": peak_mib(service.process.pid)}


async def latency(sender, service, key, rate, seconds):
    async def at(when):
        await asyncio.sleep(when)
        return (await sender.task(service.url, key))[0]

    times = sorted(await asyncio.gather(*(at(n / rate) for n in range(int(rate * seconds)))))
    return {"median_ms": 1000 * statistics.median(times), "p99_ms": 1000 * times[int(0.99 * len(times))],
            "load": os.getloadavg()[0]}


async def status_times(sender, service, count):
    times = []
    for _ in range(count):
        began = time.perf_counter()
        async with sender.http.get(f"{service.url}/status") as answer:
            await answer.read()
        times.append(time.perf_counter() - began)
        await asyncio.sleep(0.01)
    times.sort()
    return {"median_ms": 1000 * statistics.median(times), "p99_ms": 1000 * times[int(0.99 * count)]}


async def small(options, sender, folder):
    await sender.s3.put_object(Bucket=options.bucket, Key="plan.json", Body=json.dumps(PLAN).encode())
    services = [
        ours(options, "emulate", sender, folder, TASKS_CONCURRENCY="16"),
        Service("yardstick", [sys.executable, HERE / "yardstick.py"], {}, folder),
        # As the engine's own Python services work.
        Service("one at a time", [sys.executable, HERE / "yardstick.py", "--concurrency", "1"], {}, folder),
    ]
    try:
        for service in services:
            await service.ready(sender.http)
        for number in range(options.rounds):
            for service in services:
                count = options.count if service.name == "emulate" else options.count // 4
                show(f"throughput {number + 1}", service, await throughput(sender, service, "plan.json", count))
        for service, rate in zip(services, (100, 20, 20)):
            show(f"{rate} tasks/s", service, await latency(sender, service, "plan.json", rate, options.seconds))
    finally:
        for service in services:
            service.end()


async def large(options, sender, folder):
    plan = PLAN | {"format_type": "csv", "count": options.large_records}
    await sender.s3.put_object(Bucket=options.bucket, Key="large.json", Body=json.dumps(plan).encode())
    key = "large.json"
    for slug in ("emulate", "profile-table"):
        service = ours(options, slug, sender, folder)
        try:
            await service.ready(sender.http)
            computing = asyncio.create_task(sender.task(service.url, key))
            await asyncio.sleep(1)
            status = await status_times(sender, service, 300)
            seconds, update = await computing
            key = update["data_out"][0]
            size = (await sender.s3.head_object(Bucket=options.bucket, Key=key))["ContentLength"]
            show(f"output of {size >> 20} MiB", service, {
                "seconds": seconds, "peak_mib": peak_mib(service.process.pid),
                "cpu_seconds": cpu_seconds(service.process.pid),
                "status_median_ms": status["median_ms"], "status_p99_ms": status["p99_ms"]})
        finally:
            service.end()


def show(what, service, figures):
    told = ", ".join(f"{name} {value:.1f}" for name, value in figures.items())
    print(f"{service.name:<14}{what:<22}{told}", flush=True)


async def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--service", type=pathlib.Path, required=True)
    parser.add_argument("--s3", default=f"http://{os.environ.get('MINIO_ENDPOINT', '127.0.0.1:9000')}")
    parser.add_argument("--key", default=os.environ.get("MINIO_ACCESS_KEY", "minio"))
    parser.add_argument("--secret", default=os.environ.get("MINIO_SECRET_KEY", "minio123"))
    parser.add_argument("--bucket", default="compute-bench")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--large-records", type=int, default=7_300_000, help="7,300,000 are 1 GiB of CSV")
    parser.add_argument("--skip", choices=["small", "large"])
    options = parser.parse_args()
    options.service = options.service.resolve()
    async with get_session().create_client(
            "s3", endpoint_url=options.s3, region_name="us-east-1", aws_access_key_id=options.key,
            aws_secret_access_key=options.secret) as s3:
        try:
            await s3.create_bucket(Bucket=options.bucket)
        except s3.exceptions.BucketAlreadyOwnedByYou:
            pass
        async with Sender(options, s3) as sender:
            with tempfile.TemporaryDirectory() as folder:
                if options.skip != "small":
                    await small(options, sender, folder)
                if options.skip != "large":
                    await large(options, sender, folder)


if __name__ == "__main__":
    asyncio.run(main())
