"""Bad input and floods: whatever arrives, the server goes on, other clients lose nothing and memory stays flat."""

import random
import socket
import struct
import time

import pytest

import wire
from client import Client, Closed, Peer
from wire import ALLOCATE, REQUEST, UDP

GROWTH_KB = 8192


class Bystander:
    """A client that relays beside the attack; it asks for every one of its bytes."""

    def __init__(self, server):
        self.client, self.peer = Client(server, user="user2"), Peer()
        self.relay = self.client.relay()
        assert self.client.bind(0x4000, self.peer.address) == 0
        self.count = 0

    def loses_nothing(self) -> bool:
        self.count += 1
        data = b"bystander %d" % self.count
        self.client.send_channel(0x4000, data)
        if self.peer.receive() != (data, self.relay):
            return False
        self.peer.send(data, self.relay)
        return self.client.receive() == wire.ChannelData(0x4000, data)


@pytest.fixture
def bystander(server):
    """Checks after the test that the server answers and has not grown."""
    result = Bystander(server)
    before = server.rss_kb()
    yield result
    assert result.loses_nothing() and result.client.is_alive()
    assert server.rss_kb() - before < GROWTH_KB


def valid_messages(client: Client, peer: wire.Address) -> list[bytes]:
    """One of every kind that a client sends."""
    return [
        wire.binding(),
        wire.with_fingerprint(wire.message(wire.BINDING, REQUEST, [(wire.SOFTWARE, b"client"), (0x0024, bytes(4))])),
        wire.message(ALLOCATE, REQUEST, [UDP]),
        wire.with_fingerprint(client.signed(ALLOCATE, [UDP, (wire.LIFETIME, wire.u32(600)), (wire.EVEN_PORT, b"\x80")])),
        client.signed(wire.REFRESH, [(wire.LIFETIME, wire.u32(600))]),
        client.signed(wire.CREATE_PERMISSION, [wire.peer(peer), wire.peer(("127.0.0.9", 9))]),
        client.signed(wire.CHANNEL_BIND, [wire.channel_number(0x4000), wire.peer(peer)]),
        wire.message(wire.SEND, wire.INDICATION, [wire.peer(peer), (wire.DATA, b"some data"), (wire.DONT_FRAGMENT, b"")]),
        wire.channel_data(0x4000, b"channel data"),
    ]


def length_fields(raw: bytes) -> list[int]:
    """The offsets of all 16-bit lengths of a message."""
    if raw[0] >= 0x40:
        return [2]
    offsets, at = [2], 20
    while at < len(raw):
        offsets.append(at + 2)
        size = struct.unpack_from(">H", raw, at + 2)[0]
        at += 4 + size + -size % 4
    return offsets


def with_bad_lengths(raw: bytes) -> list[bytes]:
    result = []
    for at in length_fields(raw):
        (good,) = struct.unpack_from(">H", raw, at)
        bad = {0, 1, good - 1, good + 1, good + 4, 0x7FFF, 0xFFFC, 0xFFFF} - {good, -1}
        result += [raw[:at] + struct.pack(">H", value) + raw[at + 2 :] for value in sorted(bad)]
    return result


def mutated(chance: random.Random, seeds: list[bytes]) -> bytes:
    """Random bytes, or a valid message with a few bits flipped, a piece cut off or another one behind it."""
    kind = chance.randrange(8)
    if kind == 0:
        return chance.randbytes(chance.randrange(200))
    raw = bytearray(chance.choice(seeds))
    for _ in range(chance.randrange(1, 4)):
        raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    if kind == 1:
        return bytes(raw[: chance.randrange(len(raw))])
    if kind == 2:
        return bytes(raw) + chance.choice(seeds)
    return bytes(raw)


def flow(client: Client) -> None:
    """Waits until the server has worked through what this client sent; all its answers must be well-formed."""
    assert client.is_alive()
    client.inbox.clear()


