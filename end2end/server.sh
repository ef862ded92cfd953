#!/bin/sh
# server.sh PORT: the binary in REEVE_BIN with the demo, everything it keeps in a folder that is removed at the end.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The shell stays to clean up, so it hands the signal on.
trap 'kill -TERM "$server"' TERM INT
REEVE_HOME=$folder "$REEVE_BIN" server start --demo --host 127.0.0.1 --port "$1" &
server=$!
while kill -0 "$server" 2>/dev/null; do wait "$server" || true; done
