# The one node: a set of namespaces (process ids, mounts, network, host name) behind a pair of
# virtual cables. containerd, kubelet, kube-proxy and all pods live inside. When its first process
# ends, the kernel takes every process, mount, bridge and firewall rule of the node with it.

link_host=reeve${slot}h link_node=reeve${slot}n
socket=$state/containerd.sock
group=reeve-kubernetes-$slot
# kubelet changes these for the whole machine; they are put back afterwards.
machine_settings="vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes"

inside() { nsenter --target "$(running node)" --mount --net --pid --uts -- "$@"; }

# Like launch, for a program inside the node; what is remembered is the program itself, not nsenter.
launch_inside() {
  local program=$1 node child=
  shift
  node=$(running node) || fail "the node does not run"
  setsid nsenter --target "$node" --mount --net --pid --uts -- "$@" </dev/null >>"$state/log/$program" 2>&1 9>&- &
  child=$(first_child $!) || fail "$program did not start; see $state/log/$program"
  remember "$program" "$child"
}

# The first child that process $1 gets within five seconds.
first_child() {
  local tick children
  for tick in {1..100}; do
    children=$(cat "/proc/$1/task/$1/children" 2>/dev/null)
    if [ -n "$children" ]; then echo "${children%% *}"; return; fi
    sleep 0.05
  done
  return 1
}

# Makes the namespaces, their network and the mounts that keep the programs' fixed paths private.
make_node() {
  ! running node >/dev/null || return 0
  local program directory setting first
  for program in containerd runc ip iptables nsenter unshare; do
    command -v $program >/dev/null || fail "$program is missing: run $here/build.sh"
  done
  for setting in $machine_settings; do
    if [ -r /proc/sys/$setting ]; then echo "$setting $(cat /proc/sys/$setting)"; fi
  done >"$state/machine-settings"
  make_groups
  for directory in /var/lib/kubelet /var/lib/cni /run/netns /run/containerd; do
    [ -d $directory ] || { mkdir -p $directory; echo $directory >>"$state/made-directories"; }
  done
  mkdir -p "$state"/{kubelet,cni,node-log,network}
  echo "# nothing beyond the cluster is reached by name" >"$state/resolv.conf"
  setsid unshare --mount --net --pid --uts --fork --kill-child --propagation private -- "$bin/pause" \
    </dev/null >>"$state/log/node" 2>&1 9>&- &
  first=$(first_child $!) || fail "no namespaces for the node; see $state/log/node"
  remember node "$first"
  within 5 "the node's first process" grep -q '^pause$' "/proc/$(running node)/comm"
  inside sh -e <<SH
    mount -t proc proc /proc
    mount --bind $state/kubelet /var/lib/kubelet
    mount --make-rshared /var/lib/kubelet
    mount --bind $state/cni /var/lib/cni
    mount --bind $state/node-log /var/log
    mount -t tmpfs -o mode=755 tmpfs /run/netns
    mount -t tmpfs -o mode=711 tmpfs /run/containerd
    mount --bind $state/resolv.conf /etc/resolv.conf
    hostname $name
SH
  make_network
}

# One cable to the node, a bridge for the pods in it. There is no default route: pods reach each
# other, Services and this machine. This machine reaches pods and Services through the node.
make_network() {
  ip link delete $link_host 2>/dev/null || true
  ip link add $link_host type veth peer name $link_node netns "$(running node)"
  ip address add "$host_address/30" dev $link_host
  ip link set $link_host up
  inside sh -e <<SH
    ip link set lo up
    ip address add $node_address/30 dev $link_node
    ip link set $link_node up
    ip link add pods type bridge
    ip address add $pod_gateway/24 dev pods
    ip link set pods up
    echo 1 >/proc/sys/net/ipv4/ip_forward
    if [ -e /proc/sys/net/bridge/bridge-nf-call-iptables ]; then echo 1 >/proc/sys/net/bridge/bridge-nf-call-iptables; fi
SH
  ip route replace "$pod_net" via "$node_address" dev $link_host
  ip route replace "$service_net" via "$node_address" dev $link_host
}

