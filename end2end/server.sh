#!/bin/sh
# server.sh PORT: the binary in REEVE_BIN with a fresh database, which is removed again at the end.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# The database must outlive the server, so the shell stays and hands the signal on.
trap 'kill -TERM "$server"' TERM INT
PREFECT_API_DATABASE_CONNECTION_URL="sqlite+aiosqlite:///$folder/reeve.db" \
  "$REEVE_BIN" server start --demo --host 127.0.0.1 --port "$1" &
server=$!
while kill -0 "$server" 2>/dev/null; do wait "$server" || true; done
