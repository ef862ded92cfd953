#!/usr/bin/env bash
# A real Kubernetes on this machine for tests: no Docker, no registry, nothing left behind.
#
#   cluster.sh up [--control-plane-only]  start it; prints `export KUBECONFIG=...`; again is harmless
#   cluster.sh down                       stop it and remove its files
#   cluster.sh kubeconfig                 path of the administrator's kubeconfig
#   cluster.sh host                       address at which pods reach this machine
#   cluster.sh node                       address at which this machine reaches NodePorts
#   cluster.sh status                     which programs run
#   cluster.sh kubectl ARGS...            kubectl as administrator
#   cluster.sh import FILE.tar...         give image archives to the node
#   cluster.sh stop|kill|start PROGRAM    fault injection: etcd, apiserver, controller-manager,
#                                         scheduler, containerd, kube-proxy, dns, kubelet
#   cluster.sh account NAMESPACE NAME     kubeconfig with the rights of that ServiceAccount alone
#
# --control-plane-only needs no root: Jobs get their Pods, but no Pod is ever run.
# With a node pods run, may use Services and 198.19.255.x (`host`), and reach nothing beyond.
#
# Settings: REEVE_CACHE (see build.sh); REEVE_KUBERNETES_SLOT, 0 to 9 (default 0), so that several
# clusters fit on a machine: it decides ports, networks and the folder of the cluster's files.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bin=${REEVE_CACHE:-$HOME/.cache/reeve}/kubernetes-1.20.2/bin
slot=${REEVE_KUBERNETES_SLOT:-0}
name=reeve$slot
state=/tmp/reeve-kubernetes-$slot-$(id -u)
PATH=$PATH:/usr/sbin:/sbin

say() { echo "cluster $name: $*" >&2; }
fail() { say "$*"; exit 1; }
[[ $slot =~ ^[0-9]$ ]] || fail "REEVE_KUBERNETES_SLOT is '$slot', not a digit"

# 198.18.0.0/15 is set aside for tests of networks, so it collides with nobody's own.
port=$((17440 + 20 * slot))
pod_net=198.19.$((128 + slot)).0/24 pod_gateway=198.19.$((128 + slot)).1
service_net=198.19.$((192 + slot)).0/24 service_api=198.19.$((192 + slot)).1
host_address=198.19.255.$((4 * slot + 1)) node_address=198.19.255.$((4 * slot + 2))

# The kind of cluster is chosen by `up` and then stays.
kind=node
[ ! -f "$state/kind" ] || kind=$(cat "$state/kind")

for part in processes identities control-plane node; do . "$here/lib/$part.sh"; done

up() {
  [ "${1:-}" != --control-plane-only ] || kind=bare
  local program
  for program in kube-apiserver kube-controller-manager kube-scheduler kubectl; do
    [ -x "$bin/$program" ] || fail "$bin/$program is missing: run $here/build.sh"
  done
  [ $kind = bare ] || [ "$(id -u)" = 0 ] || fail "a node needs root; try --control-plane-only"
  mkdir -p "$state"/{log,pid,keys}
  chmod 711 "$state"; chmod 700 "$state/keys"
  exec 9>"$state/lock"; flock --wait 300 9
  [ ! -f "$state/kind" ] || [ "$(cat "$state/kind")" = $kind ] || fail "it is up without a node: run down first"
  echo $kind >"$state/kind"
  api=https://$(api_address):$((port + 3))
  local before=$SECONDS
  make_identities
  start_once etcd
  [ $kind = bare ] || make_node   # the API server listens on the node's link
  within 30 "etcd to answer" etcd_answers
  start_once apiserver
  [ $kind = bare ] || start_once containerd
  within 90 "the API server to answer" api_answers
  start_once controller-manager
  start_once scheduler
  [ $kind = bare ] || join_node
  within 90 "the default ServiceAccount" default_account_exists
  say "up after $((SECONDS - before)) s at $api"
  echo "export KUBECONFIG=$state/admin.conf"
}

down() {
  [ -d "$state" ] || return 0
  exec 9>"$state/lock"; flock --wait 300 9
  [ $kind = bare ] || stop_node
  local program
  for program in scheduler controller-manager apiserver etcd; do stop $program KILL; done
  [ $kind = bare ] || undo_machine_settings
  rm -rf --one-file-system "$state"
  say down
}

status() {
  local program all="etcd apiserver controller-manager scheduler" dead=0 pid
  [ $kind = bare ] || all="$all node containerd kube-proxy dns kubelet"
  for program in $all; do
    if pid=$(running $program); then
      echo "$program: pid $pid, $(awk '/^VmRSS/ { print int($2 / 1024) }' "/proc/$pid/status") MiB"
    else
      echo "$program: not running"; dead=1
    fi
  done
  return $dead
}

api=https://$(api_address):$((port + 3))
case ${1:-} in
  up) up "${2:-}" ;;
  down) down ;;
  kubeconfig) [ -f "$state/admin.conf" ] || fail "it is not up"; echo "$state/admin.conf" ;;
  host) echo "$host_address" ;;
  node) echo "$node_address" ;;
  status) status ;;
  kubectl) running apiserver >/dev/null || fail "its API server does not run"; kubectl "${@:2}" ;;
  import) import "${@:2}" ;;
  stop) stop "${2:?which program?}" TERM ;;
  kill) stop "${2:?which program?}" KILL ;;
  start) start_once "${2:?which program?}"; [ "$2" != apiserver ] || within 90 "the API server to answer" api_answers ;;
  account) account "${2:?which namespace?}" "${3:?which account?}" ;;
  *) sed -n '2,/^set -/p' "$0" | sed '$d; s/^# \{0,1\}//'; exit 2 ;;
esac
