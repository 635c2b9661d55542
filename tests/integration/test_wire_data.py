"""Permissions, data both ways, ICMP, channels and fields of IP headers on real sockets (RFC 8656 9 to 16)."""

import socket
import struct
import time
from pathlib import Path

import pytest

import wire
from client import Client, Peer
from wire import CHANNEL_BIND, CREATE_PERMISSION, DATA, IPV6_FAMILY, ChannelData

DENIED = "127.9.0.0/16"
CONFIG = {
    "peers": {"deny": [DENIED, "127.8.0.1/32:1-1023"]},
    "limits": {"permissions_per_allocation": 32, "channels_per_allocation": 32},
}

TRANSPORTS = ["udp", "tcp", "tls"]
IPV6_RELAY = (wire.REQUESTED_ADDRESS_FAMILY, IPV6_FAMILY)
IP_MTU_DISCOVER, PMTUDISC_DONT, PMTUDISC_DO = 10, 0, 2  # linux/in.h; Python has no names for them
SIZES = [0, 1, 2, 3, 4, 5, 1200, 1472]

# Every form in which an address of this machine or of a private network hides (TURN-PERM-13, TURN-PERM-14, abuse of other servers).
FORBIDDEN = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.9.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
]
FORBIDDEN_IPV6 = [
    "::",
    "fe80::1",
    "fec0::1",
    "fd00::1",
    "ff02::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:0:7f00:1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::7f00:1",
    "2001::1",
    "2002:7f00:1::1",
    "2001:db8::5efe:7f00:1",
]


@pytest.fixture
def pair(server):
    """A client with an allocation, and a peer that has no permission yet."""
    with Client(server) as client, Peer() as peer:
        yield client, client.relay(), peer


def test_a_permission_needs_a_peer_TURN_PERM_01_TURN_PERM_10_TURN_PERM_15(pair):
    client, _, peer = pair
    assert client.permit() == 400
    answer = client.request(CREATE_PERMISSION, [wire.peer(peer.address), wire.peer(peer.address)])
    assert answer.code == 0 and set(answer.kinds()) <= {wire.SOFTWARE, wire.MESSAGE_INTEGRITY}


def test_peers_of_another_family_get_443_TURN_PERM_02_TURN_CHAN_05(server):
    with Client(server) as client:
        client.allocate()
        assert client.permit(("::1", 9)) == client.bind(0x4000, ("::1", 9)) == 443
    with Client(server) as client:
        client.allocate(IPV6_RELAY)
        assert client.permit(("127.0.0.1", 9)) == client.bind(0x4000, ("127.0.0.1", 9)) == 443


@pytest.mark.parametrize("host", FORBIDDEN)
def test_forbidden_peers_get_403_TURN_PERM_03_TURN_PERM_14_TURN_CHAN_06_SEC_06(pair, host):
    client, _, _ = pair
    assert client.permit((host, 9)) == client.bind(0x4000, (host, 9)) == 403


def test_forbidden_ipv6_peers_get_403_TURN_PERM_13_TURN_PERM_14_TURN_ALLOC_30_SEC_05(server):
    with Client(server) as client:
        client.allocate(IPV6_RELAY)
        codes = {host: (client.permit((host, 9)), client.bind(0x4000, (host, 9))) for host in FORBIDDEN_IPV6}
        assert {host: pair for host, pair in codes.items() if pair != (403, 403)} == {}
        client.send_to(("::1", 9), b"nothing is permitted")
        assert client.is_alive()


def test_tables_are_bounded_with_508_TURN_PERM_04_TURN_CHAN_07_SEC_12(pair):
    client, _, peer = pair
    assert [client.permit((f"127.0.1.{n}", 9)) for n in range(33)] == [0] * 32 + [508]
    assert client.permit(("127.0.1.5", 9)) == 0  # a refresh needs no room
    assert [client.bind(0x4000 + n, ("127.0.1.5", 1 + n)) for n in range(33)] == [0] * 32 + [508]
    assert client.permit(peer.address) == 508


