#!/bin/sh
# Starts PostgreSQL as the well-known image does: the first time it makes the database that POSTGRES_USER,
# POSTGRES_PASSWORD and POSTGRES_DB name, in the folder PGDATA. It never is root.
set -eu

if [ "$1" = postgres ]; then
  if [ ! -s "$PGDATA/PG_VERSION" ]; then
    user=${POSTGRES_USER:-postgres} password=$(mktemp)
    printf '%s' "${POSTGRES_PASSWORD:?is not set}" >"$password"
    initdb --pgdata="$PGDATA" --username="$user" --pwfile="$password" --encoding=UTF8 --locale=C.UTF-8 \
      --auth-local=trust --auth-host=scram-sha-256
    rm "$password"
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" --wait start
    psql --username="$user" --dbname=postgres --command="CREATE DATABASE \"${POSTGRES_DB:-$user}\""
    pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
  fi
  chmod 700 "$PGDATA"
  set -- "$@" -c "listen_addresses=*"
fi
exec "$@"