# Folders of the control groups' hierarchies: one per controller in version 1, a single one in version 2.
group_roots() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then echo /sys/fs/cgroup; return; fi
  local root
  for root in /sys/fs/cgroup/*/; do [ ! -f "$root/cgroup.procs" ] || echo "${root%/}"; done
}

# A group for everything the pods do. Its weight is high so that pods make progress on a busy machine.
make_groups() {
  local root
  for root in $(group_roots); do
    mkdir -p "$root/$group"
    [ ! -f "$root/$group/cpu.shares" ] || echo 20480 >"$root/$group/cpu.shares"
    [ ! -f "$root/$group/cpu.weight" ] || echo 800 >"$root/$group/cpu.weight"
    if [ -f "$root/cpuset.mems" ] && [ -f "$root/$group/cpuset.mems" ] && [ ! -f "$root/cgroup.controllers" ]; then
      cat "$root/cpuset.cpus" >"$root/$group/cpuset.cpus"
      cat "$root/cpuset.mems" >"$root/$group/cpuset.mems"
    fi
  done
}

run_containerd() {
  mkdir -p "$state/network"
  cat >"$state/network/10-pods.conflist" <<JSON
{"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "bridge", "bridge": "pods", "isGateway": true, "hairpinMode": true,
  "ipam": {"type": "host-local", "dataDir": "/run/netns/.addresses", "routes": [{"dst": "0.0.0.0/0"}],
           "ranges": [[{"subnet": "$pod_net", "gateway": "$pod_gateway"}]]}}]}
JSON
  cat >"$state/containerd.toml" <<TOML
version = 2
root = "$state/containerd"
state = "/run/containerd/state"
disabled_plugins = ["io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.zfs"]
[grpc]
address = "$socket"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "reeve.test/pause:1"
restrict_oom_score_adj = true
tolerate_missing_hugetlb_controller = true
stream_server_address = "127.0.0.1"
cni = { bin_dir = "/usr/lib/cni", conf_dir = "$state/network" }
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "$state/registries"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
options = { SystemdCgroup = false }
TOML
  launch_inside containerd containerd --config "$state/containerd.toml" --log-level warn
}

containerd_control() { ctr --address "$socket" --namespace k8s.io "$@"; }

# Gives image archives to the node.
import() {
  local archive
  for archive in "$@"; do containerd_control images import "$archive" >/dev/null || fail "containerd refuses $archive"; done
}

run_kube_proxy() {
  cat >"$state/kube-proxy.yaml" <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clientConnection: {kubeconfig: $state/kube-proxy.conf}
clusterCIDR: $pod_net
hostnameOverride: $name
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
oomScoreAdj: 0
YAML
  launch_inside kube-proxy "$bin/kube-proxy" --config="$state/kube-proxy.yaml"
}

# Pods find Services by name.
run_dns() {
  launch_inside dns /usr/bin/python3 "$here/dns.py" "$node_address" "$api" "$state/keys"
}

run_kubelet() {
  cat >"$state/kubelet.yaml" <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: $node_address
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $state/keys/ca.crt}}
authorization: {mode: Webhook}
tlsCertFile: $state/keys/kubelet.crt
tlsPrivateKeyFile: $state/keys/kubelet.key
resolvConf: $state/resolv.conf
clusterDomain: cluster.local
clusterDNS: [$node_address]
cgroupDriver: cgroupfs
cgroupRoot: /$group
failSwapOn: false
serializeImagePulls: false
imageGCHighThresholdPercent: 100
evictionHard: {memory.available: 100Mi, nodefs.available: "1%", imagefs.available: "1%"}
nodeStatusUpdateFrequency: 5s
maxPods: 200
YAML
  launch_inside kubelet "$bin/kubelet" --config="$state/kubelet.yaml" --kubeconfig="$state/kubelet.conf" \
    --hostname-override="$name" --node-ip="$node_address" --cert-dir="$state/keys" --runtime-cgroups="/$group" \
    --container-runtime=remote --container-runtime-endpoint="unix://$socket" --image-service-endpoint="unix://$socket" \
    --pod-infra-container-image=reeve.test/pause:1
}

# Starts what makes the node part of the cluster and waits until it takes pods.
join_node() {
  within 30 "containerd to answer" containerd_control version
  [ -f "$state/pause.tar" ] || "$here/image.sh" pause "$state/pause.tar"
  import "$state/pause.tar"
  start_once kube-proxy
  start_once dns
  start_once kubelet
  within 90 "the node to take pods" node_takes_pods
}

node_takes_pods() {
  [ "$(kubectl get node "$name" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status} {.spec.taints}')" = "True " ]
}

stop_node() {
  local program pid
  for program in kubelet dns kube-proxy; do stop $program TERM; done
  stop containerd KILL
  stop node KILL
}

# Takes away what a node leaves on the machine itself.
undo_machine_settings() {
  local root setting value directory tick
  ip link delete $link_host 2>/dev/null || true
  for root in $(group_roots); do
    for tick in {1..10}; do
      [ -d "$root/$group" ] || break
      find "$root/$group" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.2
    done
  done
  if [ -f "$state/machine-settings" ]; then
    while read -r setting value; do
      [ "$(cat "/proc/sys/$setting")" = "$value" ] || echo "$value" >"/proc/sys/$setting"
    done <"$state/machine-settings"
  fi
  if [ -f "$state/made-directories" ]; then
    while read -r directory; do rmdir "$directory" 2>/dev/null || true; done <"$state/made-directories"
  fi
}
