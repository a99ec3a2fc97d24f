# Starting, finding, signalling and ending server processes. Sourced by `servers`.
# shellcheck shell=bash

# What a server's command line holds and nothing else's does. A pid file alone may name
# a process of somebody else: after a reboot, or when the number came round again.
marker_of() { case $1 in minio | minio-tls) echo "$DATA_DIR/$1 " ;; postgres | mariadb) echo "$DATA_DIR/$1" ;; registry) echo "$REGISTRY_DIR/" ;; garage) echo "$CONF_DIR/garage.toml" ;; *) echo "$CONF_DIR/$1.properties" ;; esac }

# Prints the pid of a server that lives; fails when it does not.
pid_of() {
  local pid line
  [[ -r $RUN_DIR/$1.pid ]] && pid=$(<"$RUN_DIR/$1.pid") && [[ -n $pid ]] || return 1
  line=$(ps -ww -o stat=,args= -p "$pid") || return 1
  # A zombie is dead: nobody may be there to reap it when init is a plain shell.
  [[ $line != Z* && $line == *"$(marker_of "$1")"* ]] || return 1
  echo "$pid"
}

# running, paused (SIGSTOP) or stopped
state_of() {
  local pid
  if ! pid=$(pid_of "$1"); then
    echo stopped
  elif [[ $(ps -o stat= -p "$pid") == T* ]]; then
    echo paused
  else
    echo running
  fi
}

# The address at which a server was started, which later settings may no longer say.
address_of() { cat "$RUN_DIR/$1.address"; }

port_is_open() { (exec 3<>"/dev/tcp/$LISTEN_HOST/$1") 2>/dev/null; }

# A stranger on our port would answer the readiness check in our place. A process that was just
# killed may hold its ports a moment longer than its pid.
require_free_ports() {
  local name=$1 port deadline=$((SECONDS + 5))
  shift
  for port in "$@"; do
    while port_is_open "$port"; do
      ((SECONDS < deadline)) ||
        die "$name: port $port is taken by another process; end it or choose another (deploy/local/README.md lists the variables)"
      sleep 0.1
    done
  done
}

# already_runs NAME: a paused server holds its port and answers nobody, so it is no good
# to wait for it.
already_runs() {
  case $(state_of "$1") in
    running) return 0 ;;
    paused) die "$1 is paused; let it run on with: deploy/local/servers cont $1" ;;
    *) return 1 ;;
  esac
}

# spawn NAME COMMAND...: runs on after this script, away from its terminal and pipes.
spawn() {
  local name=$1
  shift
  local log=$LOG_DIR/$name.log
  # The log before the last start is kept: it says how a killed server ended.
  [[ ! -e $log ]] || mv -f "$log" "$log.before"
  # Every partition holds files open; the usual soft limit of 1024 is soon used up.
  ulimit -n "$(ulimit -Hn)" 2>/dev/null || true
  # Descriptor 9 is the lock of `with_lock`: inherited, it would be held for ever.
  setsid "$@" </dev/null >"$log" 2>&1 9>&- &
  local pid=$!
  echo "$pid" >"$RUN_DIR/$name.pid"
  # Until it has become the server's program it would be taken for a dead one.
  until pid_of "$name" >/dev/null || ! kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
}

# with_lock NAME COMMAND...: two scripts at once must not start or install the same thing twice.
with_lock() (
  exec 9>"$RUN_DIR/$1.lock"
  flock -w 900 9 || die "$1: another start or install holds $RUN_DIR/$1.lock"
  shift
  "$@"
)

# PostgreSQL has a process a client: each would work on for a while without its parent. The parent
# is stopped first, so that no child is born after they were counted.
signal_with_children() {
  local children=()
  [[ $1 == CONT ]] || kill -STOP "$2"
  mapfile -t children < <(ps -o pid= --ppid "$2")
  # One of them may have ended by itself meanwhile.
  ((${#children[@]} == 0)) || kill "-$1" "${children[@]//[[:space:]]/}" 2>/dev/null || true
  kill "-$1" "$2"
}

signal_server() {
  local pid
  pid=$(pid_of "$2") || die "$2 is not running"
  signal_with_children "$1" "$pid"
  say "$2: sent SIG$1 to $pid"
}

ask_to_end() {
  local pid
  pid=$(pid_of "$1") || return 0
  # At SIGTERM PostgreSQL would wait for its clients to leave.
  case $1 in postgres) kill -INT "$pid" ;; *) kill -TERM "$pid" ;; esac 2>/dev/null || true
  # A paused process sees its signal only when it runs on.
  signal_with_children CONT "$pid" 2>/dev/null || true
}

wait_for_end() {
  local name=$1 pid deadline=$((SECONDS + END_TIMEOUT))
  [[ -e $RUN_DIR/$name.pid ]] || return 0
  while pid=$(pid_of "$name"); do
    if ((SECONDS >= deadline)); then
      say "$name: did not end within $END_TIMEOUT s, killed"
      signal_with_children KILL "$pid" 2>/dev/null || true
      deadline=$((SECONDS + END_TIMEOUT))
    fi
    sleep 0.1
  done
  rm -f "$RUN_DIR/$name.pid"
  say "$name: ended"
}

# wait_until_ready NAME COMMAND...: asks COMMAND until it succeeds; a dead process or
# READY_TIMEOUT seconds are a failure, with the end of the log.
wait_until_ready() {
  local name=$1 deadline=$((SECONDS + READY_TIMEOUT)) reason=
  shift
  until "$@"; do
    if ! pid_of "$name" >/dev/null; then
      reason="$name ended while it started"
    elif ((SECONDS >= deadline)); then
      reason="$name was not ready within $READY_TIMEOUT s"
    fi
    if [[ -n $reason ]]; then
      say "--- the end of $LOG_DIR/$name.log"
      tail -n 30 "$LOG_DIR/$name.log" >&2 || true
      die "$reason"
    fi
    sleep 0.2
  done
}

# answers STATUS PORT PATH: one HTTP request without a client program.
answers() (
  exec 2>/dev/null 3<>"/dev/tcp/$LISTEN_HOST/$2" || exit 1
  printf 'GET %s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n\r\n' "$3" "$LISTEN_HOST" "$2" >&3
  read -r -t 2 line <&3
  [[ $line == *" $1 "* ]]
)
