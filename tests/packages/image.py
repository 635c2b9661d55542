"""An image in a store of its own, built by buildah without any service, and a container of it, run by runc."""

import contextlib
import json
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from namespace import Namespace
from tree import Tree

# Of its own accord buildah asks for more than who runs it may have, or takes less and may not go back: these are below both.
MODEST = {"nofile": (resource.RLIMIT_NOFILE, 1024), "nproc": (resource.RLIMIT_NPROC, 16384)}


def modest_limits() -> Iterator[str]:
    """Options that no system refuses: never above the caller's own limits. An unlimited one is -1 to Python."""
    for name, (limit, enough) in MODEST.items():
        own = resource.getrlimit(limit)[1]
        yield f"--ulimit={name}={enough if own == resource.RLIM_INFINITY else min(own, enough)}"


class Store:
    def __init__(self, folder: Path):
        self.folder = folder
        self.options = ["--root", str(folder / "root"), "--runroot", str(folder / "run"), "--storage-driver", "vfs"]

    def buildah(self, *words: str | Path) -> str:
        done = subprocess.run(["buildah", *self.options, *words], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def take(self, tree: Tree, name: str) -> None:
        container = self.buildah("from", "scratch")
        self.buildah("copy", "--quiet", container, tree.root, "/")
        self.buildah("commit", "--quiet", "--rm", container, name)

    def build(self, source: Path, base: str, name: str) -> None:
        how = ["--isolation", "chroot", "--format", "docker", "--build-arg", f"BASE={base}"]
        self.buildah("build", *how, *modest_limits(), "--tag", name, source)

    def settings(self, name: str) -> dict:
        """What the image says of how it is to be run."""
        return json.loads(self.buildah("inspect", "--type", "image", name))["Docker"]["config"]

    def unpack(self, name: str) -> Path:
        """The root of a container of the image."""
        return Path(self.buildah("mount", self.buildah("from", name)))


class Container:
    """Runs in the network of a host, with a root that is read-only: as the image's user, or as root with these capabilities and no others."""

    def __init__(self, folder: Path, root: Path, settings: dict, host: Namespace, arguments: list[str], capabilities: list[str]):
        self.folder = folder
        self.name = f"turnpike-{host.name}"
        self.settings = settings
        self.capabilities = capabilities
        self.log_file = folder / "log"
        folder.mkdir()
        (folder / "config.json").write_text(json.dumps(self._bundle(root, host, arguments)))

    def _bundle(self, root: Path, host: Namespace, arguments: list[str]) -> dict:
        user, group = map(int, self.settings["User"].split(":"))
        own_memory = {"type": "tmpfs", "source": "tmpfs"}
        return {
            "ociVersion": "1.0.2",
            "process": {
                "user": {"uid": 0, "gid": 0} if self.capabilities else {"uid": user, "gid": group},
                "args": [*self.settings["Entrypoint"], *(arguments or self.settings["Cmd"])],
                "env": self.settings["Env"],
                "cwd": "/",
                "noNewPrivileges": True,
                "capabilities": {name: self.capabilities for name in ("bounding", "effective", "permitted")},
            },
            "root": {"path": str(root), "readonly": True},
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["ro"]},
                {"destination": "/dev", **own_memory, "options": ["nosuid", "mode=755", "size=64k"]},
                {"destination": "/run/turnpike", **own_memory, "options": [f"uid={user}", f"gid={group}", "mode=755", "size=1m"]},
            ],
            "linux": {"namespaces": [{"type": "pid"}, {"type": "mount"}, {"type": "network", "path": f"/run/netns/{host.name}"}]},
        }

    def runc(self, *words: str) -> list[str]:
        return ["runc", "--root", str(self.folder / "runc"), *words]

    @property
    def pid(self) -> int:
        return json.loads(subprocess.run(self.runc("state", self.name), check=True, capture_output=True, text=True).stdout)["pid"]

    def execute(self, *words: str) -> subprocess.CompletedProcess:
        return subprocess.run(self.runc("exec", self.name, *words), capture_output=True, text=True, timeout=30)

    def is_healthy(self) -> bool:
        kind, *command = self.settings["Healthcheck"]["Test"]
        assert kind == "CMD"
        return self.execute(*command).returncode == 0

    def wait_until_healthy(self) -> None:
        self.wait_until(self.is_healthy)

    def wait_for_log(self, text: str) -> None:
        self.wait_until(lambda: text in self.log_file.read_text())

    def wait_until(self, condition) -> None:
        until = time.monotonic() + 10
        while not condition():
            assert time.monotonic() < until, self.log_file.read_text()
            time.sleep(0.1)

    @contextlib.contextmanager
    def running(self):
        with self.log_file.open("wb") as log:
            process = subprocess.Popen(self.runc("run", "--bundle", str(self.folder), self.name), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            try:
                yield process
            finally:
                subprocess.run(self.runc("delete", "--force", self.name), capture_output=True)
                process.wait(10)
