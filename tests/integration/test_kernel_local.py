"""The SFU beside the server on one host: what goes to it and what comes from it is relayed in the kernel, and what is not arrives too."""

import contextlib
import os
import pwd
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

import wire
from client import SILENCE_S, Client, Peer
from control_socket import ControlSocket
from kernel_scene import AUTO, CLIENT_SIDE, CONFIG, PAIRS, PATIENCE_S, PEER_SIDE, Call, flows
from kernel_scene import kernel_events, meetings, relayed_in_kernel, three_hosts, udp_counters, wait_for_flows
from namespace import Namespace, connect
from server import Server
from wire import ChannelData

SIZES = [0, 1, 3, 160, 161, 1200, 1383, 1400]
ANY = {"4": "0.0.0.0", "6": "::"}
# Where the SFU is: its address, and what its socket is bound to.
PLACES = {"the relay's address": (PEER_SIDE, None), "another address": (CLIENT_SIDE, None), "any address": (PEER_SIDE, ANY)}
LOCAL = {
    "peers": {"allow": ["10.81.0.0/24", "fd81::/64", "10.82.0.0/24", "fd82::/64", "10.83.0.0/24", "127.0.0.0/8", "::1/128"]},
    "limits": {"allocations_per_user": 0},
}
ACCEPT_LOCAL = "/proc/sys/net/ipv4/conf/lo/accept_local"
UDP_SEGMENT = 103  # of linux/udp.h
PASSED_MAX, HEARTBEAT_S, AFTER_DEATH_S = 17 * 16, 1, 5  # as in test_kernel_rules.py
# As Docker publishes a port of a container.
PUBLISHED, CONTAINER = 7882, "10.83.0.2"
NAT = """table ip published {{
  chain prerouting {{ type nat hook prerouting priority -100; ip daddr {host} udp dport {port} dnat to {container}:{port}; }}
  chain output {{ type nat hook output priority -100; ip daddr {host} udp dport {port} dnat to {container}:{port}; }}
}}"""
# As a firewall that knows connections and looks whether a sender can be where it seems to be.
FIREWALL = """table inet strict {
  chain prerouting { type filter hook prerouting priority -300; fib saddr . iif oif missing drop; }
  chain input { type filter hook input priority 0; policy drop;
    ct state invalid drop; ct state established,related accept; iif lo accept; udp dport 1024-65535 accept; ip protocol icmp accept;
    meta l4proto ipv6-icmp accept; }
  chain output { type filter hook output priority 0; policy accept; ct state invalid drop; }
}"""


@pytest.fixture
def hosts():
    with three_hosts("local-", connect) as (server, client, _):
        yield server, client, server


@pytest.fixture
def server(hosts, launch):
    return launch(CONFIG | LOCAL, hosts[0])


def payloads() -> list[bytes]:
    return [bytes((size + n) % 256 for n in range(size)) for size in SIZES]


def read(host: Namespace, name: str) -> str:
    with host.entered():
        return Path(name).read_text().strip()


def write(host: Namespace, name: str, value: int) -> None:
    with host.entered():
        Path(name).write_text(str(value))


def run_nft(host: Namespace, rules: str) -> None:
    subprocess.run([*host.command(), "nft", "-f", "-"], input=rules, text=True, check=True)


def engines(server: Server) -> dict[str, tuple[str, str]]:
    with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
        return {each["name"]: (each["engine"], each["reason"]) for each in control.get("/engine")["interfaces"]}


def wait_until(condition, seconds: float, what: str) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def helper_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("client_family", "peer_family"), PAIRS)
def test_every_packet_to_and_from_an_SFU_of_this_host_is_relayed_in_the_kernel(hosts, server, client_family, peer_family, place):
    addresses, bound_to = PLACES[place]
    with Call(hosts, server, client_family, peer_family, addresses[peer_family], (bound_to or addresses)[peer_family]) as call:
        exchanged = call.exchange(payloads())
    log = server.wait_for_log("allocation_ended")
    for direction in ("from_client", "to_client"):
        assert f"packets_{direction}={len(SIZES)} bytes_{direction}={sum(SIZES)} " in log
    assert relayed_in_kernel(server) == exchanged


@pytest.mark.parametrize(("client_family", "peer_family"), PAIRS)
def test_a_client_may_be_on_this_host_as_well(hosts, server, client_family, peer_family):
    here = (hosts[0],) * 3
    with Call(here, server, client_family, peer_family, PEER_SIDE[peer_family]) as call:
        exchanged = call.exchange(payloads())
    with Call(here, server, client_family, peer_family, CLIENT_SIDE[peer_family]) as call:
        exchanged += call.exchange(payloads())
    assert relayed_in_kernel(server) == exchanged


