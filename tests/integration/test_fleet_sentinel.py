"""Five nodes whose Redis is a set that Sentinels look after: whatever becomes of its primary, no revocation is lost, and good clients notice nothing. Needs root."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from fleet_scene import NODES, STORE, Call, GoodClients, Scene, expect_silence, five_nodes, revoke, wait_until_connected, who_relays
from redis_sentinels import SET, Sentinels

PATIENCE_S = 30
PAUSE_S = 0.2  # between two revocations; the last come after the change

# What becomes of the primary.
ENDS = {
    "replaced by an operator": lambda redis: redis.ask("FAILOVER"),
    "frozen": lambda redis: redis.primary().freeze(),
    "killed": lambda redis: redis.primary().kill(),
}


@pytest.fixture(scope="module")
def scene():
    with contextlib.ExitStack() as stack:
        yield Scene(stack, "set")


@pytest.fixture(scope="module")
def redis(scene, tmp_path_factory):
    with Sentinels(scene.store, STORE, tmp_path_factory.mktemp("redis")) as redis:
        yield redis


@pytest.fixture(scope="module")
def nodes(scene, redis, certificate, tmp_path_factory):
    redis.wait_until_ready()
    ways = {"url": f"redis://{SET}", "sentinel": redis.places}
    with five_nodes(scene, certificate, tmp_path_factory.mktemp("nodes"), ways) as nodes:
        yield nodes


def connections(node) -> int:
    return node.log().count(" redis_connected ")


@pytest.mark.parametrize("end", ENDS)
def test_revocations_hold_while_the_primary_changes(scene, redis, nodes, end):
    redis.wait_until_ready()
    before, once = redis.primary(), [connections(node) for node in nodes]
    with GoodClients(scene) as good, contextlib.ExitStack() as stack:
        revoked = [stack.enter_context(Call(scene, number % len(NODES), f"PA_{end.replace(' ', '_')}{number}")) for number in range(2 * len(NODES))]
        assert who_relays(revoked, PATIENCE_S) == revoked

        def tell_all() -> None:
            for number, call in enumerate(revoked):
                revoke(scene, call, (call.number + 1 + number // len(NODES)) % len(NODES))
                time.sleep(PAUSE_S)

        with ThreadPoolExecutor(1) as pool:
            ENDS[end](redis)
            telling = pool.submit(tell_all)
            until = time.monotonic() + PATIENCE_S
            while not all(now > then for now, then in zip([connections(node) for node in nodes], once, strict=True)):
                assert time.monotonic() < until, f"connections: {once}, then {[connections(node) for node in nodes]}"
                time.sleep(0.02)
            connected = wait_until_connected(scene)
            telling.result()
        redis.wait_until_all_name_another(before)
        if end == "frozen":
            before.thaw()  # and takes itself for the primary, until a Sentinel tells it otherwise
        expect_silence(scene, revoked, connected)
    good.assert_unharmed()
