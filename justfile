# What can be done here; `just --list`.

set shell := ["bash", "-euo", "pipefail", "-c"]

# The whole workspace, so that dependencies keep their features and nothing is built twice.
live := "cargo test --workspace --features"

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

# The same flows against a real Kafka and a real MinIO, which this installs and starts.
test-live:
    deploy/local/servers install
    deploy/local/servers up
    eval "$(deploy/local/servers env)" && {{ live }} adapter-kafka/live --test live && {{ live }} data-emulator/live --test service live:: -- --test-threads 2

# The faults that runs survive, on the same servers and a cluster of three brokers; half an hour. With
# a name, such as `just test-chaos chaos::brokers`, those alone.
test-chaos NAME='chaos::':
    deploy/local/servers install
    deploy/local/servers up kafka minio kafka-cluster
    eval "$(deploy/local/servers env)" && {{ live }} data-emulator/chaos --test service {{ NAME }} -- --test-threads 1 --nocapture

# Records and bytes a second on this machine; tables on the terminal, JSON in target/bench.
bench *ARGS:
    deploy/local/servers install
    deploy/local/servers up
    cargo build --release -p data-emulator
    cargo build --release -p adapter-minio --example plain_upload
    eval "$(deploy/local/servers env)" && "$LOCAL_PYTHON" deploy/local/bench.py {{ARGS}}

# Writes the OpenAPI document and the reference of the settings anew.
openapi:
    UPDATE_DOCUMENTS=1 cargo test -p data-emulator --test documents

# The service with a Kafka and an S3 store inside the process.
run *ARGS:
    cargo run --release -- serve --embedded {{ARGS}}

# A real Kafka and a real MinIO on this machine.
up:
    deploy/local/servers install
    deploy/local/servers up

# Stops them.
down:
    deploy/local/servers down
