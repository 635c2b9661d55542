"""Nodes that share the task of asking LiveKit who is there: when the one that has it dies, another one takes over, and nobody asks twice as often."""

import time

import pytest

from client import is_closed_within
from fleet_nodes import FLEET_SECRET, Node, wait_for_all, wait_until
from fleet_records import Records
from livekit_api import LiveKit

TAKEN_OVER_S = 15
PATIENCE_S, PROMISED_S = 20, 1


@pytest.fixture(scope="module", params=[2], ids=["two_workers"])
def workers(request) -> int:
    return request.param


@pytest.fixture
def sfu():
    with LiveKit() as running:
        yield running


def holders(nodes: list[Node]) -> list[Node]:
    return [node for node in nodes if node.figure("turnpike_fleet_reconciles") == 1]


def test_when_the_node_that_reconciles_is_killed_another_takes_over(launch, redis, sfu):
    sfu.rooms = {"r1": {"alice": "PA_gone", "bob": "PA_stays", "carol": "PA_gone_before"}}
    livekit = {"url": f"http://127.0.0.1:{sfu.port}", "reconcile_s": 1}
    nodes = [Node(launch, redis.url, livekit=livekit) for _ in range(3)]
    redis.ask("SET", f"{Records(redis, FLEET_SECRET).beginning}lease:reconciliation", "somebody who never ends")
    wait_for_all(nodes, PATIENCE_S)
    wait_until(lambda: len(holders(nodes)) == 1, PATIENCE_S, "one has the task")
    (holder,) = holders(nodes)
    others = [node for node in nodes if node is not holder]
    one, other = others
    with one.participant("PA_gone_before") as early, one.participant("PA_gone") as gone, other.participant("PA_stays") as stays:
        early_relay, relay, _ = early.relay(), gone.relay(), stays.relay()
        sfu.wait_for_rounds(2)
        del sfu.rooms["r1"]["carol"]
        assert is_closed_within(early_relay, PATIENCE_S), "what one node was answered holds on the others"
        holder.server.process.kill()
        holder.server.process.wait()
        killed, asked = time.monotonic(), sfu.questions
        del sfu.rooms["r1"]["alice"]
        wait_until(lambda: holders(others) and sfu.questions > asked, TAKEN_OVER_S, "another one has the task, and asks")
        print(f"taken over {time.monotonic() - killed:.1f} s after the kill")
        assert is_closed_within(relay, PATIENCE_S)
        assert len(holders(others)) == 1
        assert stays.refresh().code == 0
    for node in others:
        wait_until(lambda node=node: {node.code("PA_gone"), node.code("PA_gone_before")} == {403}, PROMISED_S, "barred everywhere")
