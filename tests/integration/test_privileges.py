"""What the server's processes may still do once it serves: as root they begin, and as little as they need goes on. Needs root."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from client import Client, Peer
from server import BINARY, Server, make_certificate
from wire import ChannelData, channel_data

BIND_LOW_PORTS = 1 << 10  # CAP_NET_BIND_SERVICE
KERNEL_ENGINE = 1 << 12 | 1 << 38 | 1 << 39  # CAP_NET_ADMIN, CAP_PERFMON, CAP_BPF
SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
USER = "nobody"


def status(task: Path) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in (task / "status").read_text().splitlines() if ":\t" in line)


def tasks(pid: int) -> list[Path]:
    return list(Path(f"/proc/{pid}/task").iterdir())


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def assert_has_only(pid: int, wanted: int, user: str = "root") -> None:
    entry = pwd.getpwnam(user)
    for task in tasks(pid):
        values = status(task)
        held = {name: int(values[name], 16) for name in SETS}
        assert held == {"CapInh": 0, "CapPrm": wanted, "CapEff": wanted, "CapBnd": wanted, "CapAmb": 0}, task
        assert values["NoNewPrivs"] == "1", task
        assert (values["Uid"].split(), values["Gid"].split()) == ([str(entry.pw_uid)] * 4, [str(entry.pw_gid)] * 4), task


@pytest.fixture
def folder():
    """That everybody may enter, unlike those of pytest."""
    path = Path(tempfile.mkdtemp(prefix="turnpike-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def launch_in(folder, certificate):
    servers = []

    def launch(extra: dict) -> Server:
        servers.append(Server(folder, certificate, 2, extra).start())
        return servers[-1]

    yield launch
    for server in servers:
        if server.process.returncode is None:
            assert server.stop()[0] == 0


def assert_relays(server: Server) -> None:
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.bind(0x4001, peer.address) == 0
        client.send(channel_data(0x4001, b"hello"))
        assert peer.receive() == (b"hello", relay)
        peer.send(b"back", relay)
        assert client.receive() == ChannelData(0x4001, b"back")


@pytest.mark.parametrize("user", ["", USER])
@pytest.mark.parametrize("engine", ["sockets", "auto"])
def test_root_keeps_nothing_but_low_ports_and_the_helper_what_attaching_needs(launch_in, engine, user):
    server = launch_in({"relay": {"engine": engine}, "user": user})
    server.wait_for_log("started")
    assert_has_only(server.process.pid, BIND_LOW_PORTS, user or "root")
    assert "privileges_kept" not in server.log()
    helpers = children(server.process.pid)
    assert len(helpers) == (0 if engine == "sockets" else 1)
    for helper in [*helpers, *(spare for each in helpers for spare in children(each))]:
        assert_has_only(helper, KERNEL_ENGINE, user or "root")
    assert_relays(server)


def test_a_challenge_is_read_as_the_user_that_the_process_has_become(launch_in, folder):
    answer = folder / "www/.well-known/acme-challenge/token"
    answer.parent.mkdir(parents=True)
    answer.write_text("answer")
    answer.chmod(0o600)
    server = launch_in({"relay": {"engine": "sockets"}, "user": USER, "http": {"acme_webroot": str(folder / "www")}})

    def ask() -> bytes:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(b"GET /.well-known/acme-challenge/token HTTP/1.1\r\nHost: a\r\n\r\n")
            return b"".join(iter(lambda: connection.recv(4096), b""))

    assert ask().startswith(b"HTTP/1.1 404 ")
    assert "cause=not_readable" in server.wait_for_lines("challenge_failed", 1)[0]
    answer.chmod(0o644)
    assert ask().endswith(b"\r\n\r\nanswer")


class Service(Server):
    """Started as systemd does it with the unit of this repository: as another user, with the capabilities that it lists and no others."""

    CAPABILITIES = "-all,+net_bind_service,+bpf,+net_admin,+perfmon"

    def write_config(self) -> None:
        super().write_config()
        self.config_file.chmod(0o644)

    def command(self) -> list[str]:
        sets = [word for name in ("bounding-set", "inh-caps", "ambient-caps") for word in (f"--{name}", self.CAPABILITIES)]
        return ["setpriv", "--reuid", USER, "--regid", pwd_group(USER), "--clear-groups", "--no-new-privs", *sets]

    def entered(self):
        return contextlib.nullcontext()


def pwd_group(user: str) -> str:
    return str(pwd.getpwnam(user).pw_gid)


@pytest.mark.parametrize("engine", ["sockets", "auto"])
def test_a_service_of_another_user_keeps_as_little(folder, certificate, engine, monkeypatch):
    monkeypatch.setattr("server.BINARY", shutil.copy(shutil.which(BINARY), folder))  # to where that user may go
    settings = {"relay": {"engine": engine}, "listen": {"tls": []}, "tls": {"certificate": "", "key": ""}}
    server = Service(folder, certificate, 2, settings)
    server.host = server
    server.start()
    try:
        server.wait_for_log("started")
        pid = server.process.pid
        helpers = children(pid)
        assert len(helpers) == (0 if engine == "sockets" else 1)
        for process, wanted in [(pid, BIND_LOW_PORTS), *((helper, KERNEL_ENGINE) for helper in helpers)]:
            values = status(Path(f"/proc/{process}"))
            assert {name: int(values[name], 16) for name in SETS if name != "CapBnd"} == {
                "CapInh": 0,
                "CapPrm": wanted,
                "CapEff": wanted,
                "CapAmb": 0,
            }
        assert_relays(server)
    finally:
        assert server.stop()[0] == 0


def test_another_user_has_the_groups_of_its_own(launch_in):
    server = launch_in({"user": USER})
    groups = {int(group) for group in status(Path(f"/proc/{server.process.pid}"))["Groups"].split()}
    assert groups == set(os.getgrouplist(USER, pwd.getpwnam(USER).pw_gid))


@pytest.mark.parametrize("user", ["", USER])
def test_a_reload_reads_certificates_and_opens_the_log_anew(launch_in, folder, user):
    files = make_certificate(folder)
    files[1].chmod(0o640)
    if user:
        shutil.chown(files[1], group=pwd.getpwnam(user).pw_gid)
    logs = folder / "logs"
    logs.mkdir()
    shutil.chown(logs, user or "root")
    log = logs / "turnpike.log"
    server = launch_in({"user": user, "log": {"file": str(log)}, "tls": {"certificate": str(files[0]), "key": str(files[1])}})
    server.config_file.chmod(0o644)
    log.rename(logs / "turnpike.log.1")
    server.process.send_signal(signal.SIGHUP)
    wait_for(lambda: log.exists() and "reloaded" in log.read_text())
    assert log.owner() == (user or "root")


@pytest.mark.parametrize("user", ["", USER])
def test_a_reload_opens_a_low_port_and_an_address_of_a_wildcard(launch_in, user):
    server = launch_in({"user": user, "listen": {"udp": ["0.0.0.0:{port}"], "tcp": ["0.0.0.0:{port}"], "tls": []}})
    low = free_low_port()
    for kind in ("udp", "tcp"):
        server.config["listen"][kind] += [f"127.0.0.1:{server.port}", f"127.0.0.1:{low}"]
    server.write_config()
    server.config_file.chmod(0o644)
    server.process.send_signal(signal.SIGHUP)
    opened = ",".join(f"{kind}:127.0.0.1:{port}" for kind in ("udp", "tcp") for port in (server.port, low))
    wait_for(lambda: "reload" in server.log())
    assert f"listeners_changed opened=[{opened}] closed=[]" in server.wait_for_log("reloaded")
    assert_relays(server)


def free_low_port() -> int:
    for port in range(600, 1000):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, socket.socket() as streams, contextlib.suppress(OSError):
            datagrams.bind(("127.0.0.1", port))
            streams.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no free port in 600-999")


def wait_for(condition) -> None:
    until = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_log_file_is_the_users_from_the_start(launch_in, folder):
    log = folder / "turnpike.log"
    server = launch_in({"user": USER, "log": {"file": str(log)}})
    assert log.owner() == USER
    server.process.send_signal(signal.SIGHUP)  # what pytest's folders hold is for root alone
    wait_for(lambda: "reload_refused" in log.read_text())
    assert_relays(server)


def check(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, "check", *arguments], capture_output=True, text=True, timeout=20)


def test_check_tells_which_files_the_user_cannot_read(folder):
    certificate, key = make_certificate(folder)
    key.chmod(0o600)
    secrets = folder / "secrets"
    secrets.write_text("a-secret-that-is-long\n")
    secrets.chmod(0o600)
    files = ["--tls.certificate", str(certificate), "--tls.key", str(key), "--credentials.rest_secrets_file", str(secrets)]
    checked = check("--listen.tls", "[127.0.0.1:5349]", "--control.listen", "", "--control.socket", "", *files, "--user", USER)
    assert checked.returncode == 0, checked.stderr
    told = f"cannot be read (by the user {USER}, who serves: reloads will be refused)"
    assert f"{key}: {told}" in checked.stderr and f"{secrets}: {told}" in checked.stderr
    assert f"{certificate}: cannot" not in checked.stderr


def test_check_refuses_a_user_that_is_not_there():
    checked = check("--user", "no-such-user")
    assert checked.returncode == 2 and "this host has no user no-such-user" in checked.stderr


def test_serve_refuses_a_user_that_is_not_there():
    served = subprocess.run([BINARY, "serve", "--user", "no-such-user"], capture_output=True, text=True, timeout=20)
    assert served.returncode == 2 and "this host has no user no-such-user" in served.stderr