@pytest.mark.parametrize("rp_filter", [0, 1, 2])
def test_the_filter_of_ways_back_lets_them_pass(hosts, launch, rp_filter):
    for device in ("all", "lo", "clients"):
        write(hosts[0], f"/proc/sys/net/ipv4/conf/{device}/rp_filter", rp_filter)
    server = launch(CONFIG | LOCAL, hosts[0])
    with Call(hosts, server, "4", "4", PEER_SIDE["4"]) as call:
        exchanged = call.exchange(payloads())
    assert relayed_in_kernel(server) == exchanged


def test_a_strict_firewall_lets_them_pass(hosts, server):
    run_nft(hosts[0], FIREWALL)
    exchanged = 0
    for client_family, peer_family in PAIRS:
        with Call(hosts, server, client_family, peer_family, PEER_SIDE[peer_family]) as call:
            exchanged += call.exchange(payloads())
    assert relayed_in_kernel(server) == exchanged


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_loopback_takes_local_senders_as_long_as_the_server_runs(hosts, launch, before, end):
    write(hosts[0], ACCEPT_LOCAL, before)
    server = launch(CONFIG | LOCAL, hosts[0])
    assert read(hosts[0], ACCEPT_LOCAL) == "1"
    os.kill(server.process.pid, end)
    server.process.wait()
    wait_until(lambda: read(hosts[0], ACCEPT_LOCAL) == str(before), 2, "it is not as it was")


def test_a_helper_that_is_not_root_tells_loopback_as_well(hosts, launch):
    server = launch(CONFIG | LOCAL | {"user": "nobody"}, hosts[0])
    assert os.stat(f"/proc/{helper_of(server.process.pid)}").st_uid == pwd.getpwnam("nobody").pw_uid
    with Call(hosts, server, "4", "4", PEER_SIDE["4"]) as call:
        exchanged = call.exchange(payloads())
    assert read(hosts[0], ACCEPT_LOCAL) == "1"
    assert relayed_in_kernel(server) == exchanged
    assert read(hosts[0], ACCEPT_LOCAL) == "0"


def test_sockets_change_no_setting(hosts, launch):
    launch(CONFIG | LOCAL | {"relay": CONFIG["relay"] | {"engine": "sockets"}}, hosts[0])
    assert read(hosts[0], ACCEPT_LOCAL) == "0"


def test_a_setting_that_somebody_resets_costs_a_second_and_a_line(hosts, launch):
    server = launch(AUTO | LOCAL, hosts[0])
    with Call(hosts, server, "4", "4", PEER_SIDE["4"]) as call, Call(hosts, server, "6", "6", PEER_SIDE["6"]) as other:
        call.exchange([b"before"])
        write(hosts[0], ACCEPT_LOCAL, 0)
        other.exchange([b"IPv6 minds no such thing"])
        wait_until(lambda: read(hosts[0], ACCEPT_LOCAL) == "1", HEARTBEAT_S + 1, "nobody has set it again")
        call.exchange([b"after"])
        lines = server.wait_for_lines("accept_local of loopback to 0", 1)
        assert len(lines) == 1 and "interface=lo engine=tc" in lines[0]
        assert "somebody had set" in engines(server)["lo"][1]


def test_loopback_is_left_to_the_sockets_if_somebody_resets_the_setting_again(hosts, launch):
    server = launch(AUTO | LOCAL, hosts[0])
    with Call(hosts, server, "4", "4", PEER_SIDE["4"]) as call:
        call.exchange([b"before"])
        for _ in range(2):
            write(hosts[0], ACCEPT_LOCAL, 0)
            wait_until(lambda: read(hosts[0], ACCEPT_LOCAL) == "1", HEARTBEAT_S + 1, "nobody has set it again")
        server.wait_for_log('interface=lo engine=sockets reason="somebody had set accept_local of loopback to 0, twice in a minute"')
        wait_for_flows(server, 0)
        write(hosts[0], ACCEPT_LOCAL, 0)
        call.exchange([b"by the sockets"])
        time.sleep(HEARTBEAT_S + 0.5)
        assert read(hosts[0], ACCEPT_LOCAL) == "0", "it is nobody's business any more"
        call.exchange([b"still"])
    assert relayed_in_kernel(server) == 2


