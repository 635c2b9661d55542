"""Addresses of a host that come and go: relays follow them, and the server says when there is none. A server and its clients on one cable."""

import contextlib
import os
import subprocess
import time

import pytest

import wire
from client import Client, Peer
from control_socket import ControlSocket
from namespace import Namespace, connect
from server import BINARY

FIRST, SECOND, THIRD = "10.84.0.1", "10.84.0.2", "10.84.0.3"
CLIENT = "10.84.0.10"
GATEWAY = "10.84.0.254"
PATIENCE_S = 5
CONFIG = {
    "listen": {"udp": ["0.0.0.0:{port}", "[::]:{port}"], "tcp": ["0.0.0.0:{port}"], "tls": []},
    "relay": {"addresses": []},
    "peers": {"allow": [f"{CLIENT}/32"]},
    "control": {"socket": "{directory}/control.sock"},
}


@pytest.fixture
def hosts():
    with contextlib.ExitStack() as stack:
        server, clients = (stack.enter_context(contextlib.closing(Namespace(f"addresses-{name}"))) for name in ("server", "clients"))
        connect(server, clients)
        for address in (CLIENT, GATEWAY):
            clients.add_address("wire", f"{address}/24")
        yield server, clients


def add(host: Namespace, address: str, with_route: bool = True) -> None:
    host.ip("address", "add", f"{address}/24", "dev", "wire")
    if with_route:
        host.ip("route", "replace", "default", "via", GATEWAY, "src", address)


def remove(host: Namespace, address: str) -> None:
    host.ip("address", "del", f"{address}/24", "dev", "wire")


def is_ready(server) -> bool:
    connection = ControlSocket(f"{server.directory}/control.sock")
    connection.request("GET", "/readyz")
    response = connection.getresponse()
    response.read()
    return response.status == 200


def becomes(condition) -> bool:
    until = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def client_at(hosts, server, address: str) -> Client:
    with hosts[1].entered():
        return Client(server, host=address)


def relay_of(hosts, server, address: str) -> str:
    with client_at(hosts, server, address) as client:
        return client.relay()[0]


def relays(hosts, server, address: str) -> bool:
    """Whether a new client gets a relay there, over which it reaches a peer."""
    with client_at(hosts, server, address) as client, hosts[1].entered():
        peer = Peer(CLIENT)
        with peer:
            relay = client.relay()
            if relay[0] != address:
                return False
            assert client.bind(0x4000, peer.address) == 0
            client.send_channel(0x4000, b"out")
            return peer.receive() == (b"out", relay)


@pytest.mark.parametrize("with_route", [True, False], ids=["default_route", "no_default_route"])
def test_relays_follow_an_address_that_changes_and_allocations_on_the_old_one_end_with_a_cause(hosts, launch, with_route):
    add(hosts[0], FIRST, with_route)
    server = launch(CONFIG, hosts[0])
    assert relays(hosts, server, FIRST)
    old = client_at(hosts, server, FIRST)
    relay = old.relay()
    remove(hosts[0], FIRST)
    add(hosts[0], SECOND, with_route)
    server.wait_for_log(f"relay_addresses relay_addresses=[{SECOND}]", PATIENCE_S)
    ended = server.wait_for_log('reason="address gone"', PATIENCE_S)
    assert f"relayed=[{relay[0]}:{relay[1]}]" in next(line for line in ended.splitlines() if "address gone" in line)
    assert relays(hosts, server, SECOND) and is_ready(server)


def test_of_two_relays_of_an_allocation_the_one_whose_address_goes_ends_alone(hosts, launch):
    add(hosts[0], FIRST)
    hosts[0].add_address("wire", "fd84::1/64")
    hosts[0].ip("route", "add", "default", "via", "fd84::fe")
    server = launch(CONFIG, hosts[0])
    with client_at(hosts, server, FIRST) as client, hosts[1].entered():
        with Peer(CLIENT) as peer:
            relays = client.allocate((wire.ADDITIONAL_ADDRESS_FAMILY, wire.IPV6_FAMILY)).relays()
            assert [host for host, _ in relays] == [FIRST, "fd84::1"]
            assert client.bind(0x4000, peer.address) == 0
            hosts[0].ip("address", "del", "fd84::1/64", "dev", "wire")
            server.wait_for_log(f"relay_addresses relay_addresses=[{FIRST}]", PATIENCE_S)
            assert becomes(lambda: client.permit(("fd84::99", 1)) == 443)
            client.send_channel(0x4000, b"on")
            assert peer.receive() == (b"on", relays[0]) and client.refresh().code == 0
    assert "address gone" not in server.log()


def renew_it_and_cut_the_link(hosts, server) -> None:
    remove(hosts[0], FIRST)
    add(hosts[0], FIRST)
    hosts[0].ip("link", "set", "wire", "down")
    assert becomes(lambda: not is_ready(server))
    hosts[0].ip("link", "set", "wire", "up")
    hosts[0].ip("route", "replace", "default", "via", GATEWAY, "src", FIRST)
    assert becomes(lambda: is_ready(server))


