"""Where the kernel engine must do as the sockets would: what comes in elsewhere, time to live."""

import contextlib
import socket
import struct
import time
from pathlib import Path

import pytest

import wire
from client import SILENCE_S, Peer
from kernel_scene import CLIENT_SIDE, CLIENTS, CONFIG, PAIRS, PATIENCE_S, PEER_SIDE, PEERS, Call
from kernel_scene import kernel_events, relayed_in_kernel, three_hosts
from namespace import Namespace, connect

IP_RECVTTL = 12  # of linux/in.h
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
            assert (call.peer.receive(SILENCE_S) is not None) == is_heard
    assert relayed_in_kernel(server) == exchanged


def connect_again(server_host: Namespace, client_host: Namespace) -> None:
    """Another cable, by which the client's host sends; what is for it still comes by the first."""
    server_host.ip("link", "add", "detour", "type", "veth", "peer", "name", "detour", "netns", client_host.name)
    for host in (server_host, client_host):
        host.ip("link", "set", "detour", "up")
    client_host.ip("route", "add", CLIENT_SIDE["4"], "dev", "detour", "src", CLIENTS["4"])
    set_up(client_host, **{f"net/ipv4/conf/{device}/rp_filter": 0 for device in ("all", "wire", "detour")})


def hop_limit_of(peer: Peer) -> int:
    _, ancillary, _, _ = peer.socket.recvmsg(65536, 64)
    return struct.unpack("i", ancillary[0][2])[0]


@pytest.mark.parametrize("engine", ["sockets", "kernel"])
@pytest.mark.parametrize(("client_family", "peer_family"), PAIRS)
def test_IPF_07_relayed_packets_leave_with_the_systems_time_to_live(hosts, launch, engine, client_family, peer_family):
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
