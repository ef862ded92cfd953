"""Debian's registry on the address at which the cluster's node reaches this machine, and buildah that pushes to it."""

import os
import shutil
import subprocess
import urllib.request
from pathlib import Path

from cluster import HOST, KUBECONFIG
from servers import Background, clean_env, spare_port, until


class Registry:
    """A registry over plain HTTP in a folder of its own, which the node has been told of."""

    def __init__(self, folder: Path):
        self.address, self.folder = f"{HOST}:{spare_port()}", folder
        settings = folder / "registry.yml"
        settings.write_text(f"""
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder / "registry"}}}}}
http: {{addr: "{self.address}"}}
""")
        self.process = Background(["docker-registry", "serve", str(settings)], clean_env(), folder, folder / "registry.log")
        self.known = Path(KUBECONFIG).parent / "registries" / self.address
        self.known.mkdir(parents=True)
        (self.known / "hosts.toml").write_text(f'[host."http://{self.address}"]\ncapabilities = ["pull", "resolve"]\n')
        until("an answer of the registry", self.answers)

    def answers(self) -> bool:
        try:
            return urllib.request.urlopen(f"http://{self.address}/v2/", timeout=2).status == 200
        except OSError:
            return False

    def digest(self, name: str, tag: str) -> str:
        accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
        ask = urllib.request.Request(f"http://{self.address}/v2/{name}/manifests/{tag}", headers={"Accept": accept}, method="HEAD")
        return urllib.request.urlopen(ask, timeout=5).headers["Docker-Content-Digest"]

    def builder(self) -> dict[str, str]:
        """Variables with which buildah keeps its images in the folder, nests no containers, and trusts the registry."""
        storage, registries = self.folder / "storage.conf", self.folder / "registries.conf"
        images = self.folder / "images"
        storage.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{images}/storage"\nrunroot = "{images}/run"\n')
        registries.write_text(f'[[registry]]\nlocation = "{self.address}"\ninsecure = true\n')
        files = {"CONTAINERS_STORAGE_CONF": str(storage), "CONTAINERS_REGISTRIES_CONF": str(registries)}
        return files | {"BUILDAH_ISOLATION": "chroot", "REEVE_IMAGE_BUILDER": "buildah"}

    def take(self, archive: Path):
        """Gives the builder an image that no registry has."""
        subprocess.run(["buildah", "pull", "--quiet", f"docker-archive:{archive}"], env=os.environ | self.builder(), check=True, stdout=subprocess.DEVNULL)

    def stop(self):
        self.process.__exit__(None)
        shutil.rmtree(self.known)
