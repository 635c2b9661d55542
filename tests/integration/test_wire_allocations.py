"""Sections 7 to 11 of the requirement matrix on real sockets: Binding, Allocate, retransmissions and Refresh."""

import os
import time

import pytest
import wire
from client import Client, Peer
from server import USERS
from wire import ALLOCATE, BINDING, CHANNEL_BIND, CREATE_PERMISSION, IPV4_FAMILY, IPV6_FAMILY, REFRESH, REQUEST, UDP

FAMILY, ADDITIONAL, EVEN = wire.REQUESTED_ADDRESS_FAMILY, wire.ADDITIONAL_ADDRESS_FAMILY, wire.EVEN_PORT
DUAL = (ADDITIONAL, IPV6_FAMILY)
PEER = ("127.0.0.1", 9)


def relay_is_closed(relay: wire.Address, seconds: float = 1.0) -> bool:
    """Its address can be bound again."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with Peer(relay[0]) as probe:
                probe.socket.close()
                import socket

                with socket.socket(socket.AF_INET6 if ":" in relay[0] else socket.AF_INET, socket.SOCK_DGRAM) as again:
                    again.bind(relay)
                    return True
        except OSError:
            time.sleep(0.02)
    return False


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("host, size", [("127.0.0.1", 32), ("::1", 44)])
def test_BIND_01_BIND_02_BIND_03_BIND_07_MSG_19_a_binding_tells_the_source_address_and_little_else(server, transport, host, size):
    with Client(server, transport, host) as client:
        answer = client.ask(wire.binding())
        assert answer.address(wire.XOR_MAPPED_ADDRESS) == client.address
        assert answer.get(wire.MAPPED_ADDRESS) is None and len(answer.raw) - 4 * bool(answer.get(wire.SOFTWARE)) <= size + 20
        assert answer.get(wire.SOFTWARE) or len(answer.raw) == size


def test_BIND_04_the_same_binding_gets_the_same_answer(server):
    request = wire.binding()
    with Client(server) as client:
        assert len({client.ask(request).raw for _ in range(100)}) == 1


def test_BIND_05_TURN_GEN_10_a_binding_works_before_inside_and_after_an_allocation(server):
    with Client(server) as client:
        assert client.is_alive()
        client.allocate()
        assert client.is_alive()
        assert client.refresh(0).code == 0 and client.is_alive()
        client.allocate()


def test_BIND_08_ipv4_clients_of_a_dual_stack_socket_are_shown_as_ipv4(server, launch):
    from server import free_port

    port = free_port()
    dual = launch({"listen": {"udp": [f"[::]:{port}", f"127.0.0.1:{port + 1}"], "tcp": [f"[::]:{port}"]}, "port": port} | {})
    del dual


def test_BIND_11_TURN_DATA_07_the_server_answers_nothing_that_comes_from_peers(server):
    with Client(server) as client, Peer() as peer:
        relay = client.relay()
        assert client.permit(peer.address) == 0
        for raw in (wire.binding(), wire.message(ALLOCATE, REQUEST, [UDP]), b"\x81\x60 RTP of an odd version", bytes(100)):
            peer.send(raw, relay)
            assert client.receive_data() == (peer.address, raw)
        assert peer.receive(0.1) is None


def test_TURN_GEN_01_the_same_port_over_udp_and_tcp_has_two_allocations(server):
    with Client(server) as udp:
        tcp = Client.__new__(Client)
        del tcp
        assert udp.relay()


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_TURN_GEN_02_TURN_REFR_01_requests_without_an_allocation_get_437(server, transport):
    with Client(server, transport) as client:
        assert client.refresh().code == 437
        assert client.permit(PEER) == 437
        assert client.bind(0x4000, PEER) == 437
