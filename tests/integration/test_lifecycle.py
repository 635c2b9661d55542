"""Start, reload and end of the process: exit codes, messages, signals, and what lives on through a reload."""

import os
import signal
import socket
import subprocess
import time

import pytest

import wire
from client import Client, Peer, is_closed_within
from server import BINARY, USERS, Server, free_port, make_certificate
from test_wire_streams import tls_connect


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], env=env, capture_output=True, text=True, timeout=10, stdin=subprocess.DEVNULL)


def start_with(tmp_path, text: str) -> subprocess.CompletedProcess:
    config = tmp_path / "bad.yaml"
    config.write_text(text)
    return run("serve", "--config", str(config))


def wait_until(condition, seconds: float = 2) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("kind, listener", [(socket.SOCK_DGRAM, "udp"), (socket.SOCK_STREAM, "tcp"), (socket.SOCK_STREAM, "tls")])
def test_a_port_in_use_is_exit_code_1_and_its_name(workers, certificate, tmp_path, kind, listener):
    port, others = free_port(), {"udp": [], "tcp": [], "tls": []}
    with socket.socket(socket.AF_INET, kind) as holder:
        holder.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        server = Server(tmp_path, certificate, workers, {"listen": {**others, listener: [f"127.0.0.1:{port}"]}})
        server.write_config()
        result = run("serve", "--config", str(server.config_file))
    assert result.returncode == 1
    output = result.stdout + result.stderr
    assert f"127.0.0.1:{port}" in output and listener in output and len(result.stderr.splitlines()) == 1


NO_CERTIFICATE = 'tls: {certificate: /nowhere/x.crt, key: /nowhere/x.key}\nlisten: {udp: [], tcp: [], tls: ["127.0.0.1:11999"]}\n'
BAD_CONFIGURATIONS = {
    "unknown key": ("realm: x\nrelm: y\n", 2, "relm"),
    "unknown nested key": ("listen:\n  upd: []\n", 2, "listen.upd"),
    "bad value": ("workers: many\n", 1, "workers"),
    "bad CIDR": ('realm: x\npeers:\n  deny: ["10.0.0.0/33"]\n', 3, "peers.deny"),
    "bad port range": ("relay: {ports: 60000-50000}\n", 1, "relay.ports"),
    "duplicate key": ("realm: x\nworkers: 1\nrealm: y\n", 3, "realm"),
    "feature of later": ("mobility: true\n", 1, "mobility"),
    "certificate that is not there": (NO_CERTIFICATE, None, "/nowhere/x.crt"),
}


@pytest.mark.parametrize("name", BAD_CONFIGURATIONS)
def test_a_wrong_configuration_is_exit_code_2_and_one_line_S11(tmp_path, name):
    text, line, key = BAD_CONFIGURATIONS[name]
    result = start_with(tmp_path, text)
    assert result.returncode == 2, result.stdout + result.stderr
    assert len(result.stderr.splitlines()) == 1 and key in result.stderr
    if line is not None:
        assert f"bad.yaml:{line}: {key}" in result.stderr


def test_a_missing_configuration_file_is_exit_code_2_and_its_name():
    result = run("serve", "--config", "/nowhere/turnpike.yaml")
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1 and "/nowhere/turnpike.yaml" in result.stderr