@pytest.mark.parametrize("bad, code", [(("127.9.0.1", 9), 403), (("::1", 9), 443)])
def test_permissions_come_all_or_not_at_all_TURN_PERM_05_TURN_PERM_12(pair, bad, code):
    client, relay, peer = pair
    assert client.permit(peer.address, bad) == code
    peer.send(b"unpermitted", relay)
    client.send_to(peer.address, b"unpermitted")
    assert client.receive(0.1) is None and peer.receive(0.05) is None
    assert client.permit(("::1", 9), ("127.9.0.1", 9)) == 443


def test_permissions_are_by_address_whatever_the_port_TURN_PERM_07_TURN_PERM_08(pair):
    client, relay, peer = pair
    with Peer("127.0.0.2") as stranger:
        assert client.permit((peer.address[0], 0)) == 0
        stranger.send(b"unpermitted", relay)
        peer.send(b"permitted", relay)
        assert client.receive_data() == (peer.address, b"permitted")
        assert client.receive(0.1) is None


def test_permissions_and_channels_belong_to_one_allocation_TURN_PERM_09_TURN_CHAN_11(server, pair):
    client, relay, peer = pair
    with Client(server) as other, Peer() as second_peer:
        other_relay = other.relay()
        assert client.bind(0x4000, peer.address) == 0 and other.permit(("127.0.0.7", 0)) == 0
        peer.send(b"for nobody", other_relay)
        other.send_channel(0x4000, b"from nobody")
        assert other.receive(0.1) is None and peer.receive(0.05) is None
        assert other.bind(0x4000, second_peer.address) == 0
        other.send_channel(0x4000, b"mine")
        client.send_channel(0x4000, b"mine too")
        assert second_peer.receive() == (b"mine", other_relay) and peer.receive() == (b"mine too", relay)


def test_the_servers_own_listeners_are_no_peers_TURN_PERM_14_SEC_04(server, pair):
    client, _, _ = pair
    for port in (server.port, server.tls_port):
        assert client.bind(0x4000, ("127.0.0.1", port)) == 403
    assert client.permit(("127.0.0.1", server.port)) == 0  # other ports of the address are allowed
    client.send_to(("127.0.0.1", server.port), wire.binding())
    assert client.receive(0.2) is None


@pytest.mark.parametrize("first, second", [("udp", "udp"), ("udp", "tls"), ("tcp", "tcp")])
def test_two_relays_of_one_server_are_peers_of_each_other_TURN_PERM_16(launch, first, second):
    without_loopback = launch({"peers": {"allow": []}})
    with Client(without_loopback, first) as left, Client(without_loopback, second) as right:
        left_relay, right_relay = left.relay(), right.relay()
        assert left.bind(0x4000, right_relay) == 0 and right.bind(0x4001, left_relay) == 0
        left.send_channel(0x4000, b"to the right")
        assert right.receive() == ChannelData(0x4001, b"to the right")
        right.send_channel(0x4001, b"to the left")
        assert left.receive() == ChannelData(0x4000, b"to the left")


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_every_size_passes_both_ways_TURN_SEND_02_TURN_SEND_06_TURN_DATA_01_TURN_DATA_02_TURN_DATA_03(server, transport, host):
    with Client(server, transport) as client, Peer(host) as peer:
        relay = client.relay(*([IPV6_RELAY] if host == "::1" else []))
        assert client.permit(peer.address) == 0
        for size in SIZES:
            data = bytes(range(256)) * 6
            client.send_to(peer.address, data[:size])
            assert peer.receive() == (data[:size], relay)
            peer.send(data[:size], relay)
            assert client.receive_data() == (peer.address, data[:size])


