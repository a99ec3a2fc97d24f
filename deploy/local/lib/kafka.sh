# Apache Kafka: one broker with every kind of listener (kafka), or three brokers that
# replicate (kafka-1 to kafka-3). Sourced by `servers`.
# shellcheck shell=bash

start_kafka() { with_lock "$1" start_kafka_locked "$1"; }

start_kafka_locked() {
  local name=$1
  require_installed kafka "$KAFKA_DIR/installed"
  require_installed python "$VENV_DIR/installed"
  if already_runs "$name"; then return 0; fi
  local heap=$KAFKA_CLUSTER_HEAP format_options=()
  if [[ $name == kafka ]]; then
    make_test_user
    with_lock certificates make_certificates
    heap=$KAFKA_HEAP
    local mechanism
    for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do
      format_options+=(--add-scram "$mechanism=[name=$KAFKA_TEST_USERNAME,password=$KAFKA_TEST_PASSWORD]")
    done
    require_free_ports kafka "$KAFKA_PORT" "$KAFKA_CONTROLLER_PORT" "$KAFKA_SASL_PORT" "$KAFKA_SSL_PORT" "$KAFKA_SASL_SSL_PORT" "$KAFKA_PROXIED_PORT"
    write_private "$CONF_DIR/kafka.properties" single_broker_properties
    write_private "$RUN_DIR/kafka.env" single_broker_env
    echo "$LISTEN_HOST:$KAFKA_PORT" >"$RUN_DIR/kafka.address"
  else
    local node=${name#kafka-}
    require_free_ports "$name" "$(cluster_port "$node")" "$(cluster_controller_port "$node")"
    write_private "$CONF_DIR/$name.properties" cluster_broker_properties "$node"
    write_private "$RUN_DIR/$name.env" cluster_env
    echo "$LISTEN_HOST:$(cluster_port "$node")" >"$RUN_DIR/$name.address"
  fi
  local formatted
  formatted=$(sha256sum <<<"${format_options[*]}")
  if [[ ! -e $DATA_DIR/$name/meta.properties || $(cat "$RUN_DIR/$name.formatted" 2>/dev/null) != "$formatted" ]]; then
    # What an interrupted format left, or one with other users, must not be taken for a broker's data.
    rm -rf "${DATA_DIR:?}/$name"
    kafka_java kafka.tools.StorageTool format -t "$(cluster_id "$name")" \
      -c "$CONF_DIR/$name.properties" "${format_options[@]}" >"$LOG_DIR/$name.format.log" 2>&1 ||
      { cat "$LOG_DIR/$name.format.log" >&2 && die "$name: the data folder could not be formatted"; }
    echo "$formatted" >"$RUN_DIR/$name.formatted"
  fi
  spawn "$name" java "-Xmx$heap" -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true \
    -Dorg.slf4j.simpleLogger.showDateTime=true \
    -Dorg.slf4j.simpleLogger.dateTimeFormat="yyyy-MM-dd'T'HH:mm:ss.SSSZ" \
    -cp "$KAFKA_DIR/libs/*" kafka.Kafka "$CONF_DIR/$name.properties"
}

# Ready is a broker that names itself in its metadata: a broker that is up but still
# fenced by the controller answers, and leaves itself out.
wait_for_kafka() {
  local name=$1 node=1 address
  [[ $name == kafka ]] || node=${name#kafka-}
  address=$(address_of "$name")
  # The port is asked first because it costs nothing; a Python start does.
  wait_until_ready "$name" port_is_open "${address##*:}"
  wait_until_ready "$name" "$PYTHON" "$HERE/lib/kafka_is_ready.py" "$address" "$node"
}

kafka_java() { java -Xmx256m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$KAFKA_DIR/libs/*" "$@"; }

# kafka_tool CLASS ARG...: short names for the classes behind Kafka's bin/*.sh.
kafka_tool() {
  (($#)) || die "kafka-tool: name a class, for example TopicCommand, ConsoleConsumer, ProducerPerformance" 2
  require_installed kafka "$KAFKA_DIR/installed"
  local class=$1
  shift
  case $class in
    *.*) ;;
    Console*Consumer) class=org.apache.kafka.tools.consumer.$class ;;
    ConsumerGroupCommand) class=org.apache.kafka.tools.consumer.group.$class ;;
    ConfigCommand) class=kafka.admin.$class ;;
    *) class=org.apache.kafka.tools.$class ;;
  esac
  # More memory than for formatting: ProducerPerformance keeps its sending buffer in it.
  exec java -Xmx512m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$KAFKA_DIR/libs/*" "$class" "$@"
}

# write_private FILE COMMAND...: the file is never readable by others, nor half-written.
write_private() {
  local file=$1
  shift
  (umask 077 && "$@" >"$file.new" && mv -f "$file.new" "$file")
}

# The test user is drawn once: SCRAM keeps its password in the broker's data.
make_test_user() {
  local file=$LOCAL_DIR/kafka-test-user
  if [[ ! -s $file ]]; then write_private "$file" new_test_user; fi
  # shellcheck source=/dev/null
  source "$file"
}

new_test_user() {
  printf 'KAFKA_TEST_USERNAME=user-%s\nKAFKA_TEST_PASSWORD=%s\n' "$(openssl rand -hex 4)" "$(openssl rand -hex 16)"
}

# A CA of our own and a server certificate from it, as PEM: Kafka reads that directly.
make_certificates() {
  if [[ -s $TLS_DIR/ca.pem ]] && openssl x509 -checkend 86400 -noout -in "$TLS_DIR/server.crt" >/dev/null 2>&1; then
    return 0
  fi
  (umask 077 && mkdir -p "$TLS_DIR" && cd "$TLS_DIR" && new_certificates) >"$LOG_DIR/certificates.log" 2>&1 ||
    die "the certificates could not be made; see $LOG_DIR/certificates.log"
  cp "$TLS_DIR/ca.crt" "$TLS_DIR/ca.pem"
  chmod 644 "$TLS_DIR/ca.pem"
}

# Joined by && because `set -e` sleeps inside a condition.
new_certificates() {
  openssl req -x509 -newkey rsa:2048 -nodes -days 365 -keyout ca.key -out ca.crt \
    -subj '/CN=Data Emulator test CA' -addext 'keyUsage=critical,keyCertSign,cRLSign' &&
    # `req -new` writes PKCS#8, the only form of key that Kafka takes.
    openssl req -new -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj '/CN=localhost' &&
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 -out server.crt \
      -extfile <(printf 'subjectAltName=DNS:localhost,IP:%s\nextendedKeyUsage=serverAuth\n' "$LISTEN_HOST") &&
    cat server.key server.crt ca.crt >server.pem
}

# 16 random bytes in base64url; the brokers of the cluster share one. It outlives their
# data, which does no harm.
cluster_id() {
  local group=$1
  [[ $group == kafka ]] || group=kafka-cluster
  with_lock cluster-id make_cluster_id "$RUN_DIR/$group.cluster-id"
  cat "$RUN_DIR/$group.cluster-id"
}

# `tr` also spares the id a leading dash, which the formatter would take for an option.
make_cluster_id() {
  if [[ ! -s $1 ]]; then openssl rand -base64 16 | tr '+/' 'AB' | cut -c1-22 >"$1"; fi
}

single_broker_properties() {
  local plain="org.apache.kafka.common.security.plain.PlainLoginModule required user_$KAFKA_TEST_USERNAME=\"$KAFKA_TEST_PASSWORD\";"
  local scram='org.apache.kafka.common.security.scram.ScramLoginModule required;'
  cat <<END
process.roles=broker,controller
node.id=1
# Static voters: the controller's port can then be changed after formatting.
controller.quorum.voters=1@$LISTEN_HOST:$KAFKA_CONTROLLER_PORT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=PLAINTEXT://$LISTEN_HOST:$KAFKA_PORT,CONTROLLER://$LISTEN_HOST:$KAFKA_CONTROLLER_PORT,SASL_PLAINTEXT://$LISTEN_HOST:$KAFKA_SASL_PORT,SSL://$LISTEN_HOST:$KAFKA_SSL_PORT,SASL_SSL://$LISTEN_HOST:$KAFKA_SASL_SSL_PORT,PROXIED://$LISTEN_HOST:$KAFKA_PROXIED_PORT
# PROXIED: clients are sent to a port at which only a test listens, between them and the broker.
advertised.listeners=PLAINTEXT://$LISTEN_HOST:$KAFKA_PORT,SASL_PLAINTEXT://$LISTEN_HOST:$KAFKA_SASL_PORT,SSL://$LISTEN_HOST:$KAFKA_SSL_PORT,SASL_SSL://$LISTEN_HOST:$KAFKA_SASL_SSL_PORT,PROXIED://$LISTEN_HOST:$((KAFKA_PROXIED_PORT + 1))
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT,SSL:SSL,SASL_SSL:SASL_SSL,PROXIED:PLAINTEXT

sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl_plaintext.plain.sasl.jaas.config=$plain
listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=$scram
listener.name.sasl_ssl.plain.sasl.jaas.config=$plain
listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=$scram
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=$scram
ssl.keystore.type=PEM
ssl.keystore.location=$TLS_DIR/server.pem
ssl.client.auth=none

log.dirs=$DATA_DIR/kafka
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
# Tests start consumers often; the usual 3 s of waiting for more of them is lost time.
group.initial.rebalance.delay.ms=0
END
}

single_broker_env() {
  cat <<END
export KAFKA_BOOTSTRAP_SERVERS=$LISTEN_HOST:$KAFKA_PORT
export KAFKA_TEST_SASL=$LISTEN_HOST:$KAFKA_SASL_PORT
export KAFKA_TEST_SSL=$LISTEN_HOST:$KAFKA_SSL_PORT
export KAFKA_TEST_SASL_SSL=$LISTEN_HOST:$KAFKA_SASL_SSL_PORT
export KAFKA_TEST_PROXIED=$LISTEN_HOST:$KAFKA_PROXIED_PORT
export KAFKA_TEST_PROXY=$LISTEN_HOST:$((KAFKA_PROXIED_PORT + 1))
export KAFKA_TEST_CA=$(printf %q "$TLS_DIR/ca.pem")
export KAFKA_TEST_USERNAME=$KAFKA_TEST_USERNAME
export KAFKA_TEST_PASSWORD=$KAFKA_TEST_PASSWORD
END
}

cluster_port() { echo $((KAFKA_CLUSTER_PORT + $1 - 1)); }
cluster_controller_port() { echo $((KAFKA_CLUSTER_PORT + $1 + 2)); }

cluster_broker_properties() {
  local node=$1 port controller_port
  port=$(cluster_port "$node")
  controller_port=$(cluster_controller_port "$node")
  cat <<END
process.roles=broker,controller
node.id=$node
controller.quorum.voters=1@$LISTEN_HOST:$(cluster_controller_port 1),2@$LISTEN_HOST:$(cluster_controller_port 2),3@$LISTEN_HOST:$(cluster_controller_port 3)
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listeners=PLAINTEXT://$LISTEN_HOST:$port,CONTROLLER://$LISTEN_HOST:$controller_port
advertised.listeners=PLAINTEXT://$LISTEN_HOST:$port

log.dirs=$DATA_DIR/kafka-$node
# What a careful production cluster has: any one broker may die, and nothing is lost.
default.replication.factor=3
min.insync.replicas=2
offsets.topic.replication.factor=3
transaction.state.log.replication.factor=3
transaction.state.log.min.isr=2
share.coordinator.state.topic.replication.factor=3
share.coordinator.state.topic.min.isr=2
group.initial.rebalance.delay.ms=0
END
}

cluster_env() {
  printf 'export KAFKA_CLUSTER_BOOTSTRAP_SERVERS=%s\n' \
    "$LISTEN_HOST:$(cluster_port 1),$LISTEN_HOST:$(cluster_port 2),$LISTEN_HOST:$(cluster_port 3)"
}