def test_check_prints_the_effective_configuration_and_finds_faults(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("realm: elsewhere\n")
    bad.write_text("relm: elsewhere\n")
    result = run("check", "--config", str(good))
    assert result.returncode == 0 and "realm: elsewhere" in result.stdout and "49152-65535" in result.stdout
    assert run("check", "--config", str(bad)).returncode == 2


def test_flags_beat_the_environment_and_the_environment_beats_the_file(tmp_path):
    config = tmp_path / "turnpike.yaml"
    config.write_text("realm: file\nworkers: 1\nlimits: {allocations_per_user: 3}\n")
    environment = {**os.environ, "TURNPIKE_WORKERS": "2", "TURNPIKE_REALM": "environment"}
    result = run("check", "--config", str(config), "--realm", "flag", env=environment)
    assert "realm: flag" in result.stdout and "workers: 2" in result.stdout and "allocations_per_user: 3" in result.stdout


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_the_server_within_a_second_under_load(launch, end):
    server = launch()
    with Client(server) as udp, Client(server, "tcp") as tcp, Client(server, "tls") as tls, Peer() as peer:
        for client in (udp, tcp, tls):
            client.allocate()
            assert client.bind(0x4000, peer.address) == 0
            for _ in range(200):
                client.send_channel(0x4000, bytes(1000))
        began = time.monotonic()
        server.process.send_signal(end)
        assert server.process.wait(5) == 0 and time.monotonic() - began < 1
        for client in (tcp, tls):
            assert client.is_closed_within(1)


def reload_and_wait(server: Server, event: str = "reloaded", how: signal.Signals = signal.SIGHUP) -> None:
    before = server.log().count(event)
    server.write_config()
    server.process.send_signal(how)
    assert wait_until(lambda: server.log().count(event) > before), server.log()


def test_a_reload_changes_credentials_and_keeps_allocations_AUTH_40(launch):
    server = launch()
    with Client(server) as old, Client(server, "tls") as stream, Peer() as peer:
        relay = old.relay()
        assert old.bind(0x4000, peer.address) == 0
        stream_relay = stream.relay()
        server.config["credentials"]["users"] = {"user2": USERS["user2"], "newcomer": "n3wPassw0rd"}
        reload_and_wait(server)
        old.send_channel(0x4000, b"still here")
        assert peer.receive() == (b"still here", relay)
        peer.send(b"and back", relay)
        assert old.receive() == wire.ChannelData(0x4000, b"and back")
        with Client(server) as removed, Client(server, user="newcomer", password="n3wPassw0rd") as newcomer:
            assert removed.ask(removed.signed(wire.ALLOCATE, [wire.UDP])).code == 401
            newcomer.allocate()
        assert stream.is_alive() and not is_closed_within(stream_relay, 0.05)


def test_a_reload_changes_the_realm_and_clients_learn_it_from_a_438_AUTH_19(launch):
    server = launch()
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        server.config["realm"] = "another"
        reload_and_wait(server)
        assert "restart_needed" not in server.log()
        client.send_channel(0x4000, b"goes on")
        assert peer.receive() == (b"goes on", relay)
        answer = client.ask(client.signed(wire.REFRESH))
        assert (answer.code, answer.get(wire.REALM)) == (438, b"another")
        client.realm = "another"
        client.learn(answer)
        assert client.refresh().code == client.bind(0x4000, peer.address) == 0


def test_a_reload_changes_the_ports_and_keeps_relays_outside_of_them(launch):
    first, second = range(31900, 31910), range(31910, 31920)
    server = launch({"relay": {"ports": f"{first[0]}-{first[-1]}"}})
    with Client(server) as old, Client(server) as new, Peer() as peer:
        relay = old.relay()
        assert relay[1] in first and old.permit(peer.address) == 0
        server.config["relay"]["ports"] = f"{second[0]}-{second[-1]}"
        reload_and_wait(server)
        assert "restart_needed" not in server.log() and new.relay()[1] in second
        peer.send(b"still here", relay)
        assert old.receive_data() == (peer.address, b"still here")
        assert old.refresh(0).code == 0 and is_closed_within(relay, 1)


def test_a_secret_that_is_taken_away_ends_its_allocations_where_that_is_asked_for(launch):
    server = launch()
    with Client(server, user="user") as gone, Client(server, user="user2") as stays:
        gone.allocate()
        stays.allocate()
        server.config["credentials"] |= {"users": {"user2": USERS["user2"]}, "end_unverified": True}
        reload_and_wait(server)
        ended = server.wait_for_log('reason="credential gone"')
        assert ended.count("credential gone") == 1 and "user=user " in next(line for line in ended.splitlines() if "credential gone" in line)
        assert stays.refresh().code == 0 and gone.ask(gone.signed(wire.ALLOCATE, [wire.UDP])).code == 401
        gone.has_allocation = False


def test_a_new_deny_rule_ends_what_it_denies_at_once(launch):
    server = launch()
    with Client(server) as client, Peer("127.0.0.1") as allowed, Peer("127.0.0.9") as denied:
        relay = client.relay()
        assert client.bind(0x4000, allowed.address) == client.bind(0x4001, denied.address) == 0
        server.config["peers"]["deny"] = ["127.0.0.9/32"]
        reload_and_wait(server)
        client.refresh()  # the worker has heard of it by then
        for payload in (b"1", b"2"):
            client.send_channel(0x4001, b"denied")
            client.send_channel(0x4000, payload)
            assert allowed.receive() == (payload, relay)
            denied.send(b"denied", relay)
        assert client.receive(0.1) is None and denied.receive(0.1) is None
        assert client.bind(0x4001, denied.address) == 403
        assert client.permit(denied.address) == 403
        assert client.bind(0x4000, allowed.address) == 0


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGUSR2])
def test_a_reload_changes_the_certificate_and_keeps_connections_TLS_13(launch, tmp_path, how):
    server = launch()
    with Client(server, "tls") as old:
        relay = old.relay()
        before = tls_connect(server).getpeercert(binary_form=True)
        certificate, key = make_certificate(tmp_path, "renewed")
        server.config["tls"] = {"certificate": str(certificate), "key": str(key)}
        reload_and_wait(server, how=how)
        with tls_connect(server) as fresh:
            assert fresh.getpeercert(binary_form=True) != before
        assert old.refresh().code == 0 and not is_closed_within(relay, 0.05)


