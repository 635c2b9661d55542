"""The server as a service: what systemd is told by a stand-in for its socket, reloads that are waited for, certificates that are renewed, and the
installed configuration."""

import contextlib
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

import wire
from client import Client, Peer
from server import BINARY, Server, free_port, make_certificate

SOURCE = Path(__file__).parents[2]


class Systemd:
    """Hears what a service tells it."""

    def __init__(self, path: Path):
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))

    def next(self, wanted: str, seconds: float = 5) -> dict[str, str]:
        """The next message with a line that begins so; what comes before is skipped."""
        until = time.monotonic() + seconds
        while True:
            self.socket.settimeout(max(until - time.monotonic(), 0.001))
            lines = dict(line.split("=", 1) for line in self.socket.recv(4096).decode().split("\n"))
            if any(f"{key}={value}".startswith(wanted) for key, value in lines.items()):
                return lines


@pytest.fixture
def systemd(tmp_path, monkeypatch):
    service_manager = Systemd(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", str(service_manager.path))
    monkeypatch.setenv("WATCHDOG_USEC", "600000")
    with service_manager.socket:
        yield service_manager


def ask_to_reload(server: Server) -> subprocess.CompletedProcess:
    server.write_config()
    return subprocess.run([BINARY, "reload", "--config", str(server.config_file)], capture_output=True, text=True, timeout=20)


WITH_SOCKET = {"control": {"socket": "{directory}/run/control.sock"}}


def test_systemd_is_told_of_readiness_allocations_reloads_life_and_the_end(launch, systemd):
    server = launch(WITH_SOCKET)
    systemd.next("READY=1")
    systemd.next("WATCHDOG=1")
    systemd.next("WATCHDOG=1")
    with Client(server) as client:
        client.allocate()
        assert systemd.next("STATUS=1")["STATUS"] == "1 allocation"
        began_us = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        server.config["realm"] = ""
        assert ask_to_reload(server).returncode == 2
        assert int(systemd.next("RELOADING=1")["MONOTONIC_USEC"]) >= began_us
        systemd.next("READY=1")
        assert "realm: must not be empty" in systemd.next("STATUS=1 allocation; the last reload was refused")["STATUS"]
    server.process.send_signal(signal.SIGTERM)
    systemd.next("STOPPING=1")
    assert server.process.wait(5) == 0


def test_the_reload_command_waits_and_says_what_became_of_it(launch):
    server = launch(WITH_SOCKET)  # the folder is made
    server.config["credentials"]["users"] = {"newcomer": "n3wPassw0rd"}
    done = ask_to_reload(server)
    assert (done.returncode, done.stdout, done.stderr) == (0, "reloaded\n", "")
    with Client(server, user="newcomer", password="n3wPassw0rd") as client:
        client.allocate()
    server.config["peers"]["deny"] = ["10.0.0.0/99"]
    refused = ask_to_reload(server)
    assert refused.returncode == 2 and "peers.deny" in refused.stderr and not refused.stdout
    server.config["peers"]["deny"] = []
    server.stop()
    nobody = ask_to_reload(server)
    assert nobody.returncode == 1 and "no server answers" in nobody.stderr


def test_the_control_socket_of_an_ordinary_user_is_in_their_runtime_folder(tmp_path, monkeypatch):
    if os.path.exists("/run/turnpike/control.sock"):
        pytest.skip("a server of this machine has /run/turnpike/control.sock")
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        os.chmod(folder, 0o777)
        serve_as_nobody(tmp_path / "log", Path(folder, "turnpike", "control.sock"))


def serve_as_nobody(log_file: Path, control: Path) -> None:
    port = free_port()
    options = ["--config", os.devnull, "--control.listen", "", "--relay.engine", "sockets", "--relay.addresses", "127.0.0.1"]
    options += ["--listen.udp", f"127.0.0.1:{port}", "--listen.tcp", "[]"]
    command = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", BINARY, *options]
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        assert becomes(lambda: " started " in log_file.read_text()), log_file.read_text()
        assert f"control_socket address={control}" in log_file.read_text()
        done = subprocess.run([BINARY, "reload", "--config", os.devnull], capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "reloaded\n"), done.stderr
    finally:
        process.terminate()
        assert process.wait(5) == 0


def test_the_log_is_opened_anew_whatever_else_fails(launch, tmp_path):
    log = tmp_path / "turnpike.log"
    server = launch({"log": {"file": str(log)}})
    log.rename(tmp_path / "turnpike.log.1")
    server.config["peers"]["deny"] = ["10.0.0.0/99"]
    server.reload()
    until = time.monotonic() + 5
    while not log.exists() or "reload_refused" not in log.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_keys_that_need_a_restart_are_named_and_no_others(launch):
    server = launch()
    server.config["limits"] |= {"allocations_per_user": 1, "lifetime_default_s": 60, "lifetime_max_s": 61, "connections_per_ip": 1}
    server.config["relay"] |= {"port_quiet_s": 1, "engine": "auto"}
    server.config |= {"nonce_life_s": 100, "workers": 3}
    with Client(server) as before:
        before.allocate()
        server.reload()
        assert "keys=[workers,relay.engine]" in server.wait_for_log("restart_needed")
        with Client(server) as beyond:
            assert beyond.request(wire.ALLOCATE, [wire.UDP]).code == 486
        with Client(server, "tcp") as first:
            assert first.ask(wire.binding()).code == 0
            with Client(server, "tcp") as second:
                assert second.is_closed_within(1)
        assert int.from_bytes(before.refresh().get(wire.LIFETIME), "big") == 60


def test_a_byte_limit_that_a_reload_brings_holds_for_allocations_that_live(launch):
    server = launch()
    with Client(server) as client, Peer() as peer:
        client.allocate()
        assert client.bind(0x4000, peer.address) == 0
        for limit, arrives in ((100, False), (0, True)):
            server.config["limits"]["bytes_per_second_per_user"] = limit
            reloads = server.log().count(" reloaded")
            server.reload()
            server.wait_for_lines(" reloaded", reloads + 1)
            client.refresh()
            for _ in range(2):
                client.send_channel(0x4000, bytes(90))
            peer.receive()
            assert bool(peer.receive(0.2)) == arrives


def served_by(server: Server) -> bytes:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.tls_port)) as tcp, context.wrap_socket(tcp) as tls:
        return tls.getpeercert(binary_form=True)


