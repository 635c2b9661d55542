"""A page that exchanges its access token for an ICE server itself relays with it, until the participant is removed."""

from deployment import CONTROL
from participant import RELAY_ONLY, access_token
from scene import NODE


def test_a_page_relays_with_what_it_got_for_its_access_token(deployment, invite):
    room = "exchange"
    alice, bob = invite("alice"), invite("bob")
    bob.join(room, RELAY_ONLY)
    server = alice.call("exchange", f"http://{NODE}:{CONTROL}/livekit/ice-servers", access_token("alice", room))
    print(f"alice joined and published in {alice.join(room, RELAY_ONLY | {'iceServers': [server]}):.2f} s")
    alice.receives("bob")
    bob.receives("alice")
    print(f"alice: {alice.report()}")
    (user_id,) = {record["user"] for record in deployment.events("allocation_started")} - {bob.sid}
    held = alice.relays(deployment, user_id)
    alice.call("beStubborn")
    deployment.ask("RemoveParticipant", room=room, identity="alice")
    alice.wait("her relays are ended", lambda: not deployment.held_by(user_id))
    assert user_id != alice.sid and deployment.revoked() == held
