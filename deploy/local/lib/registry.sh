# Apicurio, a schema registry that also speaks Confluent's API. Sourced by `servers`.
# shellcheck shell=bash

start_registry() { with_lock registry start_registry_locked; }

start_registry_locked() {
  require_installed registry "$REGISTRY_DIR/installed"
  if already_runs registry; then return 0; fi
  require_free_ports registry "$REGISTRY_PORT"
  local address=$LISTEN_HOST:$REGISTRY_PORT
  mkdir -p "$DATA_DIR/registry"
  echo "$address" >"$RUN_DIR/registry.address"
  echo "export SCHEMA_REGISTRY_URL=http://$address/apis/ccompat/v7" >"$RUN_DIR/registry.env"
  # It keeps everything in memory.
  spawn registry java "-Xmx$REGISTRY_HEAP" "-Dquarkus.http.port=$REGISTRY_PORT" \
    "-Dquarkus.http.host=$LISTEN_HOST" -jar "$REGISTRY_DIR"/apicurio-registry-app-*-runner.jar
}

wait_for_registry() { wait_until_ready registry answers 200 "$REGISTRY_PORT" /apis/ccompat/v7/subjects; }