RELOAD_FAULTS = {
    "bad CIDR": {"peers": {"deny": ["10.0.0.0/99"]}},
    "certificate that is not there": {"tls": {"certificate": "/nowhere/x.crt", "key": "/nowhere/x.key"}},
    "unknown key": {"relm": "x"},
}


@pytest.mark.parametrize("name", RELOAD_FAULTS)
def test_a_reload_with_a_fault_is_refused_and_the_old_configuration_stays_S11(launch, name):
    server = launch()
    with Client(server) as client:
        client.allocate()
        good = dict(server.config)
        server.config |= RELOAD_FAULTS[name]
        server.config["credentials"] = {"users": {}}
        reload_and_wait(server, "reload_refused")
        server.config = good
        assert client.refresh().code == 0
        for transport in ("udp", "tls"):
            with Client(server, transport) as another:
                another.allocate()


def test_a_hundred_reloads_under_load_lose_nothing_S33(launch):
    server = launch()
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        for number in range(100):
            server.process.send_signal(signal.SIGHUP)
            client.send_channel(0x4000, b"%d" % number)
            assert peer.receive() == (b"%d" % number, relay)
    assert wait_until(lambda: "reloaded" in server.log())


@pytest.mark.parametrize("how, grace_s", [(signal.SIGUSR1, 0), (signal.SIGTERM, 30)], ids=["SIGUSR1", "SIGTERM_with_grace"])
def test_a_draining_server_refuses_new_allocations_and_ends_with_the_last_one_ALT_08(launch, how, grace_s):
    server = launch({"shutdown_grace_s": grace_s})
    with Client(server) as old, Client(server, "tls") as new, Peer() as peer:
        relay = old.relay()
        server.process.send_signal(how)
        server.wait_for_log("draining")
        assert wait_until(lambda: new.request(wire.ALLOCATE, [wire.UDP]).code == 508)
        assert old.bind(0x4000, peer.address) == 0
        old.send_channel(0x4000, b"runs on")
        assert peer.receive() == (b"runs on", relay)
        assert old.refresh(0).code == 0
        assert server.process.wait(2) == 0


@pytest.mark.parametrize("second", [None, signal.SIGTERM, signal.SIGINT])
def test_a_drain_ends_with_its_grace_time_or_at_once_by_a_second_signal(launch, second):
    server = launch({"shutdown_grace_s": 1 if second is None else 30})
    with Client(server) as client:
        client.allocate()
        began = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        server.wait_for_log("draining")
        if second:
            server.process.send_signal(second)
        assert server.process.wait(3) == 0
        assert (time.monotonic() - began < 1) == bool(second)
