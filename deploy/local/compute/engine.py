"""A Core engine for tests, after its protocol: it shares no code with the service.

Registration, pings, routes of services, tasks, callbacks and pipelines, with the refusals and the
traps of the real one. Under /test it can be made to fail, to be slow and to forget, and tells what
it was told. Started again, it knows what is in its file of --state; without one it knows nobody.
"""

import argparse
import asyncio
import json
import keyword
import pathlib
import time
import uuid
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Annotated, Any, Literal

import httpx
import uvicorn
from aiobotocore.session import get_session
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AfterValidator, AnyHttpUrl, BaseModel, Field

ACRONYMS = {
    "Generic": "GNR", "Image Processing": "IP", "Image Recognition": "IR", "Image Generation": "IG",
    "Audio Processing": "AP", "Audio Generation": "AG", "Video Processing": "VP", "Video Generation": "VG",
    "Document Processing": "DP", "Document Generation": "DG", "Data Preprocessing": "DPP",
    "Natural Language Processing": "NLP", "Anomaly Detection": "AD", "Recommendation": "R",
    "Time Series": "TS", "Clustering": "C", "Segmentation": "S", "Speech Recognition": "SR",
    "Sentiment Analysis": "SA", "Neural Networks": "NN", "Explainable AI": "XAI",
}
MediaType = Literal[
    "image/jpeg", "image/png", "text/plain", "text/csv", "application/json", "application/pdf",
    "application/zip", "audio/mpeg", "audio/ogg",
]
TaskStatus = Literal[
    "pending", "fetching", "processing", "saving", "finished", "error", "scheduled", "skipped",
    "unavailable", "archived",
]
ServiceStatus = Literal["available", "unavailable", "disabled", "sleeping"]


def identifier(name: str) -> str:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError("not a Python identifier")
    return name


def different(fields: list["FieldDescription"]) -> list["FieldDescription"]:
    if len({field.name for field in fields}) < len(fields):
        raise ValueError("a name is used twice")
    return fields


class FieldDescription(BaseModel):
    name: Annotated[str, AfterValidator(identifier)]
    format_hint: Any = None
    type: Annotated[list[MediaType], Field(min_length=1)]


Fields = Annotated[list[FieldDescription], AfterValidator(different)]


class Tag(BaseModel):
    name: str
    acronym: str

    def model_post_init(self, _: Any) -> None:
        if ACRONYMS.get(self.name) != self.acronym:
            raise ValueError(f"unknown tag {self.name} {self.acronym}")


class Service(BaseModel):
    name: str
    slug: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    url: AnyHttpUrl
    summary: str
    description: str | None = None
    status: ServiceStatus = "available"
    data_in_fields: Fields
    data_out_fields: Fields
    tags: list[Tag] | None = None
    has_ai: bool | None = None
    docs_url: AnyHttpUrl | None = None


class ServicePatch(BaseModel):
    name: str | None = None
    slug: str | None = None
    url: AnyHttpUrl | None = None
    summary: str | None = None
    description: str | None = None
    status: ServiceStatus | None = None
    data_in_fields: Fields | None = None
    data_out_fields: Fields | None = None
    tags: list[Tag] | None = None
    has_ai: bool | None = None
    docs_url: AnyHttpUrl | None = None
    latest_ping: float | None = None


class TaskUpdate(BaseModel):
    service: str | None = None
    url: str | None = None
    data_out: list[str]
    status: TaskStatus
    error_message: str | None = None


class Pipeline(BaseModel):
    slug: str
    steps: Annotated[list[str], Field(min_length=1)]


services: dict[str, dict] = {}  # by id
routes: dict[str, dict] = {}  # by slug: the record as it was when the service was last woken
tasks: dict[str, dict] = {}
pipelines: dict[str, list[str]] = {}
told: list[dict] = []
state = {"services": services, "routes": routes, "tasks": tasks, "pipelines": pipelines}
mode = {"mode": "ok"}
options: argparse.Namespace
s3: Any = None
http: httpx.AsyncClient


