"""Two hosts on one cable: several addresses behind wildcard sockets, default relay addresses, and packets larger than the MTU."""

import struct

import pytest

import wire
from client import Client, Peer
from conftest import end
from namespace import Namespace, connect
from server import Server
from wire import IPV6_FAMILY, ChannelData

SERVER_ADDRESSES = ["10.77.0.1", "10.77.0.2", "fd77::1", "fd77::2"]
CLIENT_ADDRESSES = ["10.77.0.10", "fd77::10"]
WILDCARDS = ["0.0.0.0:{port}", "[::]:{port}"]
CONFIG = {
    "listen": {"udp": WILDCARDS, "tcp": WILDCARDS, "tls": ["0.0.0.0:{tls_port}", "[::]:{tls_port}"]},
    "peers": {"allow": ["10.76.0.0/14", "fd77::/64", "fd78::/64", "fd79::/64"]},
}
NARROW_MTU = 1280
IPV6_RELAY = (wire.REQUESTED_ADDRESS_FAMILY, IPV6_FAMILY)


def mask(address: str) -> str:
    return f"{address}/{64 if ':' in address else 24}"


def make_router(router: Namespace, neighbour: Namespace) -> None:
    """Behind the router lie networks that it cannot reach, and networks on a device with a small MTU."""
    router.forward()
    router.ip("link", "add", "narrow", "type", "veth", "peer", "name", "beyond")
    router.ip("link", "set", "beyond", "up")
    router.ip("link", "set", "narrow", "up", "mtu", str(NARROW_MTU))
    for unreachable, narrow, via in (
        ("10.78.0.0/24", "10.79.0.0/24", CLIENT_ADDRESSES[0]),
        ("fd78::/64", "fd79::/64", CLIENT_ADDRESSES[1]),
    ):
        router.ip("route", "add", "unreachable", unreachable)
        router.ip("route", "add", narrow, "dev", "narrow")
        for network in (unreachable, narrow):
            neighbour.ip("route", "add", network, "via", via)


@pytest.fixture(scope="module")
def hosts():
    server_host, client_host = Namespace("server"), Namespace("client")
    try:
        connect(server_host, client_host)
        for host, addresses in ((server_host, SERVER_ADDRESSES), (client_host, CLIENT_ADDRESSES)):
            for address in addresses:
                host.add_address("wire", mask(address))
        make_router(client_host, server_host)
        yield server_host, client_host
    finally:
        server_host.close()
        client_host.close()


@pytest.fixture(scope="module")
def server(hosts, workers, certificate, tmp_path_factory):
    """Listens on wildcards only."""
    extra = CONFIG | {"relay": {"addresses": [SERVER_ADDRESSES[0], SERVER_ADDRESSES[2]]}}
    running = Server(tmp_path_factory.mktemp("server"), certificate, workers, extra, hosts[0]).start()
    yield running
    end(running)


@pytest.fixture
def client_host(hosts):
    return hosts[1]


@pytest.mark.parametrize("address", SERVER_ADDRESSES)
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_everything_comes_back_from_the_address_that_was_asked_FRM_12_TURN_DATA_02(server, client_host, transport, address):
    with client_host.entered():
        client, peer = Client(server, transport, address), Peer(CLIENT_ADDRESSES[0])
    with client, peer:  # a connected socket hears only that address
        assert client.ask(wire.binding()).address(wire.XOR_MAPPED_ADDRESS) == client.address
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        client.send_channel(0x4000, b"out")
        assert peer.receive() == (b"out", relay)
        peer.send(b"back", relay)
        assert client.receive() == ChannelData(0x4000, b"back")


def test_relay_addresses_default_to_the_global_ones_of_a_host_without_a_default_route(hosts, launch):
    server = launch(CONFIG | {"relay": {"addresses": []}}, hosts[0])
    with hosts[1].entered():
        old, new = Client(server, host=SERVER_ADDRESSES[0]), Client(server, host=SERVER_ADDRESSES[0])
    with old, new:
        assert old.relay()[0] in SERVER_ADDRESSES[:2] and new.relay(IPV6_RELAY)[0] in SERVER_ADDRESSES[2:]


@pytest.mark.parametrize("address", SERVER_ADDRESSES)
def test_no_address_of_a_wildcard_listener_is_a_peer_TURN_PERM_14_SEC_04(server, client_host, address):
    with client_host.entered():
        client = Client(server, host=SERVER_ADDRESSES[0])
    with client:
        client.relay(*([IPV6_RELAY] if ":" in address else []))
        assert client.bind(0x4000, (address, server.port)) == 403


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("family", ["IPv4", "IPv6"])
def test_what_is_larger_than_the_mtu_is_fragmented_and_reassembled_IPF_04_IPF_10(server, client_host, transport, family):
    with client_host.entered():
        client, peer = Client(server, transport, SERVER_ADDRESSES[0]), Peer(CLIENT_ADDRESSES[family == "IPv6"])
    with client, peer:
        relay = client.relay(*([IPV6_RELAY] if family == "IPv6" else []))
        assert client.bind(0x4000, peer.address) == 0
        data = bytes(n % 251 for n in range(3000))
        client.send_channel(0x4000, data)
        assert peer.receive() == (data, relay)
        peer.send(data, relay)
        assert client.receive() == ChannelData(0x4000, data)


def test_dont_fragment_keeps_what_is_larger_than_the_mtu_from_leaving_TURN_SEND_07_IPF_03(server, client_host):
    with client_host.entered():
        client, peer = Client(server, host=SERVER_ADDRESSES[0]), Peer(CLIENT_ADDRESSES[0])
    with client, peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        client.send_to(peer.address, bytes(3000), (wire.DONT_FRAGMENT, b""))
        client.send_to(peer.address, bytes(1400), (wire.DONT_FRAGMENT, b""))
        assert peer.receive() == (bytes(1400), relay)
        client.send_to(peer.address, bytes(3000))
        assert peer.receive() == (bytes(3000), relay)


# network of the peer: (bytes to send, type, code, error data) of the router's ICMP message about them
ROUTER_REPORTS = {
    "10.78.0.": (100, 3, 1, 0),
    "fd78::": (100, 1, 0, 0),
    "10.79.0.": (1400, 3, 4, NARROW_MTU),
    "fd79::": (1400, 2, 0, NARROW_MTU),
}


@pytest.mark.parametrize("network", ROUTER_REPORTS)
def test_what_a_router_says_of_a_permitted_peer_is_forwarded_ICMP_02_ICMP_03_ICMP_04_ICMP_06(server, client_host, workers, network):
    size, *expected = ROUTER_REPORTS[network]
    peer = (f"{network}{workers}", 4000)  # another one for each server, for the system remembers the MTU of a path
    with client_host.entered():
        client = Client(server, host=SERVER_ADDRESSES[0])
    with client:
        client.relay(*([IPV6_RELAY] if ":" in network else []))
        assert client.permit(peer) == 0
        client.send_to(peer, bytes(size), (wire.DONT_FRAGMENT, b""))
        report = client.receive()
        assert report.address(wire.XOR_PEER_ADDRESS) == peer and report.get(wire.DATA) is None
        assert report.get(wire.ICMP) == struct.pack(">HBBI", 0, *expected)
