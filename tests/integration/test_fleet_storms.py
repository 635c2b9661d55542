"""Five nodes and a real Redis, to which everything happens that can: what one node was told holds on all of them, and good clients notice nothing. Needs root."""

import contextlib
import os
import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fleet_scene import (
    ENFORCED_S,
    GONE,
    NODES,
    STORMS,
    Call,
    GoodClients,
    Scene,
    expect_silence,
    five_nodes,
    redis_of,
    revoke,
    start_node,
    tell,
    wait_until_connected,
    who_relays,
)
from livekit_messages import REMOVED
from redis_storms import frozen

# scripts/nightly has more of them, each of another length.
ROUNDS, SEED = int(os.environ.get("TEST_STORM_ROUNDS", "1")), int(os.environ.get("TEST_STORM_SEED", "1"))
STORM_S = (1, 1) if ROUNDS == 1 else (0, 20)
MORTAL, PAUSE_S, PATIENCE_S = 2, 0.1, 5
# The storm in which a node dies, and how long it has when it is connected again. What an empty Redis lacks is put back within two seconds.
DEATHS = {"nothing": ENFORCED_S, "frozen": ENFORCED_S, "killed": ENFORCED_S + 2}
FROZEN_S = 1.7  # longer than an answer is waited for


@pytest.fixture(scope="module")
def scene():
    with contextlib.ExitStack() as stack:
        yield Scene(stack)


@pytest.fixture(scope="module")
def redis(scene, tmp_path_factory):
    with redis_of(scene, tmp_path_factory.mktemp("redis")) as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(scene, redis, certificate, tmp_path_factory):
    with five_nodes(scene, certificate, tmp_path_factory.mktemp("nodes")) as nodes:
        yield nodes


@pytest.mark.parametrize("turn", range(ROUNDS))
@pytest.mark.parametrize("storm", STORMS)
def test_what_a_node_was_told_in_a_storm_holds_on_all_of_them_after_it(scene, redis, nodes, storm, turn):
    name, chance = f"{storm.replace(' ', '_')}_{turn}_", random.Random(f"{SEED} {storm} {turn}")
    with GoodClients(scene) as good, contextlib.ExitStack() as stack:
        revoked = [stack.enter_context(Call(scene, number, f"PA_{name}{number}")) for number in range(len(NODES))]
        assert who_relays(revoked, PATIENCE_S) == revoked
        with STORMS[storm](scene, redis):
            for call in revoked:
                revoke(scene, call, (call.number + chance.randrange(1, len(NODES))) % len(NODES))
            time.sleep(chance.uniform(*STORM_S))
        expect_silence(scene, revoked, wait_until_connected(scene))
    good.assert_unharmed()


@pytest.mark.parametrize("storm", DEATHS)
def test_a_node_that_is_killed_and_comes_back_in_a_storm_lets_nobody_through(scene, redis, nodes, storm):
    """Revocations go on while it is away, and the last one that it was told before that holds as well."""
    name, survivors = f"death_{storm}_", [number for number in range(len(NODES)) if number != MORTAL]
    with GoodClients(scene, survivors) as good, contextlib.ExitStack() as stack:
        numbers = [MORTAL, *survivors * 3, MORTAL]
        revoked = [stack.enter_context(Call(scene, number, f"PA_{name}{count}")) for count, number in enumerate(numbers)]
        orphan = stack.enter_context(Call(scene, survivors[0], f"PA_{name}orphan"))
        assert who_relays([*revoked, orphan], PATIENCE_S) == [*revoked, orphan]

        def tell_all() -> None:
            for count, call in enumerate(revoked):
                time.sleep(PAUSE_S)
                revoke(scene, call, survivors[count % len(survivors)])

        with STORMS[storm](scene, redis), ThreadPoolExecutor(1) as pool:
            telling = pool.submit(tell_all)
            time.sleep(len(revoked) / 3 * PAUSE_S)
            if storm == "nothing":
                revoke(scene, orphan, MORTAL)
                revoked.append(orphan)
            nodes[MORTAL].process.kill()
            nodes[MORTAL].process.wait()
            time.sleep(len(revoked) / 3 * PAUSE_S)
            nodes[MORTAL].start()
            # Who comes before it knows of them may be let in, until it does.
            revoked += [stack.enter_context(Call(scene, MORTAL, call.sid)) for call in revoked]
            with Call(scene, MORTAL, f"PA_{name}stranger") as stranger:
                assert stranger.relays(PATIENCE_S)
            telling.result()
        expect_silence(scene, revoked, wait_until_connected(scene), DEATHS[storm])
        with Call(scene, MORTAL, f"PA_{name}stranger") as stranger:
            assert stranger.relays(PATIENCE_S)
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
