# MariaDB from the system's packages, with data of our own. Sourced by `servers`.
# shellcheck shell=bash

start_mariadb() { with_lock mariadb start_mariadb_locked; }

start_mariadb_locked() {
  local data=$DATA_DIR/mariadb
  require_installed mariadb "$(command -v mariadbd || echo /usr/sbin/mariadbd)"
  if already_runs mariadb; then return 0; fi
  require_free_ports mariadb "$MARIADB_PORT"
  make_mariadb_user
  echo "$LISTEN_HOST:$MARIADB_PORT" >"$RUN_DIR/mariadb.address"
  write_private "$RUN_DIR/mariadb.env" mariadb_env
  set_mariadb_prefix
  [[ -d $data ]] || make_mariadb_data "$data"
  # No socket in a folder that others use, too. The user is made again at each start, which is how
  # its password stays that of the file.
  write_private "$CONF_DIR/mariadb.sql" mariadb_sql
  ((${#AS_MARIADB[@]} == 0)) || chown "$MARIADB_SYSTEM_USER:" "$CONF_DIR/mariadb.sql"
  spawn mariadb "${AS_MARIADB[@]}" "$(mariadb_program mariadbd)" --no-defaults --datadir="$data" \
    --bind-address="$LISTEN_HOST" --port="$MARIADB_PORT" --socket="$data/mariadb.sock" \
    --pid-file="$data/mariadb.pid" --init-file="$CONF_DIR/mariadb.sql" \
    --character-set-server=utf8mb4 --innodb-buffer-pool-size=128M
}

mariadb_program() {
  command -v "$1" || compgen -G "/usr/sbin/$1" || die "mariadb is not installed; run: deploy/local/servers install mariadb"
}

# Made beside its place and moved there: what was interrupted must not be taken for data.
make_mariadb_data() {
  local new=$1.new
  rm -rf "$new"
  mkdir -m 700 "$new"
  ((${#AS_MARIADB[@]} == 0)) || chown "$MARIADB_SYSTEM_USER:" "$new"
  "${AS_MARIADB[@]}" "$(mariadb_program mariadb-install-db)" --no-defaults --datadir="$new" \
    --auth-root-authentication-method=normal --skip-test-db >"$LOG_DIR/mariadb.install.log" 2>&1 ||
    { cat "$LOG_DIR/mariadb.install.log" >&2 && die "mariadb: the data folder could not be made"; }
  mv "$new" "$1"
}

# It refuses root less firmly than PostgreSQL, but its files then belong to root.
set_mariadb_prefix() {
  AS_MARIADB=()
  [[ $(id -u) == 0 ]] || return 0
  local group
  group=$(id -g "$MARIADB_SYSTEM_USER") || die "mariadb: there is no user $MARIADB_SYSTEM_USER; name another in MARIADB_SYSTEM_USER"
  AS_MARIADB=(setpriv --reuid="$MARIADB_SYSTEM_USER" --regid="$group" --clear-groups
    --inh-caps="-all,+dac_override" --ambient-caps="-all,+dac_override")
}

wait_for_mariadb() {
  # shellcheck source=/dev/null
  source "$LOCAL_DIR/mariadb-test-user"
  local address
  address=$(address_of mariadb)
  wait_until_ready mariadb env MYSQL_PWD="$MARIADB_TEST_PASSWORD" "$(mariadb_program mariadb)" \
    --no-defaults --host="${address%:*}" --port="${address##*:}" --user="$MARIADB_TEST_USERNAME" \
    --execute="DO 0"
}

# Drawn once, like PostgreSQL's.
make_mariadb_user() {
  local file=$LOCAL_DIR/mariadb-test-user
  if [[ ! -s $file ]]; then write_private "$file" new_mariadb_user; fi
  # shellcheck source=/dev/null
  source "$file"
}

new_mariadb_user() {
  printf 'MARIADB_TEST_USERNAME=user-%s\nMARIADB_TEST_PASSWORD=%s\n' "$(openssl rand -hex 4)" "$(openssl rand -hex 16)"
}

mariadb_sql() {
  cat <<SQL
DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';
CREATE DATABASE IF NOT EXISTS warehouse;
CREATE USER IF NOT EXISTS '$MARIADB_TEST_USERNAME'@'$LISTEN_HOST' IDENTIFIED BY '$MARIADB_TEST_PASSWORD';
GRANT ALL ON *.* TO '$MARIADB_TEST_USERNAME'@'$LISTEN_HOST';
SQL
}

mariadb_env() {
  echo "export MARIADB_TEST_URL=mysql://$MARIADB_TEST_USERNAME:$MARIADB_TEST_PASSWORD@$LISTEN_HOST:$MARIADB_PORT/warehouse"
}
