# Fetching the servers and the Python clients through their package managers. Sourced by `servers`.
# shellcheck shell=bash

# Models are for yardsticks only, which no test needs.
PARTS=(kafka minio garage postgres mariadb registry python compute)

install_servers() {
  (($#)) || set -- "${PARTS[@]}"
  local part
  for part in "$@"; do
    [[ " ${PARTS[*]} models " == *" $part "* ]] || die "install: unknown part '$part'; allowed: ${PARTS[*]} models" 2
    with_lock "install-$part" "install_$part"
  done
}

# need_tool PACKAGE CHECK...: installs a Debian package when CHECK fails and we may.
need_tool() {
  local package=$1
  shift
  if "$@" >/dev/null 2>&1; then return 0; fi
  if [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    say "installing $package"
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package"; } >&2
  fi
  "$@" >/dev/null 2>&1 || die "needs $package (checked with: $*); install it and try again"
}

java_is_17() {
  local version
  version=$(java -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
  [[ -n $version ]] && ((version >= 17))
}

# From 1.21 on, Go fetches by itself the newer toolchain that a module asks for.
go_is_1_21() {
  local version
  version=$(go env GOVERSION | sed -n 's/^go1\.\([0-9]*\).*/\1/p')
  [[ -n $version ]] && ((version >= 21))
}

# A stamp names what was installed, and is written last: a changed pin installs again,
# an interrupted install does not count.
is_stamped() { [[ -r $1 && $(<"$1") == "$2" ]]; }

install_kafka() {
  need_tool openjdk-17-jre-headless java_is_17
  need_tool openssl command -v openssl
  local pom=$HERE/kafka/pom.xml stamp=$KAFKA_DIR/installed wanted
  wanted=$(sha256sum <"$pom")
  if is_stamped "$stamp" "$wanted"; then return 0; fi
  need_tool maven command -v mvn
  say "kafka: fetching the jars (55 MB)"
  rm -rf "$KAFKA_DIR/libs" "$stamp"
  mkdir -p "$KAFKA_DIR"
  mvn -q -B -Dstyle.color=never -f "$pom" dependency:copy-dependencies -DoutputDirectory="$KAFKA_DIR/libs" >&2
  echo "$wanted" >"$stamp"
}

install_minio() {
  local stamp=$MINIO_BIN.version
  if [[ -x $MINIO_BIN ]] && is_stamped "$stamp" "$MINIO_VERSION"; then return 0; fi
  need_tool golang go_is_1_21
  say "minio: building $MINIO_VERSION from source (some minutes)"
  mkdir -p "${MINIO_BIN%/*}"
  CGO_ENABLED=0 GOBIN=${MINIO_BIN%/*} go install -ldflags '-s -w' "github.com/minio/minio@$MINIO_VERSION" >&2
  echo "$MINIO_VERSION" >"$stamp"
}

# Without optimization and without what only clusters need, it is built in a third of the time.
install_garage() {
  local stamp=$GARAGE_BIN.version
  if [[ -x $GARAGE_BIN ]] && is_stamped "$stamp" "$GARAGE_VERSION"; then return 0; fi
  say "garage: building $GARAGE_VERSION from source (some minutes)"
  CARGO_PROFILE_DEV_DEBUG=false CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=$LOCAL_DIR/garage-build cargo install garage \
    --quiet --version "$GARAGE_VERSION" --locked --debug --no-default-features --features bundled-libs,sqlite \
    --root "${GARAGE_BIN%/bin/*}" --force >&2
  rm -rf "$LOCAL_DIR/garage-build"
  echo "$GARAGE_VERSION" >"$stamp"
}

# The package may start a server of its own on port 5432; it is left alone.
install_postgres() {
  need_tool postgresql postgres_is_there
  need_tool openssl command -v openssl
}

postgres_is_there() { compgen -G '/usr/lib/postgresql/*/bin/initdb' || command -v initdb; }

# Like PostgreSQL's, the package may start a server of its own, on port 3306.
install_mariadb() {
  need_tool mariadb-server mariadb_is_there
  need_tool openssl command -v openssl
}

mariadb_is_there() { command -v mariadbd || [[ -x /usr/sbin/mariadbd ]]; }

install_registry() {
  need_tool openjdk-17-jre-headless java_is_17
  local stamp=$REGISTRY_DIR/installed
  if is_stamped "$stamp" "$REGISTRY_VERSION"; then return 0; fi
  need_tool maven command -v mvn
  say "registry: fetching Apicurio $REGISTRY_VERSION (142 MB)"
  rm -rf "$REGISTRY_DIR"
  mkdir -p "$REGISTRY_DIR"
  local artifact=io.apicurio:apicurio-registry-app:$REGISTRY_VERSION:tar.gz:all
  mvn -q -B -Dstyle.color=never org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy \
    -Dartifact="$artifact" -DoutputDirectory="$REGISTRY_DIR" >&2
  tar -xzf "$REGISTRY_DIR"/*.tar.gz -C "$REGISTRY_DIR"
  rm "$REGISTRY_DIR"/*.tar.gz
  echo "$REGISTRY_VERSION" >"$stamp"
}

install_python() { install_venv "$VENV_DIR" "$HERE/requirements.txt"; }

install_compute() { install_venv "$COMPUTE_VENV_DIR" "$HERE/compute/requirements.txt"; }

# dbldatagen on Spark, and Faker: yardsticks that no test needs.
install_models() {
  need_tool openjdk-17-jre-headless java_is_17
  install_venv "$MODELS_VENV_DIR" "$HERE/models/requirements.txt"
}

# install_venv FOLDER REQUIREMENTS
install_venv() {
  need_tool python3-venv python3 -c 'import venv, ensurepip'
  local folder=$1 requirements=$2 stamp=$1/installed wanted
  wanted=$(sha256sum <"$requirements")
  if [[ -x $folder/bin/python ]] && is_stamped "$stamp" "$wanted"; then return 0; fi
  say "${folder##*/}: installing $requirements"
  python3 -m venv --clear "$folder"
  "$folder/bin/python" -m pip install -q --disable-pip-version-check -r "$requirements" >&2
  echo "$wanted" >"$stamp"
}

require_installed() {
  local part=$1 file=$2
  [[ -e $file ]] || die "$part is not installed; run: deploy/local/servers install $part"
}
