# etcd, API server, controller manager and scheduler: ordinary processes of this machine.

# With a node the API server must be where pods can reach it; without, it stays on loopback.
api_address() { if [ "$kind" = bare ]; then echo 127.0.0.1; else echo "$host_address"; fi; }

# curl to the API server or etcd as user $1.
ask() { curl --silent --fail --max-time 3 --cacert "$state/keys/ca.crt" --cert "$state/keys/$1.crt" --key "$state/keys/$1.key" "$2"; }
etcd_answers() { ask etcd "https://127.0.0.1:$port/health"; }
api_answers() { ask admin "$api/readyz"; }

run_etcd() {
  local keys=$state/keys unsafe=
  ! etcd --help 2>&1 | grep -q unsafe-no-fsync || unsafe=--unsafe-no-fsync
  launch etcd etcd --name "$name" --data-dir "$state/etcd" --log-level warn $unsafe \
    --listen-client-urls "https://127.0.0.1:$port" --advertise-client-urls "https://127.0.0.1:$port" \
    --listen-peer-urls "http://127.0.0.1:$((port + 1))" --initial-advertise-peer-urls "http://127.0.0.1:$((port + 1))" \
    --initial-cluster "$name=http://127.0.0.1:$((port + 1))" \
    --client-cert-auth --trusted-ca-file "$keys/ca.crt" --cert-file "$keys/etcd.crt" --key-file "$keys/etcd.key"
}

run_apiserver() {
  local keys=$state/keys reachable=--advertise-address=$host_address
  [ "$kind" = node ] || reachable=--endpoint-reconciler-type=none
  launch apiserver "$bin/kube-apiserver" \
    --bind-address="$(api_address)" --secure-port=$((port + 3)) "$reachable" \
    --tls-cert-file="$keys/apiserver.crt" --tls-private-key-file="$keys/apiserver.key" --client-ca-file="$keys/ca.crt" \
    --etcd-servers="https://127.0.0.1:$port" --etcd-cafile="$keys/ca.crt" \
    --etcd-certfile="$keys/etcd.crt" --etcd-keyfile="$keys/etcd.key" \
    --kubelet-certificate-authority="$keys/ca.crt" --kubelet-client-certificate="$keys/apiserver-client.crt" \
    --kubelet-client-key="$keys/apiserver-client.key" --kubelet-preferred-address-types=InternalIP \
    --service-account-issuer=https://kubernetes.default.svc.cluster.local \
    --service-account-key-file="$keys/tokens.key" --service-account-signing-key-file="$keys/tokens.key" \
    --service-cluster-ip-range="$service_net" --authorization-mode=Node,RBAC \
    --enable-admission-plugins=NodeRestriction --allow-privileged=true \
    --feature-gates=TTLAfterFinished=true --profiling=false
}

run_controller_manager() {
  local keys=$state/keys config=$state/controller-manager.conf
  launch controller-manager "$bin/kube-controller-manager" --kubeconfig="$config" \
    --authentication-kubeconfig="$config" --authorization-kubeconfig="$config" \
    --bind-address=127.0.0.1 --secure-port=$((port + 5)) --port=0 \
    --tls-cert-file="$keys/etcd.crt" --tls-private-key-file="$keys/etcd.key" \
    --service-account-private-key-file="$keys/tokens.key" --root-ca-file="$keys/ca.crt" --use-service-account-credentials \
    --leader-elect=false --allocate-node-cidrs=false --feature-gates=TTLAfterFinished=true --profiling=false
}

run_scheduler() {
  local keys=$state/keys config=$state/scheduler.conf
  launch scheduler "$bin/kube-scheduler" --kubeconfig="$config" \
    --authentication-kubeconfig="$config" --authorization-kubeconfig="$config" \
    --bind-address=127.0.0.1 --secure-port=$((port + 7)) --port=0 --leader-elect=false --profiling=false \
    --tls-cert-file="$keys/etcd.crt" --tls-private-key-file="$keys/etcd.key"
}
