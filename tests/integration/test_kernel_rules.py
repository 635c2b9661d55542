"""Where the kernel engine must do as the sockets would: what comes in elsewhere, time to live, one client's habits, a helper that has died."""

import contextlib
import os
import signal
import socket
import struct
import time
from pathlib import Path

import pytest

import wire
from client import SILENCE_S, Client, Peer
from control_socket import ControlSocket
from kernel_scene import AUTO, CLIENT_SIDE, CLIENTS, CONFIG, PAIRS, PATIENCE_S, PEER_SIDE, PEERS, Call
from kernel_scene import kernel_events, relayed_in_kernel, three_hosts, wait_for_flows
from namespace import Namespace, connect
from server import Server

HABITS = 400  # packets; a server that is in doubt of an interface has looked at fewer
PASSED_MAX, HEARTBEAT_S = 17 * 16, 1  # packets until an interface is doubted, and when the doubt is settled
AFTER_DEATH_S = 5
IP_RECVTTL = 12  # of linux/in.h
UDP_SEGMENT, SEGMENTS = 103, 16  # of linux/udp.h
HOP_LIMITS = {"4": "net/ipv4/ip_default_ttl", "6": "net/ipv6/conf/peers/hop_limit"}
RECEIVE_TTL = {"4": (socket.IPPROTO_IP, IP_RECVTTL), "6": (socket.IPPROTO_IPV6, socket.IPV6_RECVHOPLIMIT)}
SEND_TTL = {"4": (socket.IPPROTO_IP, socket.IP_TTL), "6": (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)}


@pytest.fixture
def hosts():
    with three_hosts("rules-", connect) as hosts:
        yield hosts


def set_up(host: Namespace, **settings: int) -> None:
    """Of the kernel: a name has the form of net/ipv4/conf/all/rp_filter."""
    with host.entered():
        for name, value in settings.items():
            Path("/proc/sys", name).write_text(str(value))


def filter_by_way_back(host: Namespace, mode: int) -> None:
    set_up(host, **{f"net/ipv4/conf/{device}/rp_filter": mode for device in ("all", "clients", "peers")})


def with_engine(engine: str, **more) -> dict:
    return CONFIG | {"relay": CONFIG["relay"] | {"engine": engine}} | more


def engines(server: Server) -> dict[str, str]:
    with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
        return {each["name"]: each["engine"] for each in control.get("/engine")["interfaces"]}


@contextlib.contextmanager
def forged_peer(client_host: Namespace, peer: wire.Address):
    """A socket at the client's host that has the peer's address, and sends by the client's cable."""
    client_host.add_address("lo", f"{peer[0]}/32")
    client_host.ip("route", "replace", PEER_SIDE["4"], "via", CLIENT_SIDE["4"], "dev", "wire")
    with client_host.entered(), Peer(peer[0], peer[1]) as forged:
        yield forged


@pytest.mark.parametrize("engine", ["sockets", "kernel"])
@pytest.mark.parametrize("rp_filter", [1, 0])
def test_a_datagram_of_the_peers_that_comes_by_the_clients_cable_is_the_stacks_to_judge(hosts, launch, engine, rp_filter):
    filter_by_way_back(hosts[0], rp_filter)
    server = launch(with_engine(engine), hosts[0])
    with Call(hosts, server, "4", "4") as call:
        exchanged = call.exchange([b"each by its own cable"])
        with forged_peer(hosts[1], call.peer.address) as forged:
            forged.send(b"forged", call.relay)
            heard = call.client.receive(SILENCE_S)
        assert (heard is None) == (rp_filter == 1), heard
        exchanged += call.exchange([b"as before"])
    if engine == "kernel":
        events = kernel_events(server)
        assert (events["relayed"], events["other_entrance"]) == (exchanged, 1)


def test_a_clients_packets_that_come_by_another_cable_are_the_stacks_to_judge(hosts, launch):
    server_host, client_host, _ = hosts
    server = launch(CONFIG, server_host)
    with Call(hosts, server, "4", "4") as call:
        exchanged = call.exchange([b"by the usual way"])
        connect_again(server_host, client_host)
        for rp_filter, is_heard in ((0, True), (1, False)):
            filter_by_way_back(server_host, rp_filter)
            set_up(server_host, **{"net/ipv4/conf/detour/rp_filter": rp_filter})
            call.client.send(wire.channel_data(call.CHANNEL, b"by the detour"))
            assert (call.peer.receive(3 if is_heard else SILENCE_S) is not None) == is_heard
    assert relayed_in_kernel(server) == exchanged


