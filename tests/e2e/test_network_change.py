"""The network of a participant changes in mid-call and the call resumes: another address, or a firewall that leaves TLS alone."""

from collections import Counter

import pytest

from deployment import EMBEDDED, EXTERNAL
from participant import RELAY_ONLY
from scene import FIREWALL

MOVES = ["192.0.3.10", "192.0.4.10"]
QUOTA = 6  # allocations of a participant: those of two networks, so that the second move needs the places of what is lost
FLAGS = ["--limits.allocations_per_user", str(QUOTA)]


def meet(invite, rtc_config: dict) -> list:
    people = [invite(name) for name in ("alice", "bob")]
    for person in people:
        person.join("in mid-call", rtc_config)
    for person, other in (people, reversed(people)):
        person.receives(other.identity)
    return people


def resume(alice, bob) -> None:
    """Waits until both receive each other again; at first nobody does, and what is on its way does not count."""
    seconds = alice.wait("nothing arrives", lambda: alice.is_silent())
    seconds += alice.receives("bob")
    print(f"alice receives bob again after {seconds:.1f} s, and bob alice after {seconds + bob.receives('alice'):.1f} s: {alice.report()}")
    print("livekit-client:", ", ".join(f"{event} {ms / 1000:.1f} s" for event, ms in alice.report().said["events"]), "after join()")


@pytest.mark.parametrize("deployment", [EXTERNAL], indirect=True)
def test_a_call_goes_on_from_another_address(deployment, hosts, invite):
    alice, bob = meet(invite, RELAY_ONLY)
    for address in MOVES:
        hosts["alice"].move(address)
        resume(alice, bob)
    most = deployment.held_at_most()
    reasons = Counter(record["reason"] for record in deployment.events("allocation_ended"))
    print(f"a participant in {1 + len(MOVES)} networks held {most} allocations at most, of {QUOTA}; {dict(reasons)} ended")
    assert 486 not in [record["code"] for record in deployment.events("request_refused")]
    assert len(deployment.offered) < most <= QUOTA and reasons["abandoned"] > 0


@pytest.mark.parametrize("deployment", [EMBEDDED], indirect=True)
@pytest.mark.parametrize("rtc_config", [RELAY_ONLY, {}], ids=["relay only", "any way"])
def test_a_call_over_udp_goes_on_over_tls(deployment, hosts, invite, rtc_config):
    alice, bob = meet(invite, rtc_config)
    alice.wait("her media goes over UDP", lambda: alice.report().transport in ("udp", None))
    hosts["alice"].block(*FIREWALL)
    resume(alice, bob)
    assert alice.report().transport == "tls"