def test_a_helper_that_was_killed_leaves_no_trace(hosts, launch):
    server = launch(AUTO | LOCAL, hosts[0])
    with Call(hosts, server, "4", "4", PEER_SIDE["4"]) as call:
        exchanged = call.exchange([b"in the kernel"])
        os.kill(helper_of(server.process.pid), signal.SIGKILL)
        server.wait_for_log('interface=lo engine=sockets reason="the process that attaches has died"')
        wait_for_flows(server, 0)
        call.exchange([b"by the sockets"])
        wait_for_flows_within(server, 2, AFTER_DEATH_S + PATIENCE_S)
        exchanged += call.exchange([b"in the kernel again"])
    assert relayed_in_kernel(server) == exchanged
    assert read(hosts[0], ACCEPT_LOCAL) == "0"


def wait_for_flows_within(server: Server, count: int, seconds: float) -> None:
    wait_until(lambda: flows(server) == count, seconds, f"not {count} flows")


def test_loopback_that_goes_down_and_comes_up_is_served_again(hosts, launch):
    server = launch(AUTO | LOCAL, hosts[0])
    with Call(hosts, server, "4", "4", PEER_SIDE["4"]) as call:
        exchanged = call.exchange([b"before"])
        hosts[0].ip("link", "set", "lo", "down")
        server.wait_for_log('interface=lo engine=sockets reason="it is down"')
        wait_for_flows(server, 0)
        hosts[0].ip("link", "set", "lo", "up")
        wait_for_flows(server, 2)
        exchanged += call.exchange([b"after"])
    assert relayed_in_kernel(server) == exchanged


def test_nothing_passes_once_the_allocation_has_ended(hosts, server):
    with Call(hosts, server, "4", "4", PEER_SIDE["4"]) as call:
        call.exchange([b"hello"])
        assert call.client.refresh(0).code == 0
        call.client.send(wire.channel_data(call.CHANNEL, b"late"))
        call.peer.send(b"late", call.relay)
        assert call.client.receive(SILENCE_S) is None
        with contextlib.suppress(ConnectionRefusedError):
            assert call.peer.receive(SILENCE_S) is None


def test_flows_follow_an_address_of_this_host_that_goes_and_comes(hosts, server):
    moving = "10.82.0.77"
    hosts[0].add_address("lo", f"{moving}/32")
    with Call(hosts, server, "4", "4", moving, ANY["4"]) as call:
        call.to_peer(b"before")
        hosts[0].ip("address", "del", f"{moving}/32", "dev", "lo")
        call.wait_until_lost()
        hosts[0].add_address("lo", f"{moving}/32")
        call.wait_until_reached()
        wait_for_flows(server, 2)
        call.to_peer(b"after")


@pytest.mark.parametrize("engine", ["sockets", "kernel"])
def test_what_an_SFU_joins_arrives_by_the_sockets(hosts, launch, engine):
    server = launch(AUTO | LOCAL | {"relay": CONFIG["relay"] | {"engine": engine}}, hosts[0])
    with Call(hosts, server, "4", "6", PEER_SIDE["6"]) as call:
        parts = [bytes([n]) * 200 for n in range(8)]
        call.peer.socket.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 200)
        call.peer.send(b"".join(parts), call.relay)
        assert [call.client.receive() for _ in parts] == [ChannelData(call.CHANNEL, part) for part in parts]
        call.peer.socket.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)
        call.to_client(bytes(1500))  # too large for the client's cable, so in fragments
        exchanged = call.exchange([b"single"])
    if engine == "kernel":
        events = kernel_events(server)
        assert events["relayed"] == exchanged and events["segments"] >= 1


@pytest.mark.parametrize("engine", ["sockets", "kernel"])
@pytest.mark.parametrize(("family", "loopback"), [("4", "127.0.0.1"), ("6", "::1")])
def test_a_peer_at_a_loopback_address_is_the_sockets(hosts, launch, engine, family, loopback):
    server = launch(CONFIG | LOCAL | {"relay": CONFIG["relay"] | {"engine": engine}}, hosts[0])
    with Call(hosts, server, "4", family, loopback, in_kernel=0) as call:
        call.exchange([b"by the sockets"])
    if engine == "kernel":
        assert relayed_in_kernel(server) == 0


@pytest.mark.parametrize(("client_family", "peer_family"), PAIRS)
def test_a_closed_port_of_this_host_is_reported_and_opens_again_ICMP_01(hosts, server, client_family, peer_family):
    with Call(hosts, server, client_family, peer_family, PEER_SIDE[peer_family]) as call:
        exchanged = call.exchange([b"open"])
        at = call.peer.address
        call.peer.socket.close()
        call.client.send(wire.channel_data(call.CHANNEL, b"closed"))
        report = call.client.receive()
        assert report.address(wire.XOR_PEER_ADDRESS) == at
        assert report.get(wire.ICMP)[2:4] == {"4": b"\x03\x03", "6": b"\x01\x04"}[peer_family]
        with hosts[0].entered():
            call.peer = Peer(*at)
        exchanged += call.exchange([b"open again"])
    assert relayed_in_kernel(server) == exchanged + 1


