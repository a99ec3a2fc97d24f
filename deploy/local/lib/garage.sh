# Garage, an S3 server that is not MinIO: it keeps the adapters honest. AGPL: something to test
# against, never to link. Sourced by `servers`.
# shellcheck shell=bash

# Garage takes keys of this form only. They are for tests, as all passwords here.
GARAGE_KEY=GK$(printf 'a key for tests' | sha256sum | cut -c1-24)
GARAGE_SECRET=$(printf 'its secret' | sha256sum | cut -c1-64)

start_garage() { with_lock garage start_garage_locked; }

start_garage_locked() {
  require_installed garage "$GARAGE_BIN"
  if already_runs garage; then return 0; fi
  require_free_ports garage "$GARAGE_PORT" "$GARAGE_RPC_PORT"
  local address=$LISTEN_HOST:$GARAGE_PORT
  mkdir -p "$DATA_DIR/garage"
  echo "$address" >"$RUN_DIR/garage.address"
  (
    umask 077
    cat >"$CONF_DIR/garage.toml" <<END
metadata_dir = "$DATA_DIR/garage/meta"
data_dir = "$DATA_DIR/garage/data"
db_engine = "sqlite"
replication_factor = 1
rpc_bind_addr = "$LISTEN_HOST:$GARAGE_RPC_PORT"
rpc_secret = "$GARAGE_SECRET"

[s3_api]
s3_region = "garage"
api_bind_addr = "$address"
END
    cat >"$RUN_DIR/garage.env" <<END
export GARAGE_ENDPOINT=$address
export GARAGE_ACCESS_KEY=$GARAGE_KEY
export GARAGE_SECRET_KEY=$GARAGE_SECRET
export GARAGE_REGION=garage
END
  )
  spawn garage env -i HOME="$DATA_DIR" PATH="$PATH" RUST_LOG=garage=warn \
    GARAGE_DEFAULT_ACCESS_KEY="$GARAGE_KEY" GARAGE_DEFAULT_SECRET_KEY="$GARAGE_SECRET" \
    "$GARAGE_BIN" -c "$CONF_DIR/garage.toml" server --single-node --default-access-key
}

# Who shows no key is refused, as soon as anybody is answered.
wait_for_garage() { wait_until_ready garage answers 403 "$GARAGE_PORT" /; }