def test_bad_send_indications_are_dropped_TURN_SEND_01_TURN_SEND_03_TURN_SEND_05_TURN_SEND_09_TURN_SEND_10(pair):
    client, relay, peer = pair
    client.send_to(peer.address, b"no permission")
    assert client.permit(peer.address, ("127.8.0.1", 0)) == 0
    for attributes in (
        [wire.peer(peer.address)],
        [(DATA, b"no peer")],
        [wire.peer(("127.0.0.1", 0)), (DATA, b"port 0")],
        [wire.peer(("::1", peer.address[1])), (DATA, b"other family")],
        [wire.peer(("127.8.0.1", 1023)), (DATA, b"denied port")],
    ):
        client.send(wire.message(wire.SEND, wire.INDICATION, attributes))
    client.send_to(peer.address, b"good")
    assert peer.receive() == (b"good", relay) and peer.receive(0.05) is None and client.receive(0.05) is None


def test_the_first_of_two_peers_counts_TURN_SEND_05(pair):
    client, relay, peer = pair
    with Peer() as second:
        assert client.permit(peer.address) == 0
        client.send(wire.message(wire.SEND, wire.INDICATION, [wire.peer(peer.address), wire.peer(second.address), (DATA, b"first")]))
        assert peer.receive() == (b"first", relay) and second.receive(0.05) is None


def test_send_works_beside_a_channel_and_data_comes_on_the_channel_TURN_SEND_08_TURN_CHD_05(pair):
    client, relay, peer = pair
    assert client.bind(0x4000, peer.address) == 0
    client.send_to(peer.address, b"indication")
    assert peer.receive() == (b"indication", relay)
    peer.send(b"answer", relay)
    assert client.receive() == ChannelData(0x4000, b"answer")


@pytest.mark.parametrize("transport, size", [("udp", 65000), ("tcp", 65000), ("tls", 65000)])
def test_a_datagram_of_65000_bytes_arrives_whole_TURN_DATA_04(server, transport, size):
    with Client(server, transport) as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        data = bytes(n % 251 for n in range(size))
        peer.send(data, relay)
        assert client.receive_data() == (peer.address, data)
        assert client.bind(0x4000, peer.address) == 0
        peer.send(data, relay)
        assert client.receive() == ChannelData(0x4000, data)
        client.send_channel(0x4000, data)
        assert peer.receive() == (data, relay)


def test_what_does_not_fit_is_dropped_whole_TURN_DATA_04(server):
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        peer.send(bytes(65507), relay)
        peer.send(b"fits", relay)
        assert client.receive_data() == (peer.address, b"fits")


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_order_of_a_flow_is_kept_TURN_DATA_05(server, transport):
    with Client(server, transport) as client, Peer() as peer:
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        for start in range(0, 1000, 50):  # fewer at once than any socket buffer holds
            numbers = [struct.pack(">I", start + n) for n in range(50)]
            for number in numbers:
                peer.send(number, relay)
            assert [client.receive().data for _ in numbers] == numbers
            for number in numbers:
                client.send_channel(0x4000, number)
            assert [peer.receive()[0] for _ in numbers] == numbers


@pytest.mark.parametrize("host, kind", [("127.0.0.1", (3, 3)), ("::1", (1, 4))])
@pytest.mark.parametrize("with_channel", [False, True])
def test_a_closed_port_is_reported_ICMP_01_ICMP_02_ICMP_04_ICMP_05_ICMP_06(server, host, kind, with_channel):
    with Client(server) as client:
        with Peer(host) as closed:
            address = closed.address
        client.allocate(*([IPV6_RELAY] if host == "::1" else []))
        assert (client.bind(0x4000, address) if with_channel else client.permit(address)) == 0
        if with_channel:
            client.send_channel(0x4000, b"knock")
        else:
            client.send_to(address, b"knock")
        report = client.receive()
        assert (report.method, report.kind) == (wire.DATA_METHOD, wire.INDICATION)
        assert report.address(wire.XOR_PEER_ADDRESS) == address and report.get(DATA) is None
        assert report.get(wire.ICMP) == struct.pack(">HBBI", 0, *kind, 0)


