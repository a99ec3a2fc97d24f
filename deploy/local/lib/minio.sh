# MinIO, an S3 server. AGPL: something to test against, never to link. Sourced by `servers`.
# shellcheck shell=bash

start_minio() { with_lock minio start_minio_locked minio "$MINIO_PORT"; }

# A store of its own, which speaks TLS only.
start_minio-tls() {
  with_lock certificates make_certificates
  (umask 077 && mkdir -p "$CONF_DIR/minio-tls")
  cp "$TLS_DIR/server.crt" "$CONF_DIR/minio-tls/public.crt"
  cp "$TLS_DIR/server.key" "$CONF_DIR/minio-tls/private.key"
  with_lock minio-tls start_minio_locked minio-tls "$MINIO_TLS_PORT" --certs-dir "$CONF_DIR/minio-tls"
}

# start_minio_locked NAME PORT [OPTION ...]
start_minio_locked() {
  local name=$1 port=$2
  shift 2
  require_installed minio "$MINIO_BIN"
  if already_runs "$name"; then return 0; fi
  require_free_ports "$name" "$port"
  local address=$LISTEN_HOST:$port
  mkdir -p "$DATA_DIR/$name"
  echo "$address" >"$RUN_DIR/$name.address"
  if [[ $name == minio-tls ]]; then
    # The keys are those of the other.
    cat >"$RUN_DIR/$name.env" <<END
export MINIO_TEST_TLS=$address
export MINIO_TEST_CA=$(printf %q "$TLS_DIR/ca.pem")
END
  else
    write_minio_env
  fi
  # An empty environment: the client's variables above have names that the server reads
  # too, as its administrator's. UPDATE=off: it calls nobody.
  spawn "$name" env -i HOME="$DATA_DIR" PATH="$PATH" \
    MINIO_ROOT_USER="$MINIO_ROOT_USER" MINIO_ROOT_PASSWORD="$MINIO_ROOT_PASSWORD" \
    MINIO_BROWSER=off MINIO_UPDATE=off \
    "$MINIO_BIN" server "$DATA_DIR/$name" --address "$address" "$@"
}

write_minio_env() {
  (
    umask 077
    cat >"$RUN_DIR/minio.env" <<END
export MINIO_ENDPOINT=$address
export MINIO_ACCESS_KEY=$(printf %q "$MINIO_ROOT_USER")
export MINIO_SECRET_KEY=$(printf %q "$MINIO_ROOT_PASSWORD")
export MINIO_SECURE=false
END
  )
}

wait_for_minio-tls() { wait_until_ready minio-tls answers_200_over_tls "$(address_of minio-tls)" /minio/health/cluster; }

wait_for_minio() {
  local address
  address=$(address_of minio)
  # health/live already answers 200 while the store behind it is still opening;
  # health/cluster does so only when objects can be written.
  wait_until_ready minio answers 200 "${address##*:}" /minio/health/live
  wait_until_ready minio answers 200 "${address##*:}" /minio/health/cluster
}

# answers_200_over_tls ADDRESS PATH: the same, with a certificate of our CA.
answers_200_over_tls() {
  local answer
  answer=$(printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$2" "$1" |
    timeout 2 openssl s_client -quiet -verify_return_error -CAfile "$TLS_DIR/ca.pem" -connect "$1" 2>/dev/null | head -1)
  [[ $answer == *' 200 '* ]]
}
