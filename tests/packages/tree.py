"""A bare Debian below a folder, of the release and from the sources of this machine; nothing that runs or is mounted in it outlives a command."""

import os
import shutil
import subprocess
from pathlib import Path

# Mounts are seen by the command alone and go with it, as does every process that it has started.
IN_TREE = """set -e
mount --rbind /dev "$0/dev"
mount --rbind /sys "$0/sys"
mount -t proc proc "$0/proc"
mount -t tmpfs tmpfs "$0/tmp"
exec chroot "$0" "$@"
"""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
PROXIES = ("http_proxy", "https_proxy", "no_proxy")


class Tree:
    def __init__(self, root: Path):
        self.root = root

    def command(self, *words: str) -> list[str]:
        """What runs the words in there."""
        own = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
        return [*own, "sh", "-c", IN_TREE, str(self.root), *words]

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        environment = ENVIRONMENT | {name: os.environ[name] for name in PROXIES if name in os.environ}
        done = subprocess.run(self.command(*words), env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)
        assert done.returncode == 0 or not check, f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def apt(self, *words: str) -> str:
        options = ["-qq", "-o", "Dpkg::Options::=--force-unsafe-io", "-o", "APT::Install-Recommends=false", "-o", "APT::Sandbox::User=root"]
        done = self.run("apt-get", "-y", *options, *words)
        return done.stdout + done.stderr

    def path(self, name: str) -> Path:
        return self.root / name.lstrip("/")

    def put(self, file: Path, folder: str = "/root") -> str:
        """Its name in there."""
        return f"{folder}/{Path(shutil.copy(file, self.path(folder))).name}"

    def copy(self, root: Path) -> "Tree":
        subprocess.run(["cp", "--archive", "--reflink=auto", self.root, root], check=True)
        return Tree(root)


def source_of_packages() -> tuple[str, str]:
    """Where this machine's apt has the packages of its release from, and the name of the release."""
    release = dict(line.split("=", 1) for line in Path("/etc/os-release").read_text().splitlines() if "=" in line)
    wanted = release["VERSION_CODENAME"].strip('"')
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE) $(CODENAME) $(COMPONENT)", "Created-By: Packages"],
        check=True,
        capture_output=True,
        text=True,
    )
    for line in told.stdout.splitlines():
        site, name, component = line.split(" ")
        if name == wanted and component == "main":
            return site, name
    raise LookupError(f"apt has no source of {wanted}:\n{told.stdout}")


def take_sources(tree: Tree) -> None:
    """The tree's apt asks where this machine's does, and in the same way."""
    tree.path("/etc/apt/sources.list").unlink(missing_ok=True)
    for name in ("/etc/apt/sources.list", "/etc/apt/auth.conf", "/etc/resolv.conf", "/etc/hosts"):
        if Path(name).is_file():
            shutil.copy(name, tree.path(name))
    for name in ("sources.list.d", "auth.conf.d", "preferences.d", "trusted.gpg.d", "keyrings"):
        shutil.copytree(f"/etc/apt/{name}", tree.path(f"/etc/apt/{name}"), dirs_exist_ok=True)
    for name in ("/usr/share/keyrings", "/etc/ssl/certs"):
        shutil.copytree(name, tree.path(name), symlinks=False, dirs_exist_ok=True, ignore_dangling_symlinks=True)
    how = subprocess.run(["apt-config", "dump", "Acquire"], check=True, capture_output=True, text=True).stdout
    tree.path("/etc/apt/apt.conf.d/90acquire").write_text(how)


def bare_tree(root: Path) -> Tree:
    """Debian's smallest. No service starts in it by itself."""
    mirror, release = source_of_packages()
    environment = {"PATH": ENVIRONMENT["PATH"]} | {name: os.environ[name] for name in PROXIES if name in os.environ}
    command = ["debootstrap", "--variant=minbase", release, str(root), mirror]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    tree = Tree(root)
    take_sources(tree)
    tree.apt("update")
    return tree
