"""Nodes of other versions in a fleet: what a node understands it takes, what it does not it counts, and either way it goes on."""

import json
import subprocess

import pytest

from fleet_nodes import FLEET_SECRET, Node, wait_for_all, wait_until
from fleet_records import Records
from livekit_messages import REMOVED, event
from server import BINARY

PROMISED_S, PATIENCE_S = 1.0, 10
LATER = "9.9.0"


@pytest.fixture(scope="module", params=[2], ids=["two_workers"])
def workers(request) -> int:
    return request.param


@pytest.fixture
def pair(launch, redis):
    nodes = [Node(launch, redis.url), Node(launch, redis.url)]
    wait_for_all(nodes, PATIENCE_S)
    return nodes


@pytest.fixture
def records(redis, pair):
    return Records(redis, FLEET_SECRET)


def fleet(node: Node, *arguments: str) -> str:
    """What `turnpike fleet` prints there."""
    command = [BINARY, "fleet", *arguments, "--control.socket", node.server.config["control"]["socket"]]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE_S).stdout


def versions(node: Node) -> dict[str, str]:
    """By the ids of nodes."""
    return {each["node"]: each["version"] for each in json.loads(fleet(node, "--json"))["nodes"]}


def refused(node: Node, cause: str) -> float:
    return node.figure("turnpike_fleet_records_refused_total", cause=cause)


def expect_to_go_on(nodes: list[Node], name: str) -> None:
    """What one is told the others enforce."""
    one, *others = nodes
    assert one.http.hook(event("participant_left", f"PA_{name}", REMOVED)) == 200
    for other in others:
        wait_until(lambda other=other: other.code(f"PA_{name}") == 403, PROMISED_S, "barred at the other node")
        assert other.code(f"PA_stays_{name}") == 0


def test_a_node_of_a_later_version_is_one_of_the_fleet(pair, records, launch, redis):
    known = records.nodes()[0]
    later = {**known, "id": "f" * 32, "seq": 1, "version": LATER, "region": "later-1", "cores": 64, "engines": [{"name": "x"}], "new": True}
    records.write_node(later)
    for node in pair:
        wait_until(lambda node=node: versions(node).get(later["id"]) == LATER, PATIENCE_S, "it is one of the nodes")
        assert node.figure("turnpike_fleet_nodes") == 3
        assert LATER in fleet(node) and "later-1" in fleet(node)
        assert LATER in node.server.wait_for_lines(f"node_came node={later['id']}", 1)[0]
    expect_to_go_on(pair, "later")
    late = Node(launch, redis.url)
    wait_until(lambda: versions(late).get(later["id"]) == LATER, PATIENCE_S, "a node that starts later reads of it")
    expect_to_go_on([late, *pair], "late")
    assert sum(refused(node, cause) for node in pair for cause in ("malformed", "other_version", "wrong_seal")) == 0


# What a node does not understand, as a kind, a name in a key, a record, and the cause that it is counted under.
ODD = {
    "a node without its load": ("node", "lacking", "malformed"),
    "a node of another form": ("node", "of another form", "other_version"),
    "a word of another authority": ("word", {"user": "dQ", "authority": "court", "bar": True, "life_ms": 1000, "said": 1, "node": "e" * 32}, "malformed"),
    "an order for another task": ("order", {"node": "e" * 32, "task": "upgrade", "by": "f" * 32}, "malformed"),
    "a table of other columns": ("places", {"node": "e" * 32, "seq": 1, "columns": []}, "malformed"),
    "news without a node": ("news", {"expected": True}, "malformed"),
}


def test_what_a_node_does_not_understand_is_counted_and_harms_nobody(pair, records, launch, redis):
    known = records.nodes()[0] | {"id": "e" * 32, "seq": 1}
    lacking = {name: value for name, value in known.items() if name != "busy_permille"}
    for kind, content, cause in ODD.values():
        before = [refused(node, cause) for node in pair]
        if kind == "node":
            records.write_node(lacking if content == "lacking" else known, "2" if content == "of another form" else "1")
        else:
            records.publish(kind, records.seal(kind, json.dumps(content)))
        for node, count in zip(pair, before, strict=True):
            wait_until(lambda node=node, count=count, cause=cause: refused(node, cause) > count, PATIENCE_S, f"{kind} is counted as {cause}")
    # Kinds that only a later version has, and keys of a type that this one does not expect.
    records.write("verdict", "x", records.seal("verdict", "{}"))
    records.publish("verdict", records.seal("verdict", "{}"))
    for kind, name in (("word", "l:x"), ("node", "d" * 32), ("places", "e" * 32 + ":0")):
        redis.ask("RPUSH", f"{records.beginning}{kind}:{name}", "1", "2")
    expect_to_go_on(pair, "odd")
    late = Node(launch, redis.url)
    wait_until(lambda: late.knows(3), PATIENCE_S, "the nodes that it understands")
    expect_to_go_on([late, *pair], "odder")
    for node in pair:
        assert known["id"] not in versions(node)
        assert len(node.server.wait_for_lines(" fleet_records_refused ", 1)) >= 1
