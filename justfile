# What can be done here; `just --list`.

set shell := ["bash", "-euo", "pipefail", "-c"]

# The whole workspace and one set of features, so that nothing is built twice.
live := "cargo test --workspace --features adapter-kafka/live,adapter-minio/live,adapter-sql/live,adapter-registry/live,data-emulator/live,pipeline-simulator/live,pipeline-rest/browser,emulator-rest/browser,warehouse-rest/browser,data-warehouse/live,compute-service/live,compute-rest/browser"
chaos := "cargo test --workspace --features data-emulator/chaos,pipeline-simulator/chaos,data-warehouse/chaos,compute-service/chaos"

_default:
    @just --list

# All that CI checks without servers: format, lints, tests, docs.
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets --all-features -- -D warnings
    just test
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

# All tests that need no server.
test:
    cargo test --workspace

# In place: the built target folder serves, and nobody edits meanwhile. Such as
# `just mutants pipeline-domain -f 'crates/pipeline/domain/src/landing.rs' -- --lib`.
[doc('Changes the code of a crate a line at a time; names the changes that no test sees.')]
mutants CRATE *ARGS:
    cargo mutants --in-place --no-shuffle --output target -p {{CRATE}} --test-package {{CRATE}} {{ARGS}}

# Kafka, MinIO, PostgreSQL and MariaDB; and the pages in Chromium, which has to be there.
[doc('The same flows against real servers, which this installs and starts.')]
test-live:
    deploy/local/servers install
    deploy/local/servers up
    eval "$(deploy/local/servers env)" && {{ live }} --test live --test browser && {{ live }} --test service live:: -- --test-threads 2

# All of the four services on the same servers and a cluster of three brokers, about 70 minutes on two
# cores, and how long the tests of each file took. With a name, such as `just test-chaos
# chaos::brokers`, those alone.
[doc('The faults that the services survive, for real. As root: some disks are full.')]
test-chaos NAME='chaos::':
    deploy/local/servers install
    deploy/local/servers up kafka minio postgres mariadb kafka-cluster
    {{ chaos }} --test service --no-run
    eval "$(deploy/local/servers env)" && {{ chaos }} --test service --no-fail-fast {{ NAME }} -- --test-threads 1 --nocapture | python3 deploy/local/times.py

# With bounds on memory and time; prints a table. `just test-attack --short` takes some minutes.
[doc('Hostile files, lying S3 stores, broken requests and crowds of clients.')]
test-attack *ARGS:
    deploy/local/servers install kafka python
    deploy/local/servers up kafka
    cargo build --workspace --bins
    eval "$(deploy/local/servers env)" && "$LOCAL_PYTHON" deploy/local/attack target/debug {{ARGS}}

# Records and bytes a second on this machine; tables on the terminal, JSON in target/bench.
bench *ARGS:
    deploy/local/servers install
    deploy/local/servers up
    cargo build --profile dist --bin data-emulator
    cargo build --profile dist -p adapter-minio --example plain_upload
    eval "$(deploy/local/servers env)" && "$LOCAL_PYTHON" deploy/local/bench.py {{ARGS}}

# The data warehouse beside psql, Python's sqlite3 and fastavro; names of parts measure those alone.
bench-warehouse *ARGS:
    deploy/local/servers install
    deploy/local/servers up postgres
    cargo build --profile dist --bin data-warehouse
    eval "$(deploy/local/servers env)" && "$LOCAL_PYTHON" deploy/local/bench_warehouse.py {{ARGS}}

# Models on one core, beside dbldatagen (Spark) and Faker; names of parts measure those alone.
bench-models *ARGS:
    deploy/local/servers install models
    cargo build --profile dist --bin data-emulator
    cargo build --profile dist -p adapter-models --example random_access
    MODELS_PYTHON="${LOCAL_DIR:-$PWD/.local}/models-venv/bin/python" python3 deploy/local/models/bench.py {{ARGS}}

# Parquet beside tpchgen-cli's, and the memory of 100 million rows; about five minutes.
bench-parquet *ARGS:
    deploy/local/servers install python
    cargo build --profile dist --bin data-emulator
    .local/venv/bin/python -m pip install -q tpchgen-cli==4.0.0
    .local/venv/bin/python deploy/local/bench_parquet.py target/dist/data-emulator {{ARGS}}

# Two hundred open pages while both cores generate, and Chromium with a list of 10,000 runs.
bench-pages *ARGS:
    deploy/local/servers install python
    cargo build --profile dist --bin data-emulator
    .local/venv/bin/python deploy/local/bench_pages.py {{ARGS}}

# The screenshots of docs/pictures anew.
pictures:
    deploy/local/servers install kafka python
    deploy/local/servers up kafka
    cargo build --release --bin data-emulator --bin pipeline-simulator
    eval "$(deploy/local/servers env)" && "$LOCAL_PYTHON" deploy/local/pictures.py target/release

# The compute service beside a Python service of the same kind, on MinIO: tasks a second, delays,
# processor time, memory.
bench-compute *ARGS:
    deploy/local/servers install minio compute
    deploy/local/servers up minio
    cargo build --profile dist --bin compute-service
    eval "$(deploy/local/servers env)" && "$COMPUTE_PYTHON" deploy/local/compute/bench.py --service target/dist/compute-service {{ARGS}}

# Writes the OpenAPI document and the references of the settings anew.
openapi:
    UPDATE_DOCUMENTS=1 cargo test --workspace --test documents

# The emulator with a Kafka, an S3 store and a schema registry inside the process.
run *ARGS:
    cargo run --release -- serve --embedded {{ARGS}}

# The whole pipeline with a Kafka inside the process; charts in pipeline-data/report.
rehearse *ARGS:
    cargo run --release --bin pipeline-simulator -- run --embedded {{ARGS}}

# On the servers of `just up`; rows land in their PostgreSQL unless DATABASE_URL says otherwise.
[doc('One process of the pipeline simulator, such as `just pipeline land`.')]
pipeline *ARGS:
    eval "$(deploy/local/servers env)" && export DATABASE_URL="${DATABASE_URL:-$POSTGRES_TEST_URL}" && cargo run --release --bin pipeline-simulator -- {{ARGS}}

# A real Kafka, MinIO and PostgreSQL on this machine.
up:
    deploy/local/servers install
    deploy/local/servers up

# Stops them.
down:
    deploy/local/servers down
