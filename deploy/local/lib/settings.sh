# Where things live and on which ports they listen. Sourced by `servers`.
# shellcheck shell=bash disable=SC2034 # the variables are used by the other files

REPO_DIR=$(cd "$HERE/../.." && pwd)
LOCAL_DIR=${LOCAL_DIR:-$REPO_DIR/.local}
mkdir -p "$LOCAL_DIR"
# Absolute: a server's command line carries these paths, and is known again by them.
LOCAL_DIR=$(cd "$LOCAL_DIR" && pwd)
DATA_DIR=$LOCAL_DIR/data
RUN_DIR=$LOCAL_DIR/run
LOG_DIR=$LOCAL_DIR/logs
CONF_DIR=$LOCAL_DIR/conf
TLS_DIR=$LOCAL_DIR/tls
KAFKA_DIR=$LOCAL_DIR/kafka
REGISTRY_DIR=$LOCAL_DIR/registry
VENV_DIR=$LOCAL_DIR/venv
PYTHON=$VENV_DIR/bin/python
COMPUTE_VENV_DIR=$LOCAL_DIR/compute-venv
COMPUTE_PYTHON=$COMPUTE_VENV_DIR/bin/python
MODELS_VENV_DIR=$LOCAL_DIR/models-venv
MINIO_BIN=$LOCAL_DIR/bin/minio
GARAGE_BIN=$LOCAL_DIR/bin/garage
mkdir -p "$DATA_DIR" "$RUN_DIR" "$LOG_DIR" "$CONF_DIR"

# Only this machine: the passwords are for tests, and PLAINTEXT has none.
LISTEN_HOST=127.0.0.1

KAFKA_PORT=${KAFKA_PORT:-9092}
KAFKA_CONTROLLER_PORT=${KAFKA_CONTROLLER_PORT:-9093}
KAFKA_SASL_PORT=${KAFKA_SASL_PORT:-9094}
KAFKA_SSL_PORT=${KAFKA_SSL_PORT:-9095}
KAFKA_SASL_SSL_PORT=${KAFKA_SASL_SSL_PORT:-9096}
# The port after this one is where chaos tests put a proxy before the broker.
KAFKA_PROXIED_PORT=${KAFKA_PROXIED_PORT:-9097}
# The three brokers take the first three ports from here, their controllers the next three.
KAFKA_CLUSTER_PORT=${KAFKA_CLUSTER_PORT:-9192}
KAFKA_HEAP=${KAFKA_HEAP:-1g}
KAFKA_CLUSTER_HEAP=${KAFKA_CLUSTER_HEAP:-512m}

MINIO_PORT=${MINIO_PORT:-9000}
MINIO_TLS_PORT=${MINIO_TLS_PORT:-9001}
MINIO_ROOT_USER=${MINIO_ROOT_USER:-minio}
MINIO_ROOT_PASSWORD=${MINIO_ROOT_PASSWORD:-minio123}

GARAGE_PORT=${GARAGE_PORT:-3900}
GARAGE_RPC_PORT=${GARAGE_RPC_PORT:-3901}

# Not 5432, where a PostgreSQL of the system may listen.
POSTGRES_PORT=${POSTGRES_PORT:-15432}
# Whom PostgreSQL runs as when root starts it.
POSTGRES_SYSTEM_USER=${POSTGRES_SYSTEM_USER:-postgres}

# Not 3306, where a MariaDB of the system may listen.
MARIADB_PORT=${MARIADB_PORT:-13306}
# Whom MariaDB runs as when root starts it.
MARIADB_SYSTEM_USER=${MARIADB_SYSTEM_USER:-mysql}

# Apicurio's own default, 8080, is the pages'.
REGISTRY_PORT=${REGISTRY_PORT:-8081}
REGISTRY_HEAP=${REGISTRY_HEAP:-512m}
REGISTRY_VERSION=2.6.13.Final

# Seconds that a server has to become ready, and to end.
READY_TIMEOUT=${READY_TIMEOUT:-60}
END_TIMEOUT=${END_TIMEOUT:-40}

# MinIO gives out its server as source only; this is what @latest resolves to.
MINIO_VERSION=v0.0.0-20260212201848-7aac2a2c5b7c
GARAGE_VERSION=2.5.0

say() { printf '%s\n' "$*" >&2; }
die() {
  say "servers: $1"
  exit "${2:-1}"
}