def test_what_was_left_to_the_sockets_is_told_with_the_reason(hosts, server):
    with Call(hosts, server, "4", "4", PEER_SIDE["4"]) as call, Call(hosts, server, "4", "4", "127.0.0.1", in_kernel=0) as other:
        exchanged = call.exchange([b"in the kernel"])
        other.exchange([b"by the sockets"])
        with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
            told = control.get("/engine")
    assert told["added"] == 2 and told["not_added"] == {"no_way": 2}
    assert told["packets"]["relayed"] == exchanged and told["packets"]["no_flow"] >= 1
    at = {each["name"]: each["packets"] for each in told["interfaces"] if "packets" in each}
    assert at["lo"]["relayed"] == at["clients"]["relayed"] == exchanged / 2, "from the SFU, and from the client"
    assert at["lo"]["no_flow"] >= 1 and at["clients"]["control"] >= 1


@contextlib.contextmanager
def container(host: Namespace):
    """On a bridge, with a port that is published at an address of the host."""
    inside = Namespace("local-container")
    try:
        connect(host, inside, "port")
        host.ip("link", "add", "bridge", "type", "bridge")
        host.ip("link", "set", "port", "master", "bridge")
        host.ip("link", "set", "bridge", "up")
        host.add_address("bridge", "10.83.0.1/24")
        inside.add_address("wire", f"{CONTAINER}/24")
        inside.ip("route", "add", "default", "via", "10.83.0.1")
        host.forward()
        run_nft(host, NAT.format(host=PEER_SIDE["4"], port=PUBLISHED, container=CONTAINER))
        yield inside
    finally:
        inside.close()


def test_an_SFU_in_a_container_is_relayed_by_its_bridge(hosts, launch):
    server = launch(AUTO | LOCAL, hosts[0])
    with container(hosts[0]) as inside:
        server.wait_for_log("interface=bridge engine=tc")
        with Call((hosts[0], hosts[1], inside), server, "4", "4", CONTAINER) as call:
            exchanged = call.exchange(payloads())
        assert relayed_in_kernel(server) == exchanged


@pytest.mark.parametrize("engine", ["sockets", "auto"])
def test_answers_from_a_published_port_arrive_by_the_sockets_and_cast_no_doubt(hosts, launch, engine):
    server = launch(AUTO | LOCAL | {"relay": CONFIG["relay"] | {"engine": engine}, "workers": 1}, hosts[0])
    with container(hosts[0]) as inside, contextlib.ExitStack() as stack:
        scene = hosts[0], hosts[1], inside
        for number in range(4):
            hosts[1].add_address("wire", f"10.81.0.{20 + number}/24")
            hosts[1].ip("route", "replace", CLIENT_SIDE["4"], "dev", "wire", "src", f"10.81.0.{20 + number}")
            call = stack.enter_context(Call(scene, server, "4", "4", PEER_SIDE["4"], CONTAINER, PUBLISHED))
            call.client.send(wire.channel_data(call.CHANNEL, b"hello"))
            assert call.peer.receive() == (b"hello", call.relay)
            for _ in range(PASSED_MAX // 2):
                call.to_client(b"answer")
            call.peer.socket.close()
        if engine == "auto":
            time.sleep(HEARTBEAT_S + 0.5)
            assert engines(server)["lo"][0] == "tc"
    if engine == "auto":
        assert relayed_in_kernel(server) == 4


def test_clients_of_this_host_that_meet_are_one_flow_each_way_whichever_workers_have_them(hosts, certificate, tmp_path):
    server = Server(tmp_path, certificate, 2, CONFIG | LOCAL, hosts[0]).start()
    with meetings(server, hosts[0], hosts[0]) as pairs:
        before = udp_counters(hosts[0])["InDatagrams"]
        exchanged = sum(pair.exchange(payloads()) for pair in pairs)
        assert udp_counters(hosts[0])["InDatagrams"] == before + exchanged, "of the clients alone"


def test_what_relays_on_loopback_is_told(hosts, launch):
    server = launch(CONFIG | LOCAL, hosts[0])
    reason = "what this host sends to itself is taken on its way into loopback"
    server.wait_for_log(f'relay_engine interface=lo engine=tc reason="{reason}"')
    assert engines(server)["lo"] == ("tc", reason)
    with hosts[0].entered(), Peer(PEER_SIDE["4"]) as peer:
        peer.send(b"to itself", peer.address)
        assert peer.receive() == (b"to itself", peer.address)
