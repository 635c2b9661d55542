"""One user asks five nodes for more than there is, whatever happens to their Redis: no more is granted than docs/fleet.md says. Needs root."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fleet_scene import NODES, PLACES, STORMS, Call, GoodClients, Scene, five_nodes, redis_of, wait_until_connected, who_relays

GONE_S = 17  # after a node is killed
TOLD_S = 0.5  # until all nodes count what one of them holds
AGAIN_S = 5  # after a node is connected: it has read what others hold, and what several have granted at once has ended


@pytest.fixture(scope="module")
def scene():
    with contextlib.ExitStack() as stack:
        yield Scene(stack, "quota")


@pytest.fixture(scope="module")
def redis(scene, tmp_path_factory):
    with redis_of(scene, tmp_path_factory.mktemp("redis")) as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(scene, redis, certificate, tmp_path_factory):
    with five_nodes(scene, certificate, tmp_path_factory.mktemp("nodes")) as nodes:
        yield nodes


def ask_everywhere(scene: Scene, stack: contextlib.ExitStack, sid: str) -> list[Call]:
    """One user asks every node at once for more than there is; what each was granted."""

    def ask(number: int) -> list[Call]:
        return [Call(scene, number, sid) for _ in range(PLACES + 1)]

    with ThreadPoolExecutor(len(NODES)) as pool:
        asked = [call for calls in pool.map(ask, range(len(NODES))) for call in calls]
    for call in asked:
        stack.enter_context(call)
    assert {call.code for call in asked} <= {0, 486}
    granted = [call for call in asked if call.code == 0]
    assert max(sum(call.number == number for call in granted) for number in range(len(NODES))) <= PLACES
    return granted


def expect_no_more(scene: Scene, alive: list[Call]) -> None:
    """A place that is given back on one node is not to be had there while other nodes have as many as there are."""
    for number in range(len(NODES)):
        here = [call for call in alive if call.number == number]
        if here and len(alive) - len(here) >= PLACES:
            alive.remove(here[0])
            here[0].client.close()
            time.sleep(TOLD_S)
            with Call(scene, number, here[0].sid) as late:
                assert late.code == 486, f"node {number} grants more, though others have {len(alive) - len(here) + 1}"
            return


@pytest.mark.parametrize("storm", STORMS)
def test_who_asks_all_nodes_in_a_storm_gets_no_more_than_each_of_them_has_and_nothing_more_after_it(scene, redis, nodes, storm):
    with GoodClients(scene) as good, contextlib.ExitStack() as stack:
        with STORMS[storm](scene, redis):
            granted = ask_everywhere(scene, stack, f"PA_greedy_{storm.replace(' ', '_')}")
        connected = wait_until_connected(scene)
        time.sleep(max(0, max(connected.values()) + AGAIN_S - time.monotonic()))
        alive = who_relays(granted)
        assert alive, "nodes keep as many as there are"
        expect_no_more(scene, alive)
    good.assert_unharmed()


def test_places_of_a_user_are_those_of_all_nodes_together(scene, redis, nodes):
    with contextlib.ExitStack() as stack:
        codes = []
        for number in range(len(NODES)):
            codes.append(stack.enter_context(Call(scene, number, "PA_steady")).code)
            time.sleep(TOLD_S)
    assert codes == [0] * PLACES + [486] * (len(NODES) - PLACES)


def test_a_killed_nodes_places_come_back(scene, redis, nodes):
    """What it held counts for 15 seconds more."""
    with contextlib.ExitStack() as stack:
        for _ in range(PLACES):
            assert stack.enter_context(Call(scene, 2, "PA_survivor")).code == 0
        time.sleep(TOLD_S)
        nodes[2].process.kill()
        nodes[2].process.wait()
        try:
            with Call(scene, 0, "PA_survivor") as early:
                time.sleep(GONE_S)
                with Call(scene, 0, "PA_survivor") as later:
                    codes = [early.code, later.code]
        finally:
            nodes[2].start()
    wait_until_connected(scene)
    assert codes == [486, 0]
