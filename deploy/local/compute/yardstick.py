"""The yardstick: a service of the protocol as one would write it in Python today.

FastAPI and aiobotocore, one event loop, a queue and a few tasks that work on it. It reads a JSON
object, adds a member and stores the result. Nothing outlives it.
"""

import argparse
import asyncio
import json
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import uvicorn
from aiobotocore.session import get_session
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel


class Task(BaseModel):
    id: uuid.UUID
    data_in: list[str]
    data_out: list[str] | None = None
    status: str = "pending"


class ServiceTask(BaseModel):
    s3_access_key_id: str
    s3_secret_access_key: str
    s3_region: str
    s3_host: str
    s3_bucket: str
    task: Task
    callback_url: str


options: argparse.Namespace
queue: asyncio.Queue
http: httpx.AsyncClient
clients: dict[tuple, Any] = {}
stack = AsyncExitStack()


async def client(task: ServiceTask):
    # Making one takes as long as a task; those of the same store and keys share one.
    key = (task.s3_host, task.s3_region, task.s3_access_key_id, task.s3_secret_access_key)
    if key not in clients:
        clients[key] = await stack.enter_async_context(get_session().create_client(
            "s3", endpoint_url=task.s3_host, region_name=task.s3_region,
            aws_access_key_id=task.s3_access_key_id, aws_secret_access_key=task.s3_secret_access_key))
    return clients[key]


async def carry_out(task: ServiceTask) -> None:
    try:
        s3 = await client(task)
        found = await s3.get_object(Bucket=task.s3_bucket, Key=task.task.data_in[0])
        content = json.loads(await found["Body"].read())
        content["seen"] = True
        key = f"{uuid.uuid4()}.json"
        await s3.put_object(Bucket=task.s3_bucket, Key=key, Body=json.dumps(content).encode())
        update = {"status": "finished", "data_out": [key]}
    except Exception as error:
        update = {"status": "error", "data_out": [], "error_message": str(error)}
    await http.patch(task.callback_url, json=update)


async def work() -> None:
    while True:
        await carry_out(await queue.get())


@asynccontextmanager
async def lifespan(_: FastAPI):
    global queue, http
    queue = asyncio.Queue(options.max_tasks)
    async with httpx.AsyncClient() as http, stack:
        workers = [asyncio.create_task(work()) for _ in range(options.concurrency)]
        yield
        for worker in workers:
            worker.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/status")
async def status():
    return {"status": "Service is available"}


@app.post("/compute")
async def compute(task: ServiceTask):
    try:
        queue.put_nowait(task)
    except asyncio.QueueFull:
        raise HTTPException(503, "Queue is full")
    return {"status": "Task added to the queue"}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--max-tasks", type=int, default=100_000)
    parser.add_argument("--concurrency", type=int, default=16)
    options = parser.parse_args()
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="error")
