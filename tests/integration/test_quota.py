"""A user whose quota is full gets the places of clients that have gone without a word, whichever worker has them."""

import time

from client import Client, Peer, is_closed
from wire import ALLOCATE, UDP

PLACES = 6  # so many that one of two workers hardly has them all
ABANDONED_S = 30  # as turn::kAbandonedAfter


def test_TURN_ALLOC_21_places_of_clients_that_are_silent_go_to_who_asks(launch):
    small = launch({"limits": {"allocations_per_user": PLACES}})
    silent = [Client(small, transport) for transport in ("udp", "udp", "udp", "udp", "tls")]
    with Client(small) as sending, Peer() as peer, Client(small) as asking:
        relays = [client.relay() for client in silent]
        sending.allocate()
        assert sending.bind(0x4000, peer.address) == 0
        assert asking.request(ALLOCATE, [UDP]).code == 486
        until = time.monotonic() + ABANDONED_S + 1
        while time.monotonic() < until:
            sending.send_channel(0x4000, b"still here")
            time.sleep(0.5)
        asking.allocate()
        assert all(is_closed(relay) for relay in relays)
        assert [client.refresh().code for client in silent[:4]] == [437] * 4
        assert sending.refresh().code == 0
        assert len(small.wait_for_lines("reason=abandoned", len(silent))) == len(silent)
    for client in silent:
        client.close()