@pytest.mark.parametrize("shape", ["prefixes", "lengths"])
def test_every_prefix_and_every_bad_length_of_every_message(server, bystander, shape):
    with Client(server) as client, Peer() as peer:
        client.allocate()
        for raw in valid_messages(client, peer.address):
            packets = [raw[:size] for size in range(len(raw))] if shape == "prefixes" else with_bad_lengths(raw)
            for packet in packets:
                client.send(packet)
                flow(client)
            assert bystander.loses_nothing()


def test_twenty_thousand_random_and_bit_flipped_datagrams_MSG_30(server, bystander):
    chance = random.Random(4)
    with Client(server) as client, Client(server) as stranger, Peer() as peer:
        client.allocate()
        seeds = valid_messages(client, peer.address)
        for _ in range(1000):
            for _ in range(10):
                client.send(mutated(chance, seeds))
                stranger.send(mutated(chance, seeds))
            flow(client)
            flow(stranger)
            assert bystander.loses_nothing()


@pytest.mark.parametrize("transport, connections", [("tcp", 4000), ("tls", 250)])
def test_random_and_bit_flipped_streams_MSG_30(server, bystander, transport, connections):
    chance = random.Random(5)
    with Client(server) as client, Peer() as peer:
        seeds = valid_messages(client, peer.address)
    for number in range(connections):
        with Client(server, transport) as client:
            try:
                client.send(b"".join(mutated(chance, seeds) for _ in range(5)))
                client.receive(0.001)
            except (Closed, OSError):
                pass
        if number % 50 == 0:
            assert bystander.loses_nothing()


def test_random_bytes_from_peers_reach_the_client_as_they_are_MSG_30(server, bystander):
    chance = random.Random(6)
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        for _ in range(1000):
            data = chance.randbytes(chance.randrange(1400))
            peer.send(data, relay)
            assert client.receive_data() == (peer.address, data)
        assert bystander.loses_nothing()


def test_two_hundred_thousand_unauthenticated_requests_leave_nothing_behind_S25_AUTH_36_RTX_08(server, bystander):
    credentials = [(wire.USERNAME, b"user"), (wire.REALM, b"realm"), (wire.NONCE, b"junk")]
    junk = wire.with_sha1(wire.message(wire.REFRESH, REQUEST, credentials), b"")
    requests = [wire.message(ALLOCATE, REQUEST, [UDP]), wire.binding(), wire.message(wire.REFRESH, REQUEST), junk]
    before = None
    for source in range(200):
        with Client(server, source=(f"127.77.0.{source + 1}", 0)) as flood:
            for batch in range(10):
                for number in range(100):
                    raw = requests[number % 4]
                    flood.send(raw[:8] + struct.pack(">III", source, batch, number) + raw[20:])
                marker = wire.binding()
                flood.send(marker)
                while flood.socket.recv(2048)[8:20] != marker[8:20]:
                    pass
        if source == 40:
            before = server.rss_kb()
    assert bystander.loses_nothing()
    assert server.rss_kb() - before < 1024


def test_unverified_sources_get_a_bounded_number_of_answers_SEC_01_S27(launch):
    limited = launch({"limits": {"unauthenticated_per_second_per_ip": 50}})
    with Client(limited, source=("127.0.0.5", 0)) as flood, Client(limited) as other:
        for number in range(1000):
            flood.send(wire.message(ALLOCATE, REQUEST, [UDP]) if number % 2 else wire.binding())
        answers = 0
        while flood.receive(0.2) is not None:
            answers += 1
        assert 0 < answers <= 200
        assert other.is_alive()
        other.allocate()
        time.sleep(1.1)
        assert flood.is_alive()


def test_half_open_handshakes_and_idle_connections_do_not_hinder_others(server):
    bystander = Bystander(server)
    connections = [socket.create_connection(("127.0.0.1", port)) for port in [server.port, server.tls_port] * 200]
    for connection in connections[1::2]:
        connection.send(b"\x16\x03\x01\x02")
    for transport in ("udp", "tcp", "tls"):
        with Client(server, transport) as client:
            client.allocate()
    assert bystander.loses_nothing()
    for connection in connections:
        connection.close()