def connect_again(server_host: Namespace, client_host: Namespace) -> None:
    """Another cable, by which the client's host sends; what is for it still comes by the first."""
    server_host.ip("link", "add", "detour", "type", "veth", "peer", "name", "detour", "netns", client_host.name)
    for host in (server_host, client_host):
        host.ip("link", "set", "detour", "up")
    client_host.ip("route", "add", CLIENT_SIDE["4"], "dev", "detour", "src", CLIENTS["4"])
    set_up(client_host, **{f"net/ipv4/conf/{device}/rp_filter": 0 for device in ("all", "wire", "detour")})


def connect_by_bridge(left: Namespace, right: Namespace, left_device: str) -> None:
    port = f"{left_device}-port"
    connect(left, right, port)
    left.ip("link", "add", left_device, "type", "bridge")
    left.ip("link", "set", port, "master", left_device)
    left.ip("link", "set", left_device, "up")


def test_what_comes_in_by_a_port_of_the_routes_bridge_is_relayed_in_the_kernel(launch):
    with three_hosts("bridge-", connect_by_bridge) as hosts:
        server = launch(CONFIG, hosts[0])
        with Call(hosts, server, "4", "6") as call:
            exchanged = call.exchange([b"by a bridge", bytes(1400)])
        events = kernel_events(server)
        assert events["relayed"] == exchanged and events["other_entrance"] + events["other_host"] >= exchanged


def hop_limit_of(peer: Peer) -> int:
    _, ancillary, _, _ = peer.socket.recvmsg(65536, 64)
    return struct.unpack("i", ancillary[0][2])[0]


@pytest.mark.parametrize("engine", ["sockets", "kernel"])
@pytest.mark.parametrize(("client_family", "peer_family"), PAIRS)
def test_relayed_packets_leave_with_the_systems_time_to_live_IPF_07(hosts, launch, engine, client_family, peer_family):
    set_up(hosts[0], **dict.fromkeys(HOP_LIMITS.values(), 77))
    server = launch(with_engine(engine), hosts[0])
    with Call(hosts, server, client_family, peer_family) as call:
        call.peer.socket.setsockopt(*RECEIVE_TTL[peer_family], 1)
        call.peer.socket.settimeout(2)
        for sent in (1, 2, 64, 255):
            call.client.socket.setsockopt(*SEND_TTL[client_family], sent)
            call.client.send(wire.channel_data(call.CHANNEL, b"near or far"))
            assert hop_limit_of(call.peer) == 77
        set_up(hosts[0], **{HOP_LIMITS[peer_family]: 88})
        until = time.monotonic() + PATIENCE_S
        while True:
            call.client.send(wire.channel_data(call.CHANNEL, b"the system was changed"))
            if hop_limit_of(call.peer) == 88:
                break
            assert time.monotonic() < until, "the limit stays what it was"
            time.sleep(0.05)


def test_padded_channel_data_is_relayed_in_the_kernel_and_casts_no_doubt(hosts, launch):
    server = launch(AUTO | {"workers": 1}, hosts[0])
    with Call(hosts, server, "4", "4") as call:
        for number in range(HABITS):
            payload = bytes(number % 11)
            call.client.send(wire.channel_data(call.CHANNEL, payload) + bytes(-len(payload) % 4))
            assert call.peer.receive() == (payload, call.relay)
        time.sleep(HEARTBEAT_S + 0.5)
        assert engines(server)["clients"] == "tc"
        with Call(hosts, server, "4", "6") as other:
            exchanged = HABITS + other.exchange([b"others"])
    assert relayed_in_kernel(server) == exchanged


