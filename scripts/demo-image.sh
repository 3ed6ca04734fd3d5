#!/bin/sh
# demo-image.sh can                    can a container of ours run here? Says why not.
# demo-image.sh build IMAGE DIRECTORY  the API's image from DIRECTORY, on a base made of this machine's own Node: no registry
set -eu

can() {
  no() {
    echo "$*"
    exit 1
  }
  [ "$(uname -s)" = Linux ] || no 'containers are shown on Linux only'
  command -v docker >/dev/null 2>&1 || no 'there is no docker here'
  case ${DOCKER_HOST:-unix:} in unix:*) ;; *) no 'DOCKER_HOST is another machine' ;; esac
  security=$(timeout 10 docker info --format '{{.SecurityOptions}}' 2>/dev/null) || no 'no Docker engine answers'
  case $security in *rootless* | *userns*) no 'the Docker engine remaps users' ;; esac
  command -v ldd >/dev/null 2>&1 || no 'there is no ldd to see what Node needs'
}

copy() { mkdir -p "$base/$(dirname -- "$2")" && cp -L "$1" "$base/$2"; }

build() {
  base=$(mktemp -d)
  trap 'rm -rf "$base" "$base.log"' EXIT
  node=$(node -p process.execPath)
  copy "$node" usr/local/bin/node
  for library in $(ldd "$node" | grep -o '/[^ ]*\.so[^ ]*'); do copy "$library" "$library"; done
  mkdir -p "$base/tmp" "$base/etc"
  echo 'root:x:0:0:root:/root:/bin/sh' >"$base/etc/passwd"
  tar -C "$base" --owner=0 --group=0 -cf - . | docker import - "$1-base" >/dev/null
  sed "s|^FROM .*|FROM $1-base|" "$2/Dockerfile" >"$2/Dockerfile.demo"
  docker build --quiet --file "$2/Dockerfile.demo" --tag "$1" "$2" >"$base.log" 2>&1 || { cat "$base.log" >&2; return 1; }
}

"$@"
