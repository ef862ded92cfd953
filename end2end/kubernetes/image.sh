#!/usr/bin/env bash
# Make a container image from files of this machine, without a registry.
#
#   image.sh busybox              Debian's static busybox as docker.io/library/busybox:latest,
#                                 given to the running cluster
#   image.sh pause FILE.tar       the program that holds a pod together, as an archive
#   image.sh NAME:TAG DIRECTORY FILE.tar   the files of a directory, as an archive
#
# An archive is in Docker's format; `cluster.sh import` gives it to the node.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${REEVE_CACHE:-$HOME/.cache/reeve}/kubernetes-1.20.2/bin
scratch=$(mktemp --directory)
trap 'rm -rf "$scratch"' EXIT

# archive NAME:TAG DIRECTORY FILE SETTINGS: one layer; settings are members of the image's configuration.
archive() {
  local image=$scratch/image layer config
  mkdir -p "$image"
  tar --create --file "$image/layer.tar" --directory "$2" --numeric-owner --owner=0 --group=0 --sort=name --mtime=@0 .
  layer=$(sha256sum "$image/layer.tar" | cut -d' ' -f1)
  cat >"$image/config" <<JSON
{"architecture": "$(dpkg --print-architecture)", "os": "linux", "created": "1970-01-01T00:00:00Z",
 "config": {"Env": ["PATH=/bin:/usr/bin"], $4},
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$layer"]}}
JSON
  config=$(sha256sum "$image/config" | cut -d' ' -f1).json
  mv "$image/config" "$image/$config"
  echo "[{\"Config\": \"$config\", \"RepoTags\": [\"$1\"], \"Layers\": [\"layer.tar\"]}]" >"$image/manifest.json"
  tar --create --file "$3" --directory "$image" --sort=name --mtime=@0 .
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
    archive docker.io/library/busybox:latest "$files" "$scratch/busybox.tar" '"Cmd": ["sh"]'
    "$here/cluster.sh" import "$scratch/busybox.tar" ;;
  pause:2)
    cp "$bin/pause" "$files/pause"
    archive reeve.test/pause:1 "$files" "$2" '"Entrypoint": ["/pause"], "User": "65535"' ;;
  *:*:3) archive "$1" "$2" "$3" '"Cmd": ["sh"]' ;;
  *) sed -n '2,/^set -/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2 ;;
esac
