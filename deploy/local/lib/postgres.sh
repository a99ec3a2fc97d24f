# PostgreSQL from the system's packages, with data of our own. Sourced by `servers`.
# shellcheck shell=bash

# Debian keeps the programs of each version apart and none of them in PATH.
postgres_program() {
  local found
  found=$(compgen -G "/usr/lib/postgresql/*/bin/$1" | sort -V | tail -n 1)
  [[ -n $found ]] || found=$(command -v "$1") || die "postgres is not installed; run: deploy/local/servers install postgres"
  echo "$found"
}

start_postgres() { with_lock postgres start_postgres_locked; }

start_postgres_locked() {
  local data=$DATA_DIR/postgres program
  program=$(postgres_program postgres)
  if already_runs postgres; then return 0; fi
  require_free_ports postgres "$POSTGRES_PORT"
  make_postgres_user
  echo "$LISTEN_HOST:$POSTGRES_PORT" >"$RUN_DIR/postgres.address"
  write_private "$RUN_DIR/postgres.env" postgres_env
  set_postgres_prefix
  [[ -d $data ]] || make_postgres_data "$data"
  # A killed server that nobody has reaped is no running one, as `already_runs` knows; PostgreSQL
  # would take its number for one.
  rm -f "$data/postmaster.pid"
  # No socket in a folder that others use, too.
  spawn postgres "${AS_POSTGRES[@]}" "$program" -D "$data" -p "$POSTGRES_PORT" \
    -c listen_addresses="$LISTEN_HOST" -c unix_socket_directories=
}

# Made beside its place and moved there: what was interrupted must not be taken for data.
make_postgres_data() {
  local new=$1.new
  rm -rf "$new"
  mkdir -m 700 "$new"
  ((${#AS_POSTGRES[@]} == 0)) || chown "$POSTGRES_SYSTEM_USER:" "$new"
  write_private "$CONF_DIR/postgres.password" printf %s "$POSTGRES_TEST_PASSWORD"
  "${AS_POSTGRES[@]}" "$(postgres_program initdb)" -D "$new" --username="$POSTGRES_TEST_USERNAME" \
    --pwfile="$CONF_DIR/postgres.password" --auth=scram-sha-256 --encoding=UTF8 --locale=C \
    >"$LOG_DIR/postgres.initdb.log" 2>&1 ||
    { cat "$LOG_DIR/postgres.initdb.log" >&2 && die "postgres: the data folder could not be made"; }
  rm -f "$CONF_DIR/postgres.password"
  mv "$new" "$1"
}

# PostgreSQL refuses to run as root. The user that its package makes may not be let through to the
# checkout (a closed home, for one), so it keeps root's right to pass any folder.
set_postgres_prefix() {
  AS_POSTGRES=()
  [[ $(id -u) == 0 ]] || return 0
  local group
  group=$(id -g "$POSTGRES_SYSTEM_USER") || die "postgres: there is no user $POSTGRES_SYSTEM_USER; name another in POSTGRES_SYSTEM_USER"
  AS_POSTGRES=(setpriv --reuid="$POSTGRES_SYSTEM_USER" --regid="$group" --clear-groups
    --inh-caps="-all,+dac_override" --ambient-caps="-all,+dac_override")
}

wait_for_postgres() {
  local address
  address=$(address_of postgres)
  # Not before it has recovered from a kill.
  wait_until_ready postgres "$(postgres_program pg_isready)" -q -h "${address%:*}" -p "${address##*:}"
}

# Drawn once: the data knows the password.
make_postgres_user() {
  local file=$LOCAL_DIR/postgres-test-user
  if [[ ! -s $file ]]; then write_private "$file" new_postgres_user; fi
  # shellcheck source=/dev/null
  source "$file"
}

new_postgres_user() {
  printf 'POSTGRES_TEST_USERNAME=user-%s\nPOSTGRES_TEST_PASSWORD=%s\n' "$(openssl rand -hex 4)" "$(openssl rand -hex 16)"
}

postgres_env() {
  echo "export POSTGRES_TEST_URL=postgres://$POSTGRES_TEST_USERNAME:$POSTGRES_TEST_PASSWORD@$LISTEN_HOST:$POSTGRES_PORT/postgres"
}
