#!/usr/bin/env python3
"""Names of Services for the pods of a cluster: `dns.py ADDRESS API KEYS`.

Answers on port 53 of ADDRESS, over UDP. It asks the API server at API with the keys of `admin` in the folder
KEYS at every question, so that it never is behind. `SERVICE.NAMESPACE.svc.cluster.local` is the Service's
address, or its pods' where it has none; `HOST.SERVICE.…` is one pod of a StatefulSet. No other name is known.
"""

import ipaddress
import json
import socketserver
import ssl
import struct
import sys
import urllib.error
import urllib.request

ZONE = ["svc", "cluster", "local"]
A, ANY_CLASS = 1, 1
OK, FAILED, NO_SUCH_NAME = 0, 2, 3


class Cluster:
    """What the API server says."""

    def __init__(self, api: str, keys: str):
        self.api = api
        context = ssl.create_default_context(cafile=f"{keys}/ca.crt")
        context.load_cert_chain(f"{keys}/admin.crt", f"{keys}/admin.key")
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context))

    def get(self, namespace: str, kind: str, name: str) -> dict | None:
        """One object; None when there is none."""
        try:
            with self.opener.open(f"{self.api}/api/v1/namespaces/{namespace}/{kind}/{name}", timeout=3) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            if refused.code == 404:
                return None
            raise

    def addresses(self, labels: list[str]) -> list[str] | None:
        """The addresses of a name; None when it is not known."""
        if labels[-3:] != ZONE or len(labels) not in (5, 6):
            return None
        *host, name, namespace = labels[:-3]
        service = self.get(namespace, "services", name)
        if service is None:
            return None
        if not host and service["spec"].get("clusterIP", "None") != "None":
            return [service["spec"]["clusterIP"]]
        endpoints = self.get(namespace, "endpoints", name) or {}
        pods = [pod for subset in endpoints.get("subsets") or [] for pod in subset.get("addresses") or []]
        found = [pod["ip"] for pod in pods if not host or pod.get("hostname") == host[0]]
        return found or None


def question(packet: bytes) -> tuple[list[str], int, int]:
    """The labels that are asked for, the type, and where the question ends."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1 : at + 1 + packet[at]].decode("ascii", "replace").lower())
        at += 1 + packet[at]
    kind, _ = struct.unpack_from(">HH", packet, at + 1)
    return labels, kind, at + 5


def answer(packet: bytes, cluster: Cluster) -> bytes:
    labels, kind, end = question(packet)
    try:
        found, code = cluster.addresses(labels), OK
        if found is None:
            found, code = [], NO_SUCH_NAME
    except OSError:  # the API server is away
        found, code = [], FAILED
    if kind != A:
        found = []
    records = b"".join(struct.pack(">HHHIH", 0xC00C, A, ANY_CLASS, 1, 4) + ipaddress.IPv4Address(ip).packed for ip in found)
    flags = 0x8580 | code  # an answer of the one who knows, recursion or not
    return packet[:2] + struct.pack(">HHHHH", flags, 1, len(found), 0, 0) + packet[12:end] + records


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        packet, socket = self.request
        socket.sendto(answer(packet, self.server.cluster), self.client_address)


class Server(socketserver.ThreadingUDPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        print("no question:", sys.exc_info()[1], file=sys.stderr)


if __name__ == "__main__":
    address, api, keys = sys.argv[1:]
    with Server((address, 53), Handler) as server:
        server.cluster = Cluster(api, keys)
        server.serve_forever()
