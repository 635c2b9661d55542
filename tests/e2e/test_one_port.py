"""A site of which clients reach port 443 and nothing else: LiveKit's signalling and TURN over it, through firewalls and a proxy, until the removal."""

import contextlib
import re

import pytest

from check import PATH, Check, states
from chromium import Chromium
from deployment import ONE_PORT
from forward_proxy import PORT, forward_proxy
from participant import RELAY_ONLY, Participant, browser
from scene import DOMAIN, NODE

pytestmark = pytest.mark.parametrize("deployment", [ONE_PORT], indirect=True)

FLAGS = ["--http.check_page", PATH]
WEB = "tcp 443"  # all that a strict firewall lets out
WEB_AND_QUIC = [WEB, "udp 443"]


def meet(people: list[Participant], room: str, rtc_config: dict) -> None:
    for person in people:
        print(f"{person.identity} joined and published in {person.join(room, rtc_config):.2f} s")
    for person, other in (people, reversed(people)):
        seconds = person.receives(other.identity)
        print(f"{person.identity} received audio, video and data {seconds:.2f} s later: {person.report()}")


def finds_tls_alone(running: Chromium) -> None:
    """The page says what the call has shown: it comes over the same port."""
    with contextlib.closing(Check(running)) as check:
        report = check.finish()
        print(check.copied("text"))
        assert {way for way, state in states(report).items() if state == "works"} == {"tls"} and report["signalling"] == "works"
        assert re.match(r"UDP to port 443 is blocked; calls will use TLS, with ", check.headline), check.headline


def relay_transport(person: Participant) -> tuple[str, str]:
    report = person.report()
    return report.candidate, report.transport


def test_a_call_over_udp_goes_on_over_tls_and_ends_with_the_removal(deployment, hosts, invite):
    room = "one port"
    for name in ("alice", "bob"):
        hosts[name].let_out_only(*WEB_AND_QUIC)
    alice, bob = invite("alice"), invite("bob")
    meet([alice, bob], room, RELAY_ONLY)
    assert relay_transport(alice) == relay_transport(bob) == ("relay", "udp")

    hosts["alice"].block("udp")
    seconds = alice.wait("nothing arrives", alice.is_silent)
    seconds += alice.receives("bob")
    print(f"alice receives bob again after {seconds:.1f} s, and bob alice after {seconds + bob.receives('alice'):.1f} s: {alice.report()}")
    print("livekit-client:", ", ".join(f"{event} {ms / 1000:.1f} s" for event, ms in alice.report().said["events"]), "after join()")
    assert relay_transport(alice) == ("relay", "tls")

    held, held_by_bob = deployment.held_by(alice.sid), deployment.held_by(bob.sid)
    alice.call("beStubborn")
    deployment.ask("RemoveParticipant", room=room, identity="alice")
    alice.wait("her relays are ended", lambda: not deployment.held_by(alice.sid))
    bob.goes_on()
    assert held and held <= deployment.revoked() and not held_by_bob & deployment.revoked()
    servers = {record["server"] for record in deployment.events("allocation_started")}
    assert servers == {f"{NODE}:443"}


def test_a_firewall_that_lets_out_tls_alone_lets_out_everything(hosts, invite, browsers):
    for name in ("alice", "bob"):
        hosts[name].let_out_only(WEB)
    people = [invite(name) for name in ("alice", "bob")]
    meet(people, "tls alone", {})
    assert [relay_transport(person) for person in people] == [("relay", "tls")] * 2
    finds_tls_alone(browsers["alice"])


def test_a_proxy_that_knows_CONNECT_alone_lets_out_everything(deployment, hosts, invite, certificate, tmp_path):
    hosts["alice"].let_out_only(f"tcp {PORT}")
    no_names = f"--host-resolver-rules=MAP {DOMAIN}* ~NOTFOUND"
    with forward_proxy(hosts["proxy"]) as proxy, browser(hosts["alice"], tmp_path, certificate[0], f"--proxy-server={proxy.url}", no_names) as proxied:
        alice, bob = Participant(proxied, "alice", deployment.url), invite("bob")
        meet([alice, bob], "a proxy", {})
        assert relay_transport(alice) == ("relay", "tls")
        clients = [record["client"] for record in deployment.events("allocation_started") if record["user"] == alice.sid]
        assert clients and all(client.startswith(f"tls:{hosts['proxy'].address}:") for client in clients)
        alice.page.close()
        finds_tls_alone(proxied)
