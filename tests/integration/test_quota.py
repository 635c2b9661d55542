"""Quotas: whom they are for, and who makes room where one is full, whichever worker has them."""

import contextlib
import time

import wire
from client import Client, Peer, is_closed
from credentials import in_seconds, rest
from server import REST_SECRETS
from wire import ALLOCATE, UDP

ABANDONED_S = 30  # as turn::kAbandonedAfter
BINDING_INDICATION = wire.message(wire.BINDING, wire.INDICATION)
EVEN_AND_NEXT = (wire.EVEN_PORT, b"\x80")


def test_the_longest_silent_makes_room_and_nobody_else_TURN_ALLOC_21(launch):
    small = launch({"limits": {"allocations_per_user": 6}})
    with contextlib.ExitStack() as all_of_them, Peer() as peer:
        first, second, open_one, asking, keeping, sending, late = (
            all_of_them.enter_context(Client(small, transport)) for transport in ("udp", "udp", "tls", "udp", "udp", "udp", "udp")
        )
        relay = first.relay()
        time.sleep(0.1)
        for client in (second, open_one, asking, keeping, sending):
            client.allocate()
        assert sending.bind(0x4000, peer.address) == 0
        assert late.request(ALLOCATE, [UDP]).code == 486
        until = time.monotonic() + ABANDONED_S + 1
        while time.monotonic() < until:
            sending.send_channel(0x4000, b"still here")
            assert asking.is_alive()
            keeping.send(BINDING_INDICATION)
            time.sleep(0.5)
        late.allocate()
        assert is_closed(relay) and first.refresh().code == 437
        assert [client.refresh().code for client in (open_one, asking, keeping, sending, late)] == [0] * 5
        with Client(small) as pair:
            assert pair.request(ALLOCATE, [UDP, EVEN_AND_NEXT]).code == 486  # one silent client is no room for two
        assert second.refresh().code == 0
        assert len(small.wait_for_lines("reason=abandoned", 1)) == 1


def code_after(server, count: int, **who) -> int:
    """What the next Allocate gets when so many allocations are there."""
    with contextlib.ExitStack() as all_of_them:
        for _ in range(count):
            all_of_them.enter_context(Client(server, **who)).allocate()
        return all_of_them.enter_context(Client(server, **who)).request(ALLOCATE, [UDP]).code


def test_a_quota_that_is_given_for_users_is_none_for_names_that_many_share_if_that_is_said_TURN_ALLOC_21(launch):
    server = launch({"limits": {"allocations_per_user": 2, "allocations_per_shared_user": 0}})
    expiry = in_seconds(300)
    assert code_after(server, 2, **rest(REST_SECRETS[0], "alice", expiry)) == 486
    assert code_after(server, 20, user="user") == 0
    assert code_after(server, 20, **rest(REST_SECRETS[0], None, expiry)) == 0


def test_a_quota_that_is_given_alone_holds_for_all_names_TURN_ALLOC_21(launch):
    server = launch({"limits": {"allocations_per_user": 2}})
    assert code_after(server, 2, user="user") == 486
    assert code_after(server, 2, **rest(REST_SECRETS[0], None, in_seconds(300))) == 486
