"""The life of TCP and TLS connections on real sockets (RFC 8489 6.2.2 and 6.2.3)."""

import socket
import ssl
import struct
import time

import pytest

import wire
from client import Client, Peer, is_closed_within
from wire import ChannelData

STREAMS = ["tcp", "tls"]


def tls_connect(server, **settings) -> ssl.SSLSocket:
    """A TLS connection; the settings are attributes of its context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    ciphers = settings.pop("ciphers", None)
    for name, value in settings.items():
        setattr(context, name, value)
    if ciphers:
        context.set_ciphers(ciphers)
    return context.wrap_socket(socket.create_connection(("127.0.0.1", server.tls_port), timeout=2))


def binding_is_answered(connection: ssl.SSLSocket) -> bool:
    request = wire.binding()
    connection.sendall(request)
    return wire.parse(connection.recv(4096)).transaction == request[8:20]


@pytest.mark.parametrize("transport", STREAMS)
@pytest.mark.parametrize("end", ["close", "reset", "half_close"])
def test_the_end_of_a_connection_ends_its_allocation_TCPC_03_TCPC_04(server, transport, end):
    with Client(server, transport) as client:
        relay = client.relay()
        if end == "reset":
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if end == "half_close":
            client.socket.shutdown(socket.SHUT_WR)
        else:
            client.socket.close()
        assert is_closed_within(relay, 1)


def test_a_close_notify_ends_the_allocation_TCPC_03(server):
    client = Client(server, "tls")
    relay = client.relay()
    client.socket.unwrap().close()
    assert is_closed_within(relay, 1)


@pytest.mark.parametrize("transport", STREAMS)
def test_an_idle_connection_with_an_allocation_stays_TCPC_01_TCPC_02(server, transport):
    with Client(server, transport) as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        assert not client.is_closed_within(1.5)
        peer.send(b"still open", relay)
        assert client.receive_data() == (peer.address, b"still open")


@pytest.mark.parametrize("transport", STREAMS)
def test_a_client_that_does_not_read_costs_bounded_memory_and_stays_in_frame_TCPC_06_TCPC_07(server, transport):
    with Client(server, transport) as client, Peer() as peer:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        before = server.rss_kb()
        for number in range(30_000):  # 36 MB that nobody reads
            peer.send(struct.pack(">I", number) + bytes([number % 251]) * 1197, relay)
        assert server.rss_kb() - before < 8192
        numbers = [frame_number(packet) for packet in iter(lambda: client.receive(0.3), None)]
        assert 0 < len(numbers) <= 30_000 and numbers == sorted(set(numbers))
        assert client.is_alive()


def frame_number(packet: ChannelData) -> int:
    """The number of an undamaged datagram of the flood."""
    (number,) = struct.unpack_from(">I", packet.data)
    assert packet.number == 0x4000 and packet.data[4:] == bytes([number % 251]) * 1197
    return number


def test_connections_of_one_address_are_capped_TCPC_08(launch):
    capped = launch({"limits": {"connections_per_ip": 8}})
    clients = [Client(capped, "tcp") for _ in range(8)]
    assert all(client.is_alive() for client in clients)
    with Client(capped, "tcp") as excess:
        assert excess.is_closed_within(1)
    with Client(capped, "tcp", source=("127.0.0.2", 0)) as elsewhere:
        assert elsewhere.is_alive()
    clients.pop().socket.close()
    time.sleep(0.2)
    with Client(capped, "tcp") as next_one:
        assert next_one.is_alive()
    for client in clients:
        client.close()


@pytest.mark.parametrize("transport", STREAMS)
def test_small_packets_are_not_held_back_TCPC_09(server, transport):
    with Client(server, transport) as client, Peer() as peer:
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        began = time.monotonic()
        for _ in range(100):
            peer.send(b"ping", relay)
            assert client.receive() == ChannelData(0x4000, b"ping")
            client.send_channel(0x4000, b"pong")
            assert peer.receive()[0] == b"pong"
        assert time.monotonic() - began < 2  # with Nagle's algorithm and delayed acknowledgements it is 4 s


@pytest.mark.parametrize("transport", STREAMS)
def test_after_its_allocation_ended_a_connection_can_allocate_again_TCPC_11_TURN_REFR_11(launch, transport):
    with Client(launch({"limits": {"lifetime_default_s": 1}}), transport) as client:
        relay = client.relay()
        assert is_closed_within(relay, 2.5)
        assert client.refresh().code == 437
        client.allocate()


@pytest.mark.parametrize("transport", STREAMS)
def test_requests_indications_and_channel_data_are_pipelined_TCPC_10(server, transport):
    with Client(server, transport) as client, Peer() as peer:
        relay = client.relay()
        bind = client.signed(wire.CHANNEL_BIND, [wire.channel_number(0x4000), wire.peer(peer.address)])
        send = wire.message(wire.SEND, wire.INDICATION, [wire.peer(peer.address), (wire.DATA, b"2")])
        refresh = client.signed(wire.REFRESH)
        client.send(bind + wire.channel_data(0x4000, b"1", padded=True) + send + wire.channel_data(0x4000, b"", padded=True) + refresh)
        assert client.response_to(bind).code == 0 and client.response_to(refresh).code == 0
        assert [peer.receive() for _ in range(3)] == [(b"1", relay), (b"2", relay), (b"", relay)]


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1_2", "1_3"])
def test_tls_1_2_and_1_3_are_spoken_TLS_03(server, version):
    with tls_connect(server, minimum_version=version, maximum_version=version) as connection:
        assert connection.version() == version.name.replace("_", ".")
        assert binding_is_answered(connection) and connection.compression() is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1], ids=["1_0", "1_1"])
def test_older_versions_are_refused_TLS_03(server, version):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        tls_connect(server, minimum_version=version, maximum_version=version, ciphers="ALL:@SECLEVEL=0")


@pytest.mark.parametrize("cipher", ["DHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"])
def test_the_suites_of_rfc_8489_are_implemented_TLS_01(server, cipher):
    with tls_connect(server, maximum_version=ssl.TLSVersion.TLSv1_2, ciphers=cipher) as connection:
        assert connection.cipher()[0] == cipher and binding_is_answered(connection)


@pytest.mark.parametrize("ciphers", ["AES128-SHA", "AES128-GCM-SHA256", "aNULL", "eNULL", "PSK"])
def test_suites_without_forward_secrecy_or_authentication_are_refused_TLS_02(server, ciphers):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        tls_connect(server, maximum_version=ssl.TLSVersion.TLSv1_2, ciphers=f"{ciphers}:@SECLEVEL=0")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1_2", "1_3"])
def test_sessions_are_resumed_TLS_14(server, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode, context.maximum_version = False, ssl.CERT_NONE, version
    reused, session = [], None
    for _ in range(2):
        plain = socket.create_connection(("127.0.0.1", server.tls_port), timeout=2)
        with context.wrap_socket(plain, session=session) as connection:
            assert binding_is_answered(connection)
            reused, session = [*reused, connection.session_reused], connection.session
    assert reused == [False, True]


@pytest.mark.parametrize("first_bytes", [wire.binding(), b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\xff\xff" + bytes(200)])
def test_TLS_garbage_instead_of_a_handshake_closes_the_connection(server, first_bytes):
    with socket.create_connection(("127.0.0.1", server.tls_port), timeout=2) as connection:
        connection.sendall(first_bytes)
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass
    with Client(server, "tls") as client:
        assert client.is_alive()


@pytest.mark.parametrize("size", [1, 16384, 60000])
def test_TLS_records_of_any_size_carry_frames_of_any_size(server, size):
    with Client(server, "tls") as client, Peer() as peer:
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        frame = wire.channel_data(0x4000, bytes(size), padded=True)
        for at in range(0, len(frame), 16000):
            client.send(frame[at : at + 16000])
        assert peer.receive() == (bytes(size), relay)