def test_closed_ports_neither_flood_the_client_nor_hinder_another_peer_ICMP_07_ICMP_09(pair):
    client, relay, peer = pair
    with Peer("127.0.0.3") as closed:
        address = closed.address
    assert client.permit(address, peer.address) == 0
    began = time.monotonic()
    for number in range(200):
        client.send_to(address, b"knock")
        client.send_to(peer.address, b"%d" % number)
        assert peer.receive() == (b"%d" % number, relay)
    seconds = time.monotonic() - began
    reports = 0
    while client.receive(0.1) is not None:
        reports += 1
    assert 1 <= reports <= 10 * (seconds + 1)


@pytest.mark.parametrize("number", [0, 0x3FFF, 0x4000, 0x4FFF, 0x5000, 0x7FFE, 0x7FFF, 0xFFFF])
def test_channel_numbers_TURN_CHAN_02(pair, number):
    client, _, peer = pair
    assert client.bind(number, peer.address) == (0 if 0x4000 <= number <= 0x4FFF else 400)


def test_a_channel_is_bound_by_the_rules_TURN_CHAN_01_TURN_CHAN_03_TURN_CHAN_04_TURN_CHAN_12_TURN_CHAN_13_TURN_CHAN_14(pair):
    client, _, peer = pair
    host, port = peer.address
    assert client.request(CHANNEL_BIND, [wire.channel_number(0x4000)]).code == 400
    assert client.request(CHANNEL_BIND, [wire.peer(peer.address)]).code == 400
    answer = client.request(CHANNEL_BIND, [wire.channel_number(0x4000), wire.peer(peer.address)])
    assert answer.code == 0 and set(answer.kinds()) <= {wire.SOFTWARE, wire.MESSAGE_INTEGRITY}
    other_port = 1024 if port != 1024 else 1025
    expected = {
        (0x4000, host, port): 0,
        (0x4000, host, other_port): 400,
        (0x4001, host, port): 400,
        (0x4001, host, other_port): 0,
        (0x4002, host, 0): 400,
        (0x3000, "127.9.0.1", 9): 400,
        (0x3000, "::1", 9): 400,
        (0x4000, "127.9.0.1", 9): 400,
    }
    assert {(number, *peer): client.bind(number, peer) for number, *peer in [(n, h, p) for n, h, p in expected]} == expected


def test_a_bind_installs_the_permission_and_a_failed_one_does_not_TURN_CHAN_09_TURN_CHAN_15(pair):
    client, relay, peer = pair
    assert client.bind(0x3FFF, peer.address) == 400
    peer.send(b"unpermitted", relay)
    assert client.receive(0.1) is None
    assert client.bind(0x4000, peer.address) == 0
    with Peer() as same_host:
        same_host.send(b"permitted by the bind", relay)
        assert client.receive_data() == (same_host.address, b"permitted by the bind")


@pytest.mark.parametrize("transport", TRANSPORTS)
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_every_size_passes_through_a_channel_TURN_CHD_01_TURN_CHD_02_TURN_CHD_06(server, transport, host):
    with Client(server, transport) as client, Peer(host) as peer:
        relay = client.relay(*([IPV6_RELAY] if host == "::1" else []))
        assert client.bind(0x4FFF, peer.address) == 0
        for size in SIZES:
            data = bytes(range(256)) * 6
            client.send_channel(0x4FFF, data[:size])
            assert peer.receive() == (data[:size], relay)
            peer.send(data[:size], relay)
            assert client.receive() == ChannelData(0x4FFF, data[:size])


def test_rfc5766_channels_are_a_switch(launch):
    with Client(launch({"compat": {"rfc5766_channels": True}})) as client, Peer() as peer:
        relay = client.relay()
        codes = [client.bind(number, (peer.address[0], port)) for number, port in ((0x7FFE, peer.address[1]), (0x7FFF, 9), (0x8000, 10))]
        assert codes[0] == 0 and codes[2] == 400
        client.send_channel(0x7FFE, b"high")
        assert peer.receive() == (b"high", relay)


