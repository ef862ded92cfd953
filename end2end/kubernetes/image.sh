#!/usr/bin/env bash
# Make a container image from files of this machine, without a registry.
#
#   image.sh busybox              Debian's static busybox as docker.io/library/busybox:latest,
#                                 given to the running cluster
#   image.sh pause FILE.tar       the program that holds a pod together, as an archive
#   image.sh postgres FILE.tar    Debian's PostgreSQL as docker.io/library/postgres:15, as an archive
#   image.sh reeve BINARY FILE.tar         what buildah makes of deploy/Containerfile and a binary, as an archive
#   image.sh NAME:TAG DIRECTORY FILE.tar [NAME=VALUE...]   the files of a directory with variables, as an archive
#   image.sh libraries DIRECTORY FILE...   copies the libraries that programs load into a directory
#
# An archive is in Docker's format; `cluster.sh import` gives it to the node.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
deploy=$here/../../deploy
bin=${REEVE_CACHE:-$HOME/.cache/reeve}/kubernetes-1.20.2/bin
scratch=$(mktemp --directory)
trap 'rm -rf "$scratch"' EXIT

# archive NAME:TAG DIRECTORY FILE SETTINGS: one layer; settings are members of the image's configuration.
archive() {
  local image=$scratch/image layer config
  mkdir -p "$image"
  tar --create --file "$image/layer.tar" --directory "$2" --numeric-owner --owner=0 --group=0 --sort=name .
  layer=$(sha256sum "$image/layer.tar" | cut -d' ' -f1)
  cat >"$image/config" <<JSON
{"architecture": "$(dpkg --print-architecture)", "os": "linux", "created": "1970-01-01T00:00:00Z",
 "config": {$4},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$layer"]}}
JSON
  config=$(sha256sum "$image/config" | cut -d' ' -f1).json
  mv "$image/config" "$image/$config"
  echo "[{\"Config\": \"$config\", \"RepoTags\": [\"$1\"], \"Layers\": [\"layer.tar\"]}]" >"$image/manifest.json"
  tar --create --file "$3" --directory "$image" --sort=name --mtime=@0 .
}

# Variables, given as NAME=VALUE, as a member of an image's configuration; without any, the usual path.
variables() {
  local list
  [ $# -gt 0 ] || set -- PATH=/bin:/usr/bin
  list=$(printf ', "%s"' "$@")
  echo "\"Env\": [${list:2}]"
}

# buildah with images of its own, where no containers can be nested.
builder() {
  local images=${REEVE_CACHE:-$HOME/.cache/reeve}/images
  buildah --root "$images/storage" --runroot "$images/run" --storage-driver vfs "$@"
}
export BUILDAH_ISOLATION=chroot

# The image that deploy/Containerfile makes of a binary. Its base is what debootstrap makes, since no registry is asked.
reeve_image() {
  local base=docker.io/library/debian:12-slim context=$scratch/context container
  for program in buildah debootstrap; do
    [ "$(command -v $program)" ] || { echo "$program is missing: apt-get install $program" >&2; exit 1; }
  done
  if ! builder inspect --type image $base >/dev/null 2>&1; then
    debootstrap --variant=minbase bookworm "$scratch/debian" >"$scratch/debootstrap.log" || { tail "$scratch/debootstrap.log" >&2; exit 1; }
    container=$(builder from scratch)
    builder add --quiet "$container" "$scratch/debian" /
    builder commit --quiet --rm "$container" $base
  fi
  mkdir -p "$context/target/release" "$context/deploy"
  cp "$1" "$context/target/release/reeve"
  cp "$deploy"/{Containerfile,Containerfile.dockerignore,rootfs.sh} "$context/deploy/"
  builder build --quiet --pull-never --file "$context/deploy/Containerfile" --tag docker.io/library/reeve:0.1.0 "$context"
  rm -f "$2"
  builder push --quiet docker.io/library/reeve:0.1.0 "docker-archive:$2:docker.io/library/reeve:0.1.0"
  builder rmi --force docker.io/library/reeve:0.1.0 >/dev/null
}

# Copies the libraries that the files load into directory $1, at their own paths.
libraries() {
  local library root=$1
  shift
  for library in $(ldd "$@" 2>/dev/null | grep --only-matching '/[^ )]* (0x' | cut -d' ' -f1 | sort -u); do
    mkdir -p "$root${library%/*}"
    cp --dereference "$library" "$root$library"
  done
}

# Debian's PostgreSQL in a busybox, with the variables, paths and the user of the well-known image.
postgres_files() {
  local home=/usr/lib/postgresql/15 program
  [ -x $home/bin/postgres ] || { echo "PostgreSQL is missing: apt-get install postgresql-15" >&2; exit 1; }
  busybox_files "$1"
  mkdir -p "$1$home"/{bin,lib} "$1/usr/share/postgresql" "$1"/var/{lib,run}/postgresql "$1/usr/local/bin"
  chmod 1777 "$1"/var/{lib,run}/postgresql
  for program in postgres initdb pg_ctl pg_isready psql; do cp $home/bin/$program "$1$home/bin/"; done
  find $home/lib -maxdepth 1 -name '*.so' ! -name 'llvmjit*' -exec cp {} "$1$home/lib/" \;
  libraries "$1" "$1$home"/bin/* "$1$home"/lib/*
  cp --recursive /usr/share/postgresql/15 "$1/usr/share/postgresql/"
  cp --recursive /usr/share/zoneinfo "$1/usr/share/"
  mkdir -p "$1/usr/lib/locale"
  cp --recursive /usr/lib/locale/C.utf8 "$1/usr/lib/locale/"
  cp "$here/postgres-entrypoint.sh" "$1/usr/local/bin/docker-entrypoint.sh"
  echo 'postgres:x:999:999::/var/lib/postgresql:/bin/sh' >>"$1/etc/passwd"
  echo 'postgres:x:999:' >>"$1/etc/group"
}

# A root file system in which busybox answers to the name of each of its applets.
busybox_files() {
  local applet
  mkdir -p "$1"/{bin,etc,tmp,root}
  chmod 1777 "$1/tmp"
  cp "$(dpkg --listfiles busybox-static | grep '/bin/busybox$')" "$1/bin/busybox"
  for applet in $("$1/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$1/bin/$applet"
  done
  echo 'root:x:0:0::/root:/bin/sh' >"$1/etc/passwd"
  echo 'root:x:0:' >"$1/etc/group"
}

files=$scratch/files
mkdir "$files"
case ${1:-}:$# in
  busybox:1)
    busybox_files "$files"
    archive docker.io/library/busybox:latest "$files" "$scratch/busybox.tar" "$(variables), \"Cmd\": [\"sh\"]"
    "$here/cluster.sh" import "$scratch/busybox.tar" ;;
  pause:2)
    cp "$bin/pause" "$files/pause"
    archive reeve.test/pause:1 "$files" "$2" '"Entrypoint": ["/pause"], "User": "65535"' ;;
  postgres:2)
    postgres_files "$files"
    archive docker.io/library/postgres:15 "$files" "$2" '"Entrypoint": ["docker-entrypoint.sh"], "Cmd": ["postgres"], "StopSignal": "SIGINT",
      "Env": ["PATH=/usr/local/bin:/usr/lib/postgresql/15/bin:/bin:/usr/bin", "PGDATA=/var/lib/postgresql/data"]' ;;
  reeve:3) reeve_image "$2" "$3" ;;
  libraries:*) libraries "${@:2}" ;;
  *:*:[3-9]) archive "$1" "$2" "$3" "$(variables "${@:4}"), \"Cmd\": [\"sh\"]" ;;
  *) sed -n '2,/^set -/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2 ;;
esac