def add_another(hosts, server) -> None:
    add(hosts[0], SECOND)  # the default route has it as its source by now
    server.wait_for_log(f"relay_addresses relay_addresses=[{SECOND}]", PATIENCE_S)
    assert relay_of(hosts, server, SECOND) == SECOND


@pytest.mark.parametrize("change", [renew_it_and_cut_the_link, add_another])
def test_an_address_that_is_renewed_or_gets_company_ends_nothing(hosts, launch, change):
    add(hosts[0], FIRST)
    server = launch(CONFIG, hosts[0])
    with client_at(hosts, server, FIRST) as client:
        client.allocate()
        change(hosts, server)
        assert client.refresh().code == 0
    assert "address gone" not in server.log()


def test_a_server_that_was_started_before_the_network_is_ready_when_that_comes(hosts, launch):
    server = launch(CONFIG, hosts[0])
    assert "relay_on_loopback" in server.log() and not is_ready(server)
    add(hosts[0], FIRST)
    assert becomes(lambda: is_ready(server))
    assert relays(hosts, server, FIRST)
    remove(hosts[0], FIRST)
    assert becomes(lambda: not is_ready(server))
    server.wait_for_lines("relay_on_loopback", 2, PATIENCE_S)
    add(hosts[0], THIRD)
    assert becomes(lambda: is_ready(server))
    assert relays(hosts, server, THIRD)


def test_a_configured_relay_address_that_goes_makes_the_server_not_ready_until_it_is_back(hosts, launch):
    for address in (SECOND, FIRST):  # the first address of a network takes the others with it
        add(hosts[0], address)
    server = launch(CONFIG | {"relay": {"addresses": [FIRST]}}, hosts[0])
    assert relays(hosts, server, FIRST)
    remove(hosts[0], FIRST)
    server.wait_for_log("no_relay_address", PATIENCE_S)
    assert not is_ready(server)
    with client_at(hosts, server, SECOND) as client:
        assert client.request(wire.ALLOCATE, [wire.UDP]).code in (440, 508)
    add(hosts[0], FIRST)
    assert becomes(lambda: is_ready(server))
    assert relays(hosts, server, FIRST)


def test_an_address_that_comes_later_is_the_hosts_own_and_its_listeners_are_no_peers_SEC_04(hosts, launch):
    add(hosts[0], FIRST)
    server = launch(CONFIG | {"peers": {"allow": ["10.84.0.0/24"]}}, hosts[0])
    add(hosts[0], SECOND, with_route=False)

    def is_refused() -> bool:
        with client_at(hosts, server, FIRST) as client:
            client.allocate()
            return client.bind(0x4000, (SECOND, server.port)) == 403

    assert becomes(is_refused)
    server.config["peers"] = {"allow": []}
    server.reload()
    server.wait_for_log("reloaded")

    def is_no_peer() -> bool:
        with client_at(hosts, server, FIRST) as client:
            client.allocate()
            return client.bind(0x4000, (SECOND, 161)) == 403

    assert becomes(is_no_peer)
    refused = server.wait_for_log("cause=peer_is_this_host", PATIENCE_S)
    assert f'hint="peers.allow: [{SECOND}:PORTS]"' in refused


def test_the_start_waits_for_an_address_as_long_as_it_may_and_then_names_it(hosts, tmp_path):
    config = tmp_path / "turnpike.yaml"
    config.write_text(f"relay: {{addresses: [{FIRST}], wait_for_addresses_s: 20}}\nlisten: {{udp: ['{FIRST}:3478'], tcp: []}}\ncontrol: {{socket: '', listen: ''}}\n")
    command = [*hosts[0].command(), BINARY, "--config", str(config)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        time.sleep(0.5)
        assert process.poll() is None and (tmp_path / "log").read_text() == ""
        add(hosts[0], FIRST)
        assert becomes(lambda: " started " in (tmp_path / "log").read_text())
    finally:
        process.terminate()
        process.wait()
    result = subprocess.run([*command, "--relay.addresses", THIRD, "--relay.wait_for_addresses_s", "1"], capture_output=True, text=True, timeout=20)
    assert result.returncode == 1 and f"relay.addresses: {THIRD}: this host does not have it" in result.stderr


def test_check_names_the_hosts_own_addresses_and_how_an_sfu_there_is_allowed(hosts, tmp_path):
    add(hosts[0], FIRST)

    def check(*options: str) -> str:
        command = [*hosts[0].command(), BINARY, "check", "--config", os.devnull, "--credentials.rest_secrets", "north", *options]
        return subprocess.run(command, capture_output=True, text=True).stdout

    assert f"# no peers: {FIRST}, which this host has itself; for an SFU here give peers.allow: [{FIRST}:PORTS]" in check()
    allowed = ["--peers.allow", f"{FIRST}:50000-60000"]
    assert "# no peers" not in check(*allowed)
    assert f"# peers on this host, {FIRST}: the kernel relays" in check(*allowed)
    assert f"# peers on this host, {FIRST}: the sockets relay: relay.engine is sockets" in check(*allowed, "--relay.engine", "sockets")