def receive_with_header(peer: Peer) -> tuple[bytes, int]:
    """A datagram and its TOS or traffic class."""
    peer.socket.settimeout(1)
    data, ancillary, _, _ = peer.socket.recvmsg(4096, 64)
    return data, next(value[0] for _, kind, value in ancillary if kind in (socket.IP_TOS, socket.IPV6_TCLASS))


@pytest.mark.parametrize(
    "host, level, want, option",
    [
        ("127.0.0.1", socket.IPPROTO_IP, socket.IP_RECVTOS, socket.IP_TOS),
        ("::1", socket.IPPROTO_IPV6, socket.IPV6_RECVTCLASS, socket.IPV6_TCLASS),
    ],
)
def test_dscp_is_copied_or_best_effort_and_ecn_copied_or_cleared_IPF_01_IPF_02_IPF_08(server, host, level, want, option):
    with Client(server, host=host) as client, Peer(host) as peer:
        relay = client.relay(*([IPV6_RELAY] if host == "::1" else []))
        for each in (peer, client):
            each.socket.setsockopt(level, want, 1)
        assert client.bind(0x4000, peer.address) == 0
        for tos in (0xB8, 0x02, 0xBA, 0x03):
            client.socket.setsockopt(level, option, tos)
            peer.socket.setsockopt(level, option, tos)
            client.send_channel(0x4000, b"out")
            peer.send(b"in", relay)
            seen = [receive_with_header(peer), receive_with_header(client)]
            assert seen[0][0] == b"out" and seen[1][0][4:6] == b"in"
            assert all(got >> 2 in (0, tos >> 2) and got & 3 in (0, tos & 3) for _, got in seen), seen


def ip_header_of(packet_to: wire.Address, send) -> tuple[bool, int]:
    """DF and TTL of the IPv4 packet that `send` makes the server send there."""
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP) as sniffer:
        sniffer.settimeout(1)
        send()
        while True:
            packet = sniffer.recv(4096)
            if struct.unpack_from(">H", packet, 22)[0] == packet_to[1]:
                return bool(packet[6] & 0x40), packet[8]


@pytest.mark.parametrize("discover, values", [(PMTUDISC_DONT, [False]), (PMTUDISC_DO, [False, True])], ids=["without_DF", "with_DF"])
def test_df_is_set_for_dont_fragment_and_else_copied_or_clear_TURN_SEND_07_IPF_03_IPF_07(pair, discover, values):
    client, _, peer = pair
    assert client.bind(0x4000, peer.address) == 0
    client.socket.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, discover)
    system_ttl = int(Path("/proc/sys/net/ipv4/ip_default_ttl").read_text())
    senders = [lambda: client.send_channel(0x4000, b"x"), lambda: client.send_to(peer.address, b"x")]
    for send in senders:
        df, ttl = ip_header_of(peer.address, send)
        assert df in values and ttl == system_ttl
    df, _ = ip_header_of(peer.address, lambda: client.send_to(peer.address, b"x", (wire.DONT_FRAGMENT, b"")))
    assert df


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_packets_of_stream_clients_have_df_only_for_dont_fragment_IPF_11(server, transport):
    with Client(server, transport) as client, Peer() as peer:
        client.relay()
        assert client.bind(0x4000, peer.address) == 0
        df, _ = ip_header_of(peer.address, lambda: client.send_channel(0x4000, b"x"))
        assert not df
        df, _ = ip_header_of(peer.address, lambda: client.send_to(peer.address, b"x", (wire.DONT_FRAGMENT, b"")))
        assert df


def test_dont_fragment_is_ignored_between_families_IPF_06(server):
    with Client(server, host="::1") as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        client.send_to(peer.address, b"whole", (wire.DONT_FRAGMENT, b""))
        assert peer.receive() == (b"whole", relay)
