"""The image of the Containerfile, built on the bare tree and run with a root that nobody can write to."""

import subprocess
from pathlib import Path

import pytest

from conftest import ROOT
from image import Container, Store
from unit import Unit

IMAGE = "localhost/turnpike"


@pytest.fixture(scope="module")
def store(packages, bare, tmp_path_factory) -> Store:
    made = Store(tmp_path_factory.mktemp("store"))
    made.take(bare, "localhost/bare")
    made.build(ROOT, "localhost/bare", IMAGE)
    yield made
    made.buildah("rm", "--all")


@pytest.fixture
def start(store, host, tmp_path):
    """A container of the image with these arguments, or those that it has."""

    def make(*arguments: str, capabilities: tuple[str, ...] = ()) -> Container:
        return Container(tmp_path / "container", store.unpack(IMAGE), store.settings(IMAGE), host, list(arguments), list(capabilities))

    return make


def test_it_has_the_program_and_no_shell(store):
    root = store.unpack(IMAGE)
    assert (root / "usr/bin/turnpike").is_file()
    programs = {path.name for folder in ("bin", "sbin", "usr/bin", "usr/sbin") for path in (root / folder).glob("*")}
    assert programs == {"turnpike"}
    settings = store.settings(IMAGE)
    assert settings["Entrypoint"] == ["/usr/bin/turnpike"] and "0" not in settings["User"].split(":")


def test_it_serves_as_nobody_in_particular_and_stops_in_order(start):
    container = start()
    with container.running() as process:
        container.wait_until_healthy()
        done = container.execute("/usr/bin/turnpike", "reload")
        assert (done.returncode, done.stdout) == (0, "reloaded\n"), done.stderr
        subprocess.run(container.runc("kill", container.name, "TERM"), check=True)
        assert process.wait(10) == 0, container.log_file.read_text()
    log = container.log_file.read_text()
    assert "configuration=/etc/turnpike/turnpike.yaml" in log and " stopped" in log


def test_arguments_come_to_the_program_as_they_are(start):
    container = start("check", "--realm", "$HOME; `id` 'x'")
    with container.running() as process:
        assert process.wait(20) == 0, container.log_file.read_text()
    assert "$HOME; `id` 'x'" in container.log_file.read_text().replace("''", "'")


def test_its_health_is_that_of_the_server(start):
    container = start("serve", "--listen.udp", "127.0.0.1:3479", "--listen.tcp", "[]")
    with container.running():
        container.wait_for_log(" started ")
        assert not container.is_healthy()


def test_root_with_what_the_unit_has_relays_in_the_kernel_and_becomes_its_user(start):
    unit = Unit(ROOT / "systemd/turnpike.service")
    container = start("serve", "--user", "turnpike", capabilities=(*unit["AmbientCapabilities"].split(), "CAP_SETUID", "CAP_SETGID"))
    with container.running():
        container.wait_until_healthy()
        container.wait_for_log("engine=tc")
        status = dict(line.split(":\t", 1) for line in Path(f"/proc/{container.pid}/status").read_text().splitlines() if ":\t" in line)
        assert status["Uid"].split() == ["65532"] * 4 and int(status["CapEff"], 16) == 1 << 10  # CAP_NET_BIND_SERVICE
