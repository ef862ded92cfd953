#!/usr/bin/env bash
# Build a real Kubernetes 1.20.2 for the tests, from Debian's own `kubernetes`
# source package with Debian's Go. Needs Debian 12 and its apt archives only.
#
#   build.sh [--control-plane-only]
#
# The programs land in $REEVE_CACHE/kubernetes-1.20.2/bin (REEVE_CACHE defaults
# to ~/.cache/reeve). What is already there is left alone, so a second call only
# makes sure that the Debian packages for running the cluster are installed.
#
#   --control-plane-only   kube-apiserver, kube-controller-manager, kube-scheduler
#                          and kubectl: enough to create Jobs, not to run pods
#
# About five minutes on two idle cores, 2 GB of scratch space that is given back.
# REEVE_KUBERNETES_BUILD_JOBS sets how many packages Go compiles at once.
set -euo pipefail

version=1.20.2
home=${REEVE_CACHE:-$HOME/.cache/reeve}/kubernetes-$version
go_root=/usr/lib/go-1.19

programs=(kube-apiserver kube-controller-manager kube-scheduler kubectl)
run_packages=(etcd-server openssl curl procps)
build_packages=(golang-1.19-go build-essential rsync)
want_node=yes
case ${1:-} in
  "") programs+=(kubelet kube-proxy)
      run_packages+=(containerd runc containernetworking-plugins iproute2 iptables conntrack
                     busybox-static util-linux mount python3) ;;
  --control-plane-only) want_node=no ;;
  *) sed -n '2,/^set -/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2 ;;
esac

say() { echo "kubernetes build: $*" >&2; }
fail() { say "$*"; exit 1; }

# Installs those of the named Debian packages that are missing. Daemons that come
# with them are kept from starting: the cluster starts its own.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || missing+=("$package")
  done
  [ ${#missing[@]} -eq 0 ] && return
  [ "$(id -u)" = 0 ] || fail "not root, and these Debian packages are missing: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1
  local install=(apt-get install --yes --quiet=2 --no-install-recommends -o Dpkg::Use-Pty=0 "${missing[@]}")
  "${install[@]}" >"$home/apt.log" 2>&1 && return
  apt-get update --quiet=2 >"$home/apt.log" 2>&1 || true
  "${install[@]}" >>"$home/apt.log" 2>&1 || { tail -n 20 "$home/apt.log" >&2; fail "apt-get could not install them"; }
}

# Downloads the source package through a private apt configuration, in which every
# Debian archive this machine installs from is also a source archive.
fetch_source() {
  ls "$home"/source/kubernetes_*.orig.tar.gz >/dev/null 2>&1 && return
  say "fetching the source package"
  local apt=$scratch/apt
  mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$home/source"
  apt-get indextargets --format 'deb-src [signed-by=$(SIGNED_BY)] $(REPO_URI) $(RELEASE) $(COMPONENT)' \
      'Created-By: Packages' 'Origin: Debian' |
    sed -E 's/\[signed-by=([^]\/][^]]*)?\] //' | sort -u >"$apt/sources.list"
  [ -s "$apt/sources.list" ] || fail "apt lists no Debian archive here: run apt-get update"
  local options=(-o "Dir::Etc::SourceList=$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache" -o "APT::Sandbox::User=$(id -un)"
    -o Acquire::Languages=none)
  apt-get "${options[@]}" --quiet=2 update
  (cd "$home/source" && apt-get "${options[@]}" --quiet=2 --download-only source kubernetes)
}

# The program that holds a pod's namespaces open and is pid 1 of the node's own.
build_pause() {
  [ -x "$home/bin/pause" ] && return
  cat >"$scratch/pause.c" <<'C'
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void finish(int signal) { (void)signal; _exit(0); }
static void collect(int signal) { (void)signal; while (waitpid(-1, 0, WNOHANG) > 0) {} }

int main(void) {
  signal(SIGTERM, finish);
  signal(SIGINT, finish);
  signal(SIGCHLD, collect);
  while (1) pause();
}
C
  gcc -Os -static -s -o "$home/bin/pause" "$scratch/pause.c"
}

build_programs() {
  local missing=() program
  for program in "${programs[@]}"; do [ -x "$home/bin/$program" ] || missing+=("$program"); done
  [ ${#missing[@]} -eq 0 ] && return
  fetch_source
  # Kubernetes 1.20 as Debian packs it builds the old way: inside a GOPATH.
  export GOROOT=$go_root GOPATH=$scratch/gopath GOCACHE=$scratch/gocache PATH=$go_root/bin:$PATH
  export GO111MODULE=off GOTOOLCHAIN=local CGO_ENABLED=0
  export GOFLAGS=-p=${REEVE_KUBERNETES_BUILD_JOBS:-$(nproc)}
  local tree=$GOPATH/src/k8s.io/kubernetes
  rm -rf "$tree"; mkdir -p "$tree"
  tar -xzf "$(ls "$home"/source/kubernetes_*.orig.tar.gz | tail -n 1)" -C "$tree" --strip-components=1
  cd "$tree"
  say "generating the OpenAPI definitions"
  make gen_openapi >"$home/openapi.log" 2>&1 || { tail -n 20 "$home/openapi.log" >&2; fail "make gen_openapi"; }
  local stamp=k8s.io/kubernetes/vendor/k8s.io/component-base/version
  for program in "${missing[@]}"; do
    say "compiling $program"
    go build -trimpath -o "$scratch/$program" -ldflags \
      "-s -w -X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=20 -X $stamp.gitCommit=debian" "./cmd/$program"
    mv "$scratch/$program" "$home/bin/$program"
  done
}

mkdir -p "$home/bin"
exec 9>"$home/.build.lock"
flock 9
install_packages "${run_packages[@]}"
scratch=$home/scratch
for program in "${programs[@]}" $([ $want_node = no ] || echo pause); do
  [ -x "$home/bin/$program" ] && continue
  install_packages "${build_packages[@]}"
  mkdir -p "$scratch"
  trap 'chmod -R u+w "$scratch" && rm -rf "$scratch"' EXIT
  started=$SECONDS
  [ $want_node = no ] || build_pause
  build_programs
  say "done in $((SECONDS - started)) s: $home/bin"
  break
done
