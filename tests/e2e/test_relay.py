"""Two participants who can only relay: audio, video and data over each transport, by the kernel where it is UDP, and the way out of a firewall that
clients find alone."""

import pytest

from deployment import EMBEDDED, EXTERNAL, OFFERED
from participant import RELAY_ONLY
from scene import FIREWALL

WAYS = {"udp": "udp", "tcp": "tcp 3478", "tls": "tcp 443"}
ENOUGH = 30  # packets of audio, pictures and messages


def meet_over(transport: str, invite, room: str, rtc_config: dict) -> None:
    people = [invite(name) for name in ("alice", "bob")]
    for person in people:
        print(f"{person.identity} joined and published in {person.join(room, rtc_config):.2f} s")
    for person, other in (people, reversed(people)):
        seconds = person.receives(other.identity)
        person.receives(other.identity, ENOUGH)
        report = person.report()
        print(f"{person.identity} received audio, video and data {seconds:.2f} s later: {report}")
        assert (report.candidate, report.transport) == ("relay", transport)


@pytest.mark.parametrize("deployment, transport", [(example, each) for example in (EXTERNAL, EMBEDDED) for each in OFFERED[example]], indirect=["deployment"])
def test_audio_video_and_data_go_both_ways(deployment, hosts, invite, transport):
    for name in ("alice", "bob"):
        hosts[name].block(*(way for each, way in WAYS.items() if each != transport))
    meet_over(transport, invite, transport, RELAY_ONLY)


def test_the_kernel_relays_between_browsers_and_the_sfu_on_its_own_host(deployment, hosts, invite):
    for name in ("alice", "bob"):
        hosts[name].block(*(way for each, way in WAYS.items() if each != "udp"))
    before = deployment.engine()["packets"].get("relayed", 0)
    meet_over("udp", invite, "in the kernel", RELAY_ONLY)
    engine = deployment.engine()
    relayed = engine["packets"]["relayed"] - before
    print(f"{relayed} packets relayed in the kernel: {engine}")
    assert relayed > 4 * ENOUGH  # two of each, up and down: media is the SFU's to send on
    assert {each["name"]: each["engine"] for each in engine["interfaces"]}["lo"] == "tc"


def test_who_is_behind_a_firewall_gets_out_over_tls_by_themselves(deployment, hosts, invite):
    for name in ("alice", "bob"):
        hosts[name].block(*FIREWALL)
    meet_over("tls", invite, "behind a firewall", {})