def becomes(condition, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def der(certificate: Path) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


@pytest.mark.parametrize("layout", ["files", "certbot", "kubernetes"])
def test_a_renewed_certificate_is_taken_without_being_told(launch, tmp_path, layout):
    ages = {}
    for age in ("old", "new"):
        (tmp_path / age).mkdir()
        certificate, key = make_certificate(tmp_path / age, "localhost")
        ages[age] = (certificate.rename(tmp_path / age / "tls.crt"), key.rename(tmp_path / age / "tls.key"))
    live = tmp_path / "live"
    live.mkdir()
    if layout == "kubernetes":
        (live / "..data").symlink_to(tmp_path / "old")
    for file in ages["old"]:
        if layout == "files":
            shutil.copy(file, live / file.name)
        else:
            (live / file.name).symlink_to(file if layout == "certbot" else f"..data/{file.name}")
    server = launch({"tls": {"certificate": str(live / "tls.crt"), "key": str(live / "tls.key")}})
    assert served_by(server) == der(ages["old"][0])
    if layout == "kubernetes":
        (live / "..tmp").symlink_to(tmp_path / "new")
        (live / "..tmp").rename(live / "..data")
    for file in ages["new"] if layout != "kubernetes" else ():
        if layout == "files":
            shutil.copy(file, live / file.name)
        else:
            (live / f"{file.name}.new").symlink_to(file)
            (live / f"{file.name}.new").rename(live / file.name)
        time.sleep(0.2)  # between the two they do not fit
    assert becomes(lambda: served_by(server) == der(ages["new"][0]))
    assert "certificate_refused" not in server.wait_for_log("certificate_taken")


def test_a_certificate_that_does_not_fit_its_key_is_told_and_the_old_one_served_on(launch, tmp_path, certificate):
    mine = [shutil.copy(file, tmp_path / file.name) for file in certificate]
    server = launch({"tls": {"certificate": str(mine[0]), "key": str(mine[1])}})
    other, _ = make_certificate(tmp_path, "other")
    shutil.copy(other, mine[0])
    server.wait_for_log("certificate_refused", 5)
    assert served_by(server) == der(certificate[0])
    shutil.copy(certificate[0], mine[0])
    server.wait_for_log("certificate_taken", 5)


def install(prefix: str, root: Path) -> str:
    files = ";".join(str(SOURCE / "conf" / name) for name in ("turnpike.yaml", "livekit.example.yaml", "livekit.embedded.example.yaml"))
    script = SOURCE / "cmake" / "install_configuration.cmake"
    result = subprocess.run(
        ["cmake", f"-DCMAKE_INSTALL_PREFIX={prefix}", f"-DSOURCES={files}", "-P", str(script)],
        env=os.environ | {"DESTDIR": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    return result.stdout


@pytest.mark.parametrize("prefix, folder", [("/usr", "etc"), ("/usr/local", "etc"), ("/opt/turnpike", "opt/turnpike/etc")])
def test_the_configuration_is_installed_where_the_program_looks_and_an_edited_one_is_kept(tmp_path, prefix, folder):
    install(prefix, tmp_path)
    installed = tmp_path / folder / "turnpike" / "turnpike.yaml"
    assert installed.read_text() == (SOURCE / "conf" / "turnpike.yaml").read_text()
    installed.write_text("realm: mine\n")
    unit = tmp_path / prefix.lstrip("/") / "lib" / "systemd" / "system" / "turnpike.service"
    unit.parent.mkdir(parents=True)
    shutil.copy(SOURCE / "systemd" / "turnpike.service", unit)
    assert "Keeping" in install(prefix, tmp_path)
    assert f"ExecStart={prefix}/bin/turnpike serve" in unit.read_text() and f"ExecReload={prefix}/bin/turnpike reload" in unit.read_text()
    assert installed.read_text() == "realm: mine\n"
    assert installed.with_name("turnpike.yaml.new").exists()
    assert not installed.with_name("livekit.example.yaml.new").exists()


def test_a_program_with_a_prefix_of_its_own_reads_the_configuration_beside_it(tmp_path):
    if os.path.exists("/etc/turnpike/turnpike.yaml"):
        pytest.skip("this machine has /etc/turnpike/turnpike.yaml")
    (tmp_path / "bin").mkdir()
    (tmp_path / "etc" / "turnpike").mkdir(parents=True)
    (tmp_path / "etc" / "turnpike" / "turnpike.yaml").write_text("realm: beside\n")
    program = shutil.copy(BINARY, tmp_path / "bin" / "turnpike")
    with contextlib.suppress(KeyError):
        os.environ.pop("TURNPIKE_CONFIG")
    assert "realm: beside" in subprocess.run([program, "check"], capture_output=True, text=True).stdout
