"""Behind a balancer clients keep their own addresses (PROXY protocol 2). HAProxy is the balancer where one is needed."""

import contextlib
import socket
import ssl
import subprocess
import time
from types import SimpleNamespace

import pytest

import wire
from client import Client, Peer
from server import die_with_parent, free_port
from wire import ChannelData

CONFIG = {"listen": {"proxy_protocol": ["127.0.0.1/32"]}}  # clients over IPv6 come by themselves

NAMED = ("192.0.2.1", 56324)
TEXT = b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 3478\r\n"
BINARY = bytes.fromhex("0d0a0d0a000d0a515549540a2111000cc0000201c6336407dc040d96")
LOCAL = bytes.fromhex("0d0a0d0a000d0a515549540a20000000")


def mapped_address(connection: socket.socket) -> wire.Address:
    connection.sendall(wire.binding())
    return wire.parse(connection.recv(4096)).address(wire.XOR_MAPPED_ADDRESS)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize("header", [TEXT, BINARY], ids=["text", "binary"])
def test_the_mapped_address_is_that_of_the_header_PP_07(launch, header):
    """A server for each: that a client has gone may reach another worker later than the client comes again."""
    with socket.create_connection(("127.0.0.1", launch(CONFIG).port), timeout=2) as connection:
        connection.sendall(header)
        assert mapped_address(connection) == NAMED


def test_of_two_connections_that_name_the_same_client_the_second_is_closed_PP_07(launch):
    server = launch(CONFIG | {"log": {"format": "json"}})
    with contextlib.ExitStack() as stack:
        first, *others = (stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=2)) for _ in range(4))
        first.sendall(TEXT)
        assert mapped_address(first) == NAMED
        for other in others:  # some of them come to the other worker
            other.sendall(TEXT + wire.binding())
            assert is_closed(other)
        assert mapped_address(first) == NAMED
    (refused,) = server.wait_for_lines("proxy_header_refused", 1)
    assert "client_is_here" in refused and f"{NAMED[0]}:{NAMED[1]}" in refused


def test_a_balancers_own_health_check_has_its_own_address_PP_06(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
        connection.sendall(LOCAL)
        assert mapped_address(connection) == connection.getsockname()


@pytest.mark.parametrize("split", [False, True])
def test_the_header_comes_before_TLS_PP_11(server, split):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", server.tls_port), timeout=2) as connection:
        for piece in [BINARY[:13], BINARY[13:]] if split else [BINARY]:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(piece)
        with context.wrap_socket(connection) as tls:
            assert mapped_address(tls) == NAMED


@pytest.mark.parametrize("sent", [wire.binding(), BINARY[:12] + b"\x31" + BINARY[13:] + wire.binding(), b"PROXY TCP5 " + bytes(97)])
def test_a_balancer_without_a_proper_header_is_closed_PP_12(server, sent):
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
        connection.sendall(sent)
        assert is_closed(connection)


def test_others_need_no_header_and_may_send_none_PP_01(server):
    with socket.create_connection(("::1", server.port), timeout=2) as connection:
        assert mapped_address(connection) == connection.getsockname()[:2]
    with socket.create_connection(("::1", server.port), timeout=2) as connection:
        connection.sendall(BINARY + wire.binding())
        assert is_closed(connection)


HAPROXY = """
defaults
  mode tcp
  timeout connect 2s
  timeout client 20s
  timeout server 20s
listen text
  bind 127.0.0.1:{port}
  server relay 127.0.0.1:{relay_port} send-proxy
listen binary
  bind 127.0.0.1:{tls_port}
  server relay 127.0.0.1:{relay_tls_port} send-proxy-v2 proxy-v2-options crc32c
"""


@pytest.fixture(scope="module")
def balancer(server, tmp_path_factory):
    """Where clients go instead of to the server."""
    front = SimpleNamespace(port=free_port(), tls_port=free_port())
    config = tmp_path_factory.mktemp("haproxy") / "haproxy.cfg"
    ports = {"port": front.port, "tls_port": front.tls_port, "relay_port": server.port, "relay_tls_port": server.tls_port}
    config.write_text(HAPROXY.format(**ports))
    process = subprocess.Popen(["haproxy", "-db", "-f", config], preexec_fn=die_with_parent)
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", front.port)) == 0:
                break
        assert process.poll() is None
        time.sleep(0.05)
    yield front
    process.terminate()
    process.wait(5)


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_clients_relay_through_haproxy_and_keep_their_addresses(balancer, transport):
    with Client(balancer, transport) as client, Peer() as peer:
        answer = client.allocate()
        relay = answer.relays()[0]
        assert answer.address(wire.XOR_MAPPED_ADDRESS) == client.address
        assert client.bind(0x4000, peer.address) == 0
        for number in range(100):
            client.send_channel(0x4000, b"to the peer %d" % number)
            assert peer.receive() == (b"to the peer %d" % number, relay)
            peer.send(b"to the client %d" % number, relay)
            assert client.receive() == ChannelData(0x4000, b"to the client %d" % number)
