"""The packages in a bare tree, as an administrator meets them: installed, started, upgraded, removed, purged."""

import gzip
import re
import stat
import subprocess
from pathlib import Path

import pytest

from service import UNIT, running
from tree import Tree
from unit import Unit

CONFIGURATION = "/etc/turnpike/turnpike.yaml"
ENABLED = "/etc/systemd/system/multi-user.target.wants/turnpike.service"
CONTENT = {
    "turnpike": [
        "/usr/bin/turnpike",
        UNIT,
        "/usr/lib/sysusers.d/turnpike.conf",
        "/usr/lib/tmpfiles.d/turnpike.conf",
        CONFIGURATION,
        "/usr/share/doc/turnpike/copyright",
        "/usr/share/doc/turnpike/examples/livekit.example.yaml",
        "/usr/share/doc/turnpike/examples/livekit.embedded.example.yaml",
        "/usr/share/doc/turnpike/examples/livekit.one-port.example.yaml",
        "/usr/share/doc/turnpike/examples/haproxy.example.cfg",
        "/usr/share/doc/turnpike/examples/nftables.balancer.example.nft",
        "/usr/share/doc/turnpike/examples/nftables.balancer.example.sh",
        "/usr/share/man/man8/turnpike.8.gz",
        "/usr/share/man/man5/turnpike.yaml.5.gz",
        "/usr/share/bash-completion/completions/turnpike",
        "/usr/share/zsh/vendor-completions/_turnpike",
        "/usr/share/fish/vendor_completions.d/turnpike.fish",
    ],
    "turnpike-bench": [
        "/usr/bin/turnpike-bench",
        "/usr/share/man/man1/turnpike-bench.1.gz",
        "/usr/share/bash-completion/completions/turnpike-bench",
        "/usr/share/zsh/vendor-completions/_turnpike-bench",
        "/usr/share/fish/vendor_completions.d/turnpike-bench.fish",
    ],
}


def output(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def extracted(package: Path, folder: Path) -> Path:
    subprocess.run(["dpkg-deb", "--raw-extract", package, folder], check=True)
    return folder


@pytest.mark.parametrize("name", CONTENT)
def test_a_package_has_what_belongs_to_it_and_its_symbols_are_beside_it(packages, tmp_path, name):
    content = extracted(packages.file(name), tmp_path / "package")
    assert [file for file in CONTENT[name] if not (content / file[1:]).is_file()] == []
    program = content / "usr/bin" / name
    assert ".debug_info" not in output("readelf", "--sections", "--wide", program)
    build_id = re.search(r"Build ID: (\w\w)(\w+)", output("readelf", "--notes", program))
    symbols = extracted(packages.file(f"{name}-dbgsym"), tmp_path / "symbols")
    file = symbols / "usr/lib/debug/.build-id" / build_id[1] / f"{build_id[2]}.debug"
    assert ".debug_info" in output("readelf", "--sections", "--wide", file)


def test_lintian_has_nothing_against_them(packages):
    done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", *packages.folder.glob("*.deb")], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def next_version(package: Path, folder: Path) -> Path:
    """The same package in its next version, with one more line in its configuration."""
    content = extracted(package, folder / "next")
    control = content / "DEBIAN/control"
    control.write_text(re.sub(r"^(Version: .*)", r"\1+next", control.read_text(), flags=re.MULTILINE))
    with (content / CONFIGURATION[1:]).open("a") as file:
        file.write("# A line of the next version.\n")
    (content / "DEBIAN/md5sums").unlink()
    output("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", content, folder / "next.deb")
    return folder / "next.deb"


def owner_and_mode(tree: Tree, name: str) -> tuple[str, str]:
    found = tree.run("stat", "--format=%U:%G %a", name).stdout.split()
    return found[0], found[1]


def assert_serves_as_its_unit_says(tree: Tree, host, log: Path) -> str:
    """Its log."""
    unit = Unit(tree.path(UNIT))
    with running(tree, host, log) as service:
        status = service.status()
        user = int(tree.run("id", "--user", unit["User"]).stdout)
        assert user != 0 and status["Uid"].split() == [str(user)] * 4
        assert status["NoNewPrivs"] == "1" and int(status["CapEff"], 16) == 1 << 10  # CAP_NET_BIND_SERVICE
        assert tree.run("test", "-d", "/run/turnpike").returncode == 0
    return service.log()


def test_it_is_installed_started_upgraded_removed_and_purged(packages, tree, host, tmp_path):
    tree.apt("install", tree.put(packages.file("turnpike")))
    assert owner_and_mode(tree, CONFIGURATION) == ("root:turnpike", "640")
    assert owner_and_mode(tree, "/var/log/turnpike") == ("turnpike:turnpike", "750")
    assert tree.path(ENABLED).is_symlink()
    assert "\n# ok" in tree.run("turnpike", "check").stdout
    log = assert_serves_as_its_unit_says(tree, host, tmp_path / "first.log")
    assert f"configuration={CONFIGURATION}" in log and "control_left_out" not in log and "control_socket " not in log

    edited = tree.path(CONFIGURATION)
    edited.write_text(edited.read_text().replace("realm: turnpike", "realm: edited.example.org"))
    edited.chmod(0o600)
    tree.apt("install", "-o", "Dpkg::Options::=--force-confdef", tree.put(next_version(packages.file("turnpike"), tmp_path)))
    assert "+next" in tree.run("dpkg-query", "--show", "turnpike").stdout
    assert "realm: edited.example.org" in edited.read_text() and stat.S_IMODE(edited.stat().st_mode) == 0o600
    edited.chmod(0o640)
    assert_serves_as_its_unit_says(tree, host, tmp_path / "second.log")

    tree.apt("remove", "turnpike")
    assert not tree.path("/usr/bin/turnpike").exists() and edited.exists()
    tree.apt("purge", "turnpike")
    left = [file for file in ("/etc/turnpike", "/var/log/turnpike", "/run/turnpike", ENABLED) if tree.path(file).is_symlink() or tree.path(file).exists()]
    assert left == ["/etc/turnpike"] or left == []


def test_the_load_generator_is_a_package_of_its_own(packages, tree):
    tree.apt("install", tree.put(packages.file("turnpike-bench")))
    assert "audio" in tree.run("turnpike-bench", "--list").stdout
    assert b".TH TURNPIKE" in gzip.decompress(tree.path("/usr/share/man/man1/turnpike-bench.1.gz").read_bytes())