async def watch() -> None:
    """Whoever has not pinged lately sleeps; whoever has is awake."""
    while True:
        await asyncio.sleep(options.check_every)
        for record in services.values():
            young = record["latest_ping"] is not None and time.time() - record["latest_ping"] < options.ping_age
            if record["status"] in ("available", "sleeping"):
                set_status(record, "available" if young else "sleeping")


@asynccontextmanager
async def lifespan(_: FastAPI):
    global s3, http
    if options.state and options.state.exists():
        for name, known in json.loads(options.state.read_text()).items():
            state[name].update(known)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient())
        s3 = await stack.enter_async_context(get_session().create_client(
            "s3", endpoint_url=options.s3_host, region_name=options.s3_region,
            aws_access_key_id=options.s3_key, aws_secret_access_key=options.s3_secret))
        try:
            await s3.create_bucket(Bucket=options.bucket)
        except (s3.exceptions.BucketAlreadyOwnedByYou, s3.exceptions.BucketAlreadyExists):
            pass
        watching = asyncio.create_task(watch())
        yield
        watching.cancel()


app = FastAPI(lifespan=lifespan)


@app.middleware("http")
async def trouble(request: Request, call_next):
    if not request.url.path.startswith("/test"):
        if mode["mode"] == "error":
            return JSONResponse({"detail": "Internal Server Error"}, 500)
        if mode["mode"] == "slow":
            await asyncio.sleep(3)
    answer = await call_next(request)
    if options.state and request.method != "GET":
        aside = options.state.with_suffix(".new")
        aside.write_text(json.dumps(state))
        aside.replace(options.state)
    return answer


def set_status(record: dict, status: str) -> None:
    # The route takes the record's fields when the service comes back, and only then.
    if status == "available" and (record["status"] != "available" or record["slug"] not in routes):
        routes[record["slug"]] = {**record, "status": status}
    record["status"] = status


def by_slug(slug: str) -> dict:
    for record in services.values():
        if record["slug"] == slug:
            return record
    raise HTTPException(404, f"Service with slug '{slug}' not found.")


@app.post("/services")
async def register(service: Service, request: Request):
    if any(record["slug"] == service.slug for record in services.values()):
        raise HTTPException(409, f"Service with slug '{service.slug}' already exists.")
    record = service.model_dump(mode="json")
    if "docs_url" in await request.json() and service.docs_url is None:
        record["docs_url"] = "None"
    record |= {"id": str(uuid.uuid4()), "latest_ping": None}
    try:
        answer = await http.get(f"{record['url'].rstrip('/')}/status", timeout=5)
    except httpx.HTTPError:
        raise HTTPException(503, f"Service '{service.slug}' is unreachable.")
    if answer.status_code != 200:
        services[record["id"]] = record | {"status": "unavailable"}
        raise HTTPException(500, f"Service '{service.slug}' is not available.")
    services[record["id"]] = record
    set_status(record, record["status"])
    return record


@app.get("/services")
async def list_services():
    for record in services.values():
        if record["docs_url"] == "None":
            raise HTTPException(500, "docs_url: not a URL")
    return list(services.values())


@app.get("/services/slug/{slug}")
async def find(slug: str):
    return by_slug(slug)


@app.patch("/services/{service_id}")
async def change(service_id: uuid.UUID, patch: ServicePatch):
    record = services.get(str(service_id))
    if record is None:
        raise HTTPException(404, "Service not found.")
    changes = patch.model_dump(mode="json", exclude_unset=True)
    status = changes.pop("status", record["status"])
    record |= changes
    set_status(record, status)
    return record


@app.post("/services/{slug}/ping")
async def ping(slug: str):
    by_slug(slug)["latest_ping"] = time.time()


