#!/usr/bin/env bash
# Asks a running server whatever its description allows and much that it does not; nothing may be answered
# with 5xx. Usage: end2end/fuzz.sh [http://127.0.0.1:4200] [examples of each operation]
#
# schemathesis is put into a Python environment of its own below the cache, once.
set -euo pipefail

server=${1:-http://127.0.0.1:4200}
examples=${2:-30}
cache=${REEVE_CACHE:-${HOME:-/root}/.cache/reeve}
venv=$cache/schemathesis

if ! "$venv/bin/st" --version >/dev/null 2>&1; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check schemathesis
fi

# It leaves notes where it runs.
cd "$(mktemp -d)"

for agent in 'prefect/2.20.26 (API 0.8.4)' 'prefect/3.8.8 (API 0.8.4)'; do
  echo "as $agent"
  # Emptying the database would end the test early.
  "$venv/bin/st" run "$server/openapi.json" --url "$server" \
    --header "User-Agent: $agent" \
    --checks not_a_server_error --mode all --max-examples "$examples" --phases examples,coverage,fuzzing \
    --exclude-path-regex 'admin/database' --request-timeout 60 --no-color --generation-deterministic
done
