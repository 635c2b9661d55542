"""Five nodes and a real Redis, to which everything happens that can: what one node was told holds on all of them, and good clients notice nothing. Needs root."""

import contextlib
import os
import random
import time

import pytest

from fleet_scene import NODES, STORE, STORMS, Call, GoodClients, Scene, five_nodes, start_node, tell, wait_until_connected
from livekit_messages import REMOVED
from redis_store import SENTINEL_PORT, SET, Redis, Sentinels, frozen

ENFORCED_S = 1  # after a node is connected
# scripts/nightly has more of them, each of another length.
ROUNDS, SEED = int(os.environ.get("TEST_STORM_ROUNDS", "1")), int(os.environ.get("TEST_STORM_SEED", "1"))
STORM_S = (1, 1) if ROUNDS == 1 else (0, 20)
FROZEN_S = 1.7  # longer than an answer is waited for
GONE = "participant_left"


@pytest.fixture(scope="module")
def scene():
    with contextlib.ExitStack() as stack:
        yield Scene(stack)


@pytest.fixture(scope="module")
def redis(scene, tmp_path_factory):
    with contextlib.closing(Redis(scene.store, tmp_path_factory.mktemp("redis"))) as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(scene, redis, certificate, tmp_path_factory):
    with five_nodes(scene, certificate, tmp_path_factory.mktemp("nodes")) as nodes:
        yield nodes


def expect_silence(scene: Scene, revoked: list[Call], connected: list[float]) -> None:
    """A second after its node is connected nothing of them is relayed, and they are refused on every node."""
    for call in sorted(revoked, key=lambda call: connected[call.number]):
        time.sleep(max(0, connected[call.number] + ENFORCED_S - time.monotonic()))
        assert not call.relays(), f"{call.sid} relays by node {call.number}"
    time.sleep(max(0, max(connected) + ENFORCED_S - time.monotonic()))
    for number, call in enumerate(revoked):
        with Call(scene, (call.number + number) % len(NODES), call.sid) as again:
            assert again.code == 403


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("storm", STORMS)
def test_what_a_node_was_told_in_a_storm_holds_on_all_of_them_after_it(scene, redis, nodes, storm, turn):
    name, chance = f"{storm.replace(' ', '_')}_{turn}_", random.Random(f"{SEED} {storm} {turn}")
    with GoodClients(scene) as good, contextlib.ExitStack() as stack:
        revoked = [stack.enter_context(Call(scene, number, f"PA_{name}{number}")) for number in range(len(NODES))]
        assert all(call.relays() for call in revoked)
        with STORMS[storm](scene, redis):
            for call in revoked:
                tell(scene, (call.number + chance.randrange(1, len(NODES))) % len(NODES), GONE, call.sid, REMOVED)
            time.sleep(chance.uniform(*STORM_S))
        expect_silence(scene, revoked, wait_until_connected(scene))
    good.assert_unharmed()


def test_a_participant_moves_from_node_to_node_with_one_credential(scene, redis, nodes):
    for number in range(len(NODES)):
        with Call(scene, number, "PA_moving") as call:
            assert call.code == 0 and call.relays()


def test_a_frozen_redis_delays_no_packet(scene, redis, nodes):
    """By turns, so that what else this machine does falls on both."""
    with GoodClients(scene) as good:
        spans = {False: [], True: []}
        for is_frozen in [False, True] * 3:
            with frozen(redis) if is_frozen else contextlib.nullcontext():
                began = time.monotonic()
                time.sleep(FROZEN_S)
                spans[is_frozen].append((began, time.monotonic()))
    good.assert_unharmed()
    usual, meanwhile = (good.median_ms(spans[is_frozen]) for is_frozen in (False, True))
    print(f"median of an echo: {usual:.2f} ms, with Redis frozen {meanwhile:.2f} ms")
    assert meanwhile < 2 * usual + 0.5
    wait_until_connected(scene)


def test_another_fleet_on_the_same_redis_bars_nobody_here(scene, redis, nodes, certificate, tmp_path):
    port = 9479
    extra = {
        "listen": {"udp": ["127.0.0.1:{port}", f"{NODES[0]}:3479"]},
        "control": {"listen": f"{NODES[0]}:{port}"},
        "fleet": {"secret": "the secret of another fleet, 32 b"},
    }
    stranger = start_node(scene, tmp_path / "stranger", certificate, 0, extra)
    try:
        with Call(scene, 2, "PA_shared") as call:
            tell(scene, 0, GONE, "PA_shared", REMOVED, port=port)
            time.sleep(2 * ENFORCED_S)
            assert call.relays()
            tell(scene, 4, GONE, "PA_shared", REMOVED)
            time.sleep(ENFORCED_S)
            assert not call.relays()
    finally:
        stranger.stop()


def test_a_node_that_boots_later_knows_who_is_barred(scene, redis, nodes, certificate, tmp_path):
    tell(scene, 0, GONE, "PA_barred_before", REMOVED)
    nodes[4].stop()
    nodes[4].start()
    connected = wait_until_connected(scene)
    time.sleep(max(0, connected[4] + ENFORCED_S - time.monotonic()))
    with Call(scene, 4, "PA_barred_before") as call:
        assert call.code == 403


def test_a_set_that_sentinel_looks_after_loses_its_primary(certificate, tmp_path):
    with contextlib.ExitStack() as stack:
        scene = Scene(stack, "set")
        redis = stack.enter_context(contextlib.closing(Sentinels(scene.store, STORE, tmp_path)))
        redis.wait_until_ready()
        ways = {"url": f"redis://{SET}", "sentinel": [f"{STORE}:{SENTINEL_PORT + number}" for number in range(3)]}
        for number in range(len(NODES)):
            node = start_node(scene, tmp_path / f"node{number}", certificate, number, redis=ways)
            stack.callback(node.stop)
        wait_until_connected(scene)
        with GoodClients(scene) as good, Call(scene, 1, "PA_before") as before, Call(scene, 2, "PA_during") as during:
            tell(scene, 3, GONE, "PA_before", REMOVED)
            time.sleep(ENFORCED_S)
            assert not before.relays()
            redis.primary.kill()
            tell(scene, 4, GONE, "PA_during", REMOVED)
            time.sleep(2)
            expect_silence(scene, [before, during], wait_until_connected(scene))
        good.assert_unharmed()