async def send_task(route: dict, keys: list[str], run: list[str]) -> dict:
    """Hands a task to a service; `run` are the services that come after it in a pipeline."""
    task = {
        "id": str(uuid.uuid4()), "data_in": keys, "data_out": None, "status": "pending",
        "service_id": route["id"], "pipeline_execution_id": None, "error_message": None,
        "created_at": "2026-01-01T00:00:00", "updated_at": None, "pipeline_step_id": None,
    }
    tasks[task["id"]] = task | {"run": run, "url": route["url"].rstrip("/"), "next": None}
    body = {
        "s3_access_key_id": options.s3_key, "s3_secret_access_key": options.s3_secret,
        "s3_region": options.s3_region, "s3_host": options.s3_host, "s3_bucket": options.bucket,
        "task": task, "callback_url": f"{options.url}/tasks/{task['id']}",
    }
    try:
        answer = await http.post(f"{route['url'].rstrip('/')}/compute", json=body, timeout=5)
        accepted = answer.status_code == 200
    except httpx.HTTPError:
        accepted = False
    if not accepted:
        del tasks[task["id"]]
        for key in keys:
            await s3.delete_object(Bucket=options.bucket, Key=key)
        raise HTTPException(500, "The service did not take the task.")
    return task


def open_route(slug: str) -> dict:
    if slug not in routes or by_slug(slug)["status"] != "available":
        raise HTTPException(404, f"Service '{slug}' is not available.")
    return routes[slug]


async def store_files(route: dict, request: Request) -> list[str]:
    form = await request.form()
    keys = []
    for field in route["data_in_fields"]:
        upload = form.get(field["name"])
        if upload is None or isinstance(upload, str):
            raise HTTPException(422, f"The file {field['name']} is missing.")
        key = f"{uuid.uuid4()}{pathlib.Path(upload.filename or '').suffix}"
        await s3.put_object(Bucket=options.bucket, Key=key, Body=await upload.read())
        keys.append(key)
    return keys


@app.patch("/tasks/{task_id}")
async def update(task_id: uuid.UUID, change: TaskUpdate):
    task = tasks.get(str(task_id))
    if task is None:
        raise HTTPException(404, "Task not found.")
    told.append({"id": str(task_id), **change.model_dump()})
    task |= {"status": change.status, "data_out": change.data_out, "error_message": change.error_message}
    if change.status == "finished" and task["run"] and task["next"] is None:
        # Answered only when the next service has its task.
        first, *rest = task["run"]
        route = open_route(first)
        keys = change.data_out[:len(route["data_in_fields"])]
        task["next"] = (await send_task(route, keys, rest))["id"]
    return task


@app.get("/tasks/{task_id}")
async def show(task_id: uuid.UUID):
    if str(task_id) not in tasks:
        raise HTTPException(404, "Task not found.")
    return tasks[str(task_id)]


@app.get("/tasks/{task_id}/status")
async def show_status(task_id: uuid.UUID):
    task = await show(task_id)
    if task["status"] == "pending":
        # Breaks, as the real one does, when the service does not know the task.
        answer = await http.get(f"{task['url']}/tasks/{task_id}/status", timeout=5)
        return {"status": answer.json()["status"]}
    return {"status": task["status"]}


@app.post("/pipelines")
async def define(pipeline: Pipeline):
    pipelines[pipeline.slug] = pipeline.steps


@app.post("/pipelines/{slug}")
async def run_pipeline(slug: str, request: Request):
    first, *rest = pipelines[slug]
    route = open_route(first)
    return await send_task(route, await store_files(route, request), rest)


@app.post("/test/mode/{name}")
async def set_mode(name: Literal["ok", "error", "slow"]):
    mode["mode"] = name


@app.post("/test/forget")
async def forget():
    services.clear()
    routes.clear()


@app.get("/test/told")
async def show_told():
    return told


@app.get("/test/object/{key}")
async def show_object(key: str):
    found = await s3.get_object(Bucket=options.bucket, Key=key)
    return Response(await found["Body"].read())


# Last: every other first part of a path is a service.
@app.post("/{slug}")
async def run_service(slug: str, request: Request):
    route = open_route(slug)
    return await send_task(route, await store_files(route, request), [])


def main() -> None:
    global options
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--s3-host", required=True)
    parser.add_argument("--s3-region", default="us-east-1")
    parser.add_argument("--s3-key", required=True)
    parser.add_argument("--s3-secret", required=True)
    parser.add_argument("--bucket", default="engine")
    parser.add_argument("--state", type=pathlib.Path)
    parser.add_argument("--check-every", type=float, default=30)
    parser.add_argument("--ping-age", type=float, default=50)
    options = parser.parse_args()
    options.url = f"http://127.0.0.1:{options.port}"
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="error")


if __name__ == "__main__":
    main()
