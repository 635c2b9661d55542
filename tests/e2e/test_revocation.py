"""Who is removed, replaced or left without a room loses the relay at the webhook, even if their client holds on to it; the others go on."""

import time

import pytest

from participant import RELAY_ONLY

PROMPT_MS = 100  # what is promised of an idle machine; what is measured is printed
PATIENCE_S = 2


def remove(deployment, invite, room: str) -> None:
    deployment.ask("RemoveParticipant", room=room, identity="alice")


def delete_room(deployment, invite, room: str) -> None:
    deployment.ask("DeleteRoom", room=room)


def join_as_her(deployment, invite, room: str) -> None:
    invite("bob", "alice").join(room, RELAY_ONLY)


# What happens to alice, and whether bob is in the same room.
ENDS = {remove: True, join_as_her: True, delete_room: False}


@pytest.mark.parametrize("end", ENDS)
def test_the_relay_ends_at_the_webhook_and_others_go_on(deployment, invite, end):
    room = end.__name__
    alice, bob = invite("alice"), invite("bob")
    alice.join(room, RELAY_ONLY)
    bob.join(room if ENDS[end] else "another room", RELAY_ONLY)
    held, held_by_bob = alice.relays(deployment), bob.relays(deployment)
    alice.call("beStubborn")
    began = time.time()
    end(deployment, invite, room)
    alice.wait("her relays are ended", lambda: not deployment.held_by(alice.sid))
    (webhook,) = [record["at"] for record in deployment.events("revoked") if record["participant"] == alice.sid]
    seconds = max(record["at"] for record in deployment.events("allocation_ended") if record["user"] == alice.sid) - webhook
    print(f"{len(held)} relays ended {1000 * seconds:.0f} ms after the webhook (promised: {PROMPT_MS} ms), which came {webhook - began:.3f} s after the call")
    assert seconds < PATIENCE_S
    bob.goes_on()
    assert held <= deployment.revoked() and not held_by_bob & deployment.revoked()
