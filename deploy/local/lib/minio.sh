# MinIO, an S3 server. AGPL: something to test against, never to link. Sourced by `servers`.
# shellcheck shell=bash

start_minio() { with_lock minio start_minio_locked; }

start_minio_locked() {
  require_installed minio "$MINIO_BIN"
  if already_runs minio; then return 0; fi
  require_free_ports minio "$MINIO_PORT"
  local address=$LISTEN_HOST:$MINIO_PORT
  mkdir -p "$DATA_DIR/minio"
  echo "$address" >"$RUN_DIR/minio.address"
  (
    umask 077
    cat >"$RUN_DIR/minio.env" <<END
export MINIO_ENDPOINT=$address
export MINIO_ACCESS_KEY=$(printf %q "$MINIO_ROOT_USER")
export MINIO_SECRET_KEY=$(printf %q "$MINIO_ROOT_PASSWORD")
export MINIO_SECURE=false
END
  )
  # An empty environment: the client's variables above have names that the server reads
  # too, as its administrator's. UPDATE=off: it calls nobody.
  spawn minio env -i HOME="$DATA_DIR" PATH="$PATH" \
    MINIO_ROOT_USER="$MINIO_ROOT_USER" MINIO_ROOT_PASSWORD="$MINIO_ROOT_PASSWORD" \
    MINIO_BROWSER=off MINIO_UPDATE=off \
    "$MINIO_BIN" server "$DATA_DIR/minio" --address "$address"
}

wait_for_minio() {
  local address
  address=$(address_of minio)
  # health/live already answers 200 while the store behind it is still opening;
  # health/cluster does so only when objects can be written.
  wait_until_ready minio answers_200 "${address##*:}" /minio/health/live
  wait_until_ready minio answers_200 "${address##*:}" /minio/health/cluster
}

# answers_200 PORT PATH: one HTTP request without a client program.
answers_200() (
  exec 2>/dev/null 3<>"/dev/tcp/$LISTEN_HOST/$1" || exit 1
  printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n' "$2" "$LISTEN_HOST" "$1" >&3
  read -r -t 2 line <&3
  [[ $line == *' 200 '* ]]
)
