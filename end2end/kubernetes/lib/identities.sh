# Who is who in the cluster: one authority, a key and certificate for each program, and
# kubeconfig files. Kubernetes takes a client's user from CN and its groups from O.

make_identities() {
  if [ ! -f "$state/keys/ca.crt" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$name" \
      -keyout "$state/keys/ca.key" -out "$state/keys/ca.crt" 2>/dev/null
    openssl genrsa -out "$state/keys/tokens.key" 2048 2>/dev/null
  fi
  local cluster=kubernetes.default.svc.cluster.local
  certify etcd "/CN=etcd" IP:127.0.0.1
  certify apiserver "/CN=kube-apiserver" \
    "IP:127.0.0.1,IP:$host_address,IP:$service_api,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:$cluster"
  certify apiserver-client "/O=system:masters/CN=kube-apiserver"
  certify admin "/O=system:masters/CN=admin"
  certify controller-manager "/CN=system:kube-controller-manager"
  certify scheduler "/CN=system:kube-scheduler"
  certify kubelet "/O=system:nodes/CN=system:node:$name" "IP:$node_address"
  certify kube-proxy "/CN=system:kube-proxy"
  local user
  for user in admin controller-manager scheduler kubelet kube-proxy; do
    kubeconfig "{client-certificate: $state/keys/$user.crt, client-key: $state/keys/$user.key}" >"$state/$user.conf"
  done
}

# certify NAME SUBJECT [ADDRESSES]: a key and a certificate that serves as client and, with
# addresses, as server.
certify() {
  local file=$state/keys/$1 use=clientAuth
  [ ! -f "$file.crt" ] || return 0
  [ -z "${3:-}" ] || use=$use,serverAuth
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$file.key" 2>/dev/null |
    openssl x509 -req -days 3650 -CA "$state/keys/ca.crt" -CAkey "$state/keys/ca.key" -CAcreateserial -out "$file.crt" \
      -extfile <(echo "extendedKeyUsage=$use"; [ -z "${3:-}" ] || echo "subjectAltName=$3") 2>/dev/null
}

# A kubeconfig for the user whose credentials are $1, optionally with namespace $2.
kubeconfig() {
  cat <<YAML
apiVersion: v1
kind: Config
clusters: [{name: $name, cluster: {server: "$api", certificate-authority-data: $(base64 -w0 "$state/keys/ca.crt")}}]
users: [{name: user, user: $1}]
contexts: [{name: $name, context: {cluster: $name, user: user, namespace: ${2:-default}}}]
current-context: $name
YAML
}

# Prints a kubeconfig with the token of ServiceAccount $2 in namespace $1. Kubernetes 1.20 keeps
# such a token in a Secret.
account() {
  local secret token
  secret=$(kubectl -n "$1" get serviceaccount "$2" -o 'jsonpath={.secrets[0].name}')
  token=$(kubectl -n "$1" get secret "$secret" -o 'jsonpath={.data.token}' | base64 -d)
  kubeconfig "{token: $token}" "$1"
}

kubectl() { "$bin/kubectl" --kubeconfig "$state/admin.conf" "$@"; }
default_account_exists() { kubectl get serviceaccount default -o 'jsonpath={.secrets[0].name}' | grep .; }
