"""Where no webhook arrives, who was removed loses the relay when LiveKit is asked who is there, even if their client holds on to it."""

from participant import RELAY_ONLY

INTERVAL_S = 2
SEEN = 50  # messages, at ten a second: LiveKit was asked twice meanwhile. Who was never seen in a room has a minute to join it
FLAGS = ["--livekit.webhook", "false", "--livekit.reconcile_s", str(INTERVAL_S)]


def test_who_was_removed_loses_the_relay_without_a_webhook(deployment, invite):
    room = "no webhooks"
    alice, bob = invite("alice"), invite("bob")
    for person in (alice, bob):
        person.join(room, RELAY_ONLY)
    held, held_by_bob = alice.relays(deployment), bob.relays(deployment)
    alice.receives("bob", SEEN)
    alice.call("beStubborn")
    deployment.ask("RemoveParticipant", room=room, identity="alice")
    seconds = alice.wait("her relays are ended", lambda: not deployment.held_by(alice.sid))
    print(f"{len(held)} relays ended {seconds:.1f} s after the removal; LiveKit is asked every {INTERVAL_S} s")
    bob.goes_on()
    assert held & deployment.revoked() and not held_by_bob & deployment.revoked()
