#!/bin/sh
# server.sh PORT: the binary in REEVE_BIN with the demo, everything it keeps in a folder that is removed at the end.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The shell stays to clean up. A signal goes to the whole process group, hence to the server as well.
trap : TERM INT
binary=$REEVE_BIN
unset REEVE_BIN
REEVE_HOME=$folder "$binary" server start --demo --host 127.0.0.1 --port "$1" &
server=$!
while kill -0 "$server" 2>/dev/null; do wait "$server" || true; done