def send_joined(call: Call, payload: bytes, packets: int) -> None:
    """As senders with UDP_SEGMENT do it: on a veth device they stay one packet, which the program leaves to the sockets."""
    packet = wire.channel_data(call.CHANNEL, payload)
    call.client.socket.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, len(packet))
    for _ in range(packets // SEGMENTS):
        call.client.send(packet * SEGMENTS)
        for _ in range(SEGMENTS):
            assert call.peer.receive() == (payload, call.relay)
    call.client.socket.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 0)


def test_clients_who_join_packets_do_not_take_the_kernel_from_others(hosts, launch):
    server = launch(AUTO | {"workers": 1}, hosts[0])
    with contextlib.ExitStack() as calls:
        for number in range(4):
            call = calls.enter_context(Call(hosts, server, "4", "4"))
            send_joined(call, b"joined", 2 * PASSED_MAX)
        time.sleep(HEARTBEAT_S + 0.5)
        assert engines(server)["clients"] == "tc"
        exchanged = call.exchange([b"single"])
    events = kernel_events(server)
    assert events["relayed"] == exchanged and events["segments"] > 0


@pytest.mark.parametrize("clients", [1, 4])
def test_auto_leaves_an_interface_to_the_sockets_that_packets_of_several_clients_pass_by(hosts, launch, clients):
    server_host, client_host, _ = hosts
    filter_by_way_back(server_host, 0)
    connect_again(server_host, client_host)
    set_up(server_host, **{"net/ipv4/conf/detour/rp_filter": 0})
    server = launch(AUTO | {"workers": 1}, server_host)
    with contextlib.ExitStack() as open_calls:
        calls = []
        for number in range(clients):
            address = f"10.81.0.{20 + number}"
            client_host.add_address("wire", f"{address}/24")
            client_host.ip("route", "replace", CLIENT_SIDE["4"], "dev", "detour", "src", address)
            calls.append(open_calls.enter_context(Call(hosts, server, "4", "4")))
        for _ in range(2 * PASSED_MAX // clients):
            for call in calls:
                call.to_peer(b"by the detour")
        if clients == 1:
            time.sleep(HEARTBEAT_S + 0.5)
            assert engines(server)["clients"] == "tc"
        else:
            server.wait_for_log('interface=clients engine=sockets reason="its packets pass the program by"')
            assert engines(server)["peers"] == "tc", "that the others did not come by says nothing of it"
        calls[0].to_peer(b"still")


def helper_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def wait_for_engine(server: Server, interface: str, engine: str, seconds: float) -> None:
    until = time.monotonic() + seconds
    while engines(server)[interface] != engine:
        assert time.monotonic() < until, engines(server)
        time.sleep(0.02)


def test_a_helper_that_was_killed_is_seen_and_another_one_serves_again(hosts, launch):
    server = launch(AUTO, hosts[0])
    with Call(hosts, server, "4", "4") as call:
        call.exchange([b"in the kernel"])
        os.kill(helper_of(server.process.pid), signal.SIGKILL)
        wait_for_engine(server, "clients", "sockets", seconds=2)
        server.wait_for_lines('engine=sockets reason="the process that attaches has died"', 2)
        assert all(" warning " in line for line in server.log().splitlines() if "has died" in line)
        wait_for_flows(server, 0)
        call.exchange([b"by the sockets"])
        wait_for_engine(server, "clients", "tc", seconds=AFTER_DEATH_S + PATIENCE_S)
        wait_for_engine(server, "peers", "tc", seconds=PATIENCE_S)
        wait_for_flows(server, 2)
        call.exchange([b"in the kernel again"])
    assert relayed_in_kernel(server) == 4


def test_where_no_helper_is_left_the_sockets_go_on(hosts, launch):
    server = launch(AUTO, hosts[0])
    with Call(hosts, server, "4", "4") as call:
        call.exchange([b"in the kernel"])
        helper = helper_of(server.process.pid)
        os.kill(helper_of(helper), signal.SIGKILL)
        os.kill(helper, signal.SIGKILL)
        wait_for_engine(server, "clients", "sockets", seconds=2)
        server.wait_for_lines('engine=sockets reason="the process that attaches has ended"', 2, seconds=AFTER_DEATH_S + PATIENCE_S)
        assert all(" warning " in line for line in server.log().splitlines() if "has ended" in line)
        call.exchange([b"by the sockets"])
    assert relayed_in_kernel(server) == 2
