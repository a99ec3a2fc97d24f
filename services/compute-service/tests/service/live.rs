//! Services and a Core engine that shares no code with them: FastAPI, httpx and pydantic, as a
//! process (deploy/local/compute/engine.py), on MinIO and on s3s.

mod bytes;
mod engine;
pub(crate) mod heals;
mod routes;
