"""Relay ports that come and go: who gets which, in ranges that are small, over real sockets."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import wire
from client import Client, Peer, is_closed, is_closed_within
from credentials import in_seconds, rest
from livekit_messages import Http
from server import REST_SECRETS, free_port
from wire import ALLOCATE, UDP

EVEN_AND_NEXT = (wire.EVEN_PORT, b"\x80")
SMALL = {"addresses": ["127.0.0.1"], "port_quiet_s": 30}


def small_range(ports: int, **keys) -> dict:
    return {"relay": {**SMALL, "ports": f"31400-{31400 + ports - 1}", **keys}}


def of(server, user: str, transport: str = "udp") -> Client:
    """A client whose name carries this user."""
    return Client(server, transport, **rest(REST_SECRETS[0], user, in_seconds(300)))


def come_and_go(server, user: str, times: int) -> list[int]:
    """The ports that the user gets, one after the other."""
    ports = []
    with of(server, user) as client:
        for _ in range(times):
            ports.append(client.relay()[1])
            assert client.refresh(0).code == 0
    return ports


def test_one_user_who_comes_and_goes_leaves_the_ports_to_others_TURN_GEN_08(launch):
    server = launch({**small_range(41), "limits": {"allocations_per_user": 1}})
    assert len(set(come_and_go(server, "busy", 200))) == 1
    others = come_and_go(server, "other", 3)
    assert set(others).isdisjoint(come_and_go(server, "busy", 1))


def test_names_that_many_share_leave_the_ports_to_others_too_TURN_GEN_08(launch):
    server = launch(small_range(41))
    with Client(server) as client:
        ports = []
        for _ in range(200):
            ports.append(client.relay()[1])
            assert client.refresh(0).code == 0
    assert len(set(ports)) < 25
    fresh = come_and_go(server, "other", 1)
    assert set(fresh).isdisjoint(ports)


@pytest.mark.parametrize("ports, page_loads", [(8, 30), (41, 60)])
@pytest.mark.parametrize("is_shared", [True, False], ids=["shared name", "one user"])
def test_a_small_range_serves_one_page_load_after_the_other(launch, ports, page_loads, is_shared):
    server = launch(small_range(ports))
    for _ in range(page_loads):
        page = [Client(server) if is_shared else of(server, "alice") for _ in range(4)]
        assert len({client.relay() for client in page}) == 4
        for client in page:
            assert client.refresh(0).code == 0
            client.close()


def test_a_range_serves_as_many_users_as_it_has_ports(launch):
    server = launch(small_range(8))
    for round in range(3):
        clients = [of(server, f"user{round}_{n}") for n in range(8)]
        assert len({client.relay() for client in clients}) == 8
        for client in clients:
            assert client.refresh(0).code == 0
            client.close()


def test_as_many_users_as_ports_who_all_come_and_go_at_once_are_never_refused(launch):
    server = launch(small_range(8))
    with ThreadPoolExecutor(8) as users:
        ports = list(users.map(lambda n: come_and_go(server, f"user{n}", 100), range(8)))
    assert sum(len(each) for each in ports) == 800


def test_without_any_free_port_the_server_says_so_until_one_is_there_again_TURN_ALLOC_29(launch):
    listen = f"127.0.0.1:{free_port()}"
    server = launch({**small_range(2), "control": {"listen": listen}})
    http = Http(listen)
    http.wait_until_ready(server.process)
    first, second = of(server, "a"), of(server, "b")
    first.relay(), second.relay()
    assert http.request("GET", "/readyz")[:2] == (503, "no_free_port\n")
    for user in ("c", "d", "c"):
        with of(server, user) as late:
            assert late.request(ALLOCATE, [UDP]).code == 508
    time.sleep(0.2)
    warnings = [line for line in server.log().splitlines() if " warning " in line and "no_free_port" in line]
    assert len(warnings) == 1 and " relay_ports_exhausted " in warnings[0] and "ports=2" in warnings[0]
    assert second.refresh(0).code == 0
    assert http.get("/readyz") == 200
    with of(server, "c") as next_one:
        next_one.relay()
    first.close()
    second.close()


def test_what_was_let_in_for_the_one_before_reaches_nobody_TURN_GEN_08(launch):
    server = launch(small_range(1))
    with of(server, "before") as before, Client(server) as after, Peer() as peer:
        relay = before.relay()
        assert before.bind(0x4000, peer.address) == 0
        peer.send(b"hello", relay)
        assert before.receive() is not None
        assert before.refresh(0).code == 0
        assert after.relay() == relay
        peer.send(b"late", relay)
        assert after.receive(0.3) is None and before.receive(0.1) is None


# Reservations (RFC 8656 7.2).


def test_a_reservation_is_its_users_and_takes_no_place_of_others_TURN_ALLOC_15(launch):
    server = launch({**small_range(8), "limits": {"allocations_per_user": 2}})
    with of(server, "a") as owner, of(server, "a", "tcp") as second, of(server, "b") as other:
        answer = owner.allocate(EVEN_AND_NEXT)
        token = (wire.RESERVATION_TOKEN, answer.get(wire.RESERVATION_TOKEN))
        assert other.request(ALLOCATE, [UDP, token]).code == 508
        assert second.relay(token) == (answer.relays()[0][0], answer.relays()[0][1] + 1)
        assert second.refresh(0).code == 0
        assert second.request(ALLOCATE, [UDP, token]).code == 508


def test_a_reserved_port_is_bound_from_the_start_and_serves_whichever_worker_redeems_it_TURN_ALLOC_14(launch):
    server = launch(small_range(40))
    for n in range(6):
        with of(server, f"a{n}") as owner, of(server, f"a{n}") as second, Peer() as peer:
            answer = owner.allocate(EVEN_AND_NEXT)
            reserved = (answer.relays()[0][0], answer.relays()[0][1] + 1)
            assert not is_closed(reserved)
            assert second.relay((wire.RESERVATION_TOKEN, answer.get(wire.RESERVATION_TOKEN))) == reserved
            assert second.permit(peer.address) == 0
            peer.send(b"hello", reserved)
            assert second.receive_data() == (peer.address, b"hello")


def test_a_reserved_port_is_no_live_relay_before_it_is_redeemed_TURN_ALLOC_14(launch):
    server = launch({**small_range(40), "peers": {"allow": []}})
    with of(server, "a") as owner, of(server, "a") as second, of(server, "b") as other:
        answer = owner.allocate(EVEN_AND_NEXT)
        even = answer.relays()[0]
        reserved = (even[0], even[1] + 1)
        other.relay()
        assert [other.bind(0x4000, even), other.bind(0x4001, reserved)] == [0, 403]
        second.relay((wire.RESERVATION_TOKEN, answer.get(wire.RESERVATION_TOKEN)))
        assert other.bind(0x4001, reserved) == 0


def test_reservations_of_those_who_are_gone_make_room_TURN_ALLOC_16(launch):
    server = launch(small_range(8, port_quiet_s=0))
    for n in range(4):
        with of(server, f"gone{n}") as client:
            client.allocate(EVEN_AND_NEXT)
            assert client.refresh(0).code == 0
    with of(server, "here") as first, of(server, "here") as second:
        answer = first.allocate(EVEN_AND_NEXT)
        assert second.relay((wire.RESERVATION_TOKEN, answer.get(wire.RESERVATION_TOKEN)))[1] == answer.relays()[0][1] + 1
    with of(server, "next") as client:
        client.allocate(EVEN_AND_NEXT)


def test_a_reservation_that_nobody_redeems_frees_its_port_TURN_ALLOC_16(launch):
    server = launch(small_range(2))
    with of(server, "a") as owner:
        host, port = owner.allocate(EVEN_AND_NEXT, (wire.LIFETIME, wire.u32(600))).relays()[0]
        assert not is_closed((host, port + 1))
        assert is_closed_within((host, port + 1), 35), "at its time, though nobody asks for anything"
        with of(server, "b") as other:
            assert other.relay() == (host, port + 1)
        assert is_closed_within((host, port + 1), 1)
