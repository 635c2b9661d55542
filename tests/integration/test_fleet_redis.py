"""Servers that share a real Redis: what one of them hears of LiveKit or of an operator the others enforce, whenever they can hear of it."""

import json
import time

import pytest

from client import Client, Peer, is_closed_within
from fleet_nodes import FLEET_SECRET, Node, wait_for_all, wait_until
from livekit_messages import REMOVED, access_token, event
from redis_server import RedisServer
from server import USERS
from wire import ALLOCATE, UDP

PROMISED_S = 1.0
PATIENCE_S = 10
OTHER_SECRET = "the secret of others, 32 bytes.."
PASSWORD = "a password of Redis"


@pytest.fixture(scope="module", params=[2], ids=["two_workers"])
def workers(request) -> int:
    return request.param


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path):
    """One that may be killed."""
    with RedisServer(tmp_path) as server:
        yield server


@pytest.fixture
def pair(launch, redis):
    redis.ask("FLUSHALL")
    nodes = [Node(launch, redis.url), Node(launch, redis.url)]
    wait_for_all(nodes)
    return nodes


def credential_of(node: Node, room: str, identity: str, issued: int | None = None) -> dict:
    claims = {} if issued is None else {"issued": {"iat": issued, "nbf": issued}}
    status, body, _ = node.http.request("POST", "/livekit/ice-servers", Authorization=f"Bearer {access_token(room, identity, **claims)}")
    assert status == 200
    ice = json.loads(body)
    return {"user": ice["username"], "password": ice["credential"]}


def allocate_code(node: Node, credential: dict) -> int:
    with Client(node.server, **credential) as client:
        client.challenge()
        return client.ask(client.signed(ALLOCATE, [UDP])).code


def test_a_webhook_at_one_node_ends_the_relay_at_another_within_a_second(pair):
    one, other = pair
    with other.participant("PA_gone") as client, other.participant("PA_stays") as stays:
        relay, _ = client.relay(), stays.relay()
        began = time.monotonic()
        assert one.http.hook(event("participant_left", "PA_gone", REMOVED)) == 200
        assert is_closed_within(relay, PROMISED_S)
        print(f"closed {1000 * (time.monotonic() - began):.0f} ms after the webhook was sent to another node")
        assert other.code("PA_gone") == one.code("PA_gone") == 403
        assert stays.refresh().code == 0
    assert one.http.hook(event("participant_joined", "PA_gone", later_s=1)) == 200
    wait_until(lambda: other.code("PA_gone") == 0, PROMISED_S, "the bar is lifted")


def test_what_one_node_knows_of_a_room_ends_at_the_end_that_another_hears_of(pair):
    one, other = pair
    alice, bob = (credential_of(other, "r1", name) for name in ("alice", "bob"))
    assert other.http.hook(event("participant_joined", "PA_a", identity="alice")) == 200
    with Client(other.server, **alice) as client, Client(other.server, **bob) as elsewhere:
        client.challenge()
        elsewhere.challenge()
        relay, _ = client.relay(), elsewhere.relay()
        wait_until(lambda: one.http.hook(event("room_finished", room="r1", later_s=1)) == 200, 1)
        assert is_closed_within(relay, PROMISED_S)
        assert elsewhere.refresh().code == 0, "nobody said that bob was in the room"


def test_who_was_removed_comes_back_by_a_later_token_at_any_node(pair):
    one, other = pair
    now = int(time.time())
    credential = credential_of(other, "r2", "alice", issued=now - 5)
    assert allocate_code(other, credential) == 0
    assert one.http.hook(event("participant_left", "PA_r", REMOVED, room="r2")) == 200
    wait_until(lambda: allocate_code(other, credential) == 403, PROMISED_S, "barred at the other node")
    assert allocate_code(one, credential) == 403
    credential_of(other, "r2", "alice", issued=now - 5)
    assert allocate_code(other, credential) == 403, "a token from before the removal"
    later = credential_of(other, "r2", "alice", issued=now + 5)
    assert allocate_code(other, later) == 0
    wait_until(lambda: allocate_code(one, later) == 0, PROMISED_S, "lifted at the node that heard of the removal")


def test_an_operator_bars_and_lifts_on_all_nodes_from_any(pair):
    one, other = pair
    with Client(other.server, user="user", password=USERS["user"]) as client:
        relay = client.relay()
        one.operate("/api/v1/bar", {"user": "user", "seconds": 60})
        assert is_closed_within(relay, PROMISED_S)
        assert client.ask(client.signed(ALLOCATE, [UDP])).code == 403
    other.operate("/api/v1/bar", {"user": "user", "seconds": 0})

    def code_at_one() -> int:
        with Client(one.server, user="user", password=USERS["user"]) as client:
            client.challenge()
            return client.ask(client.signed(ALLOCATE, [UDP])).code

    wait_until(lambda: code_at_one() == 0, PROMISED_S, "the bar is lifted")


def test_a_node_that_starts_later_enforces_what_was_said_before(pair, launch, redis):
    assert pair[0].http.hook(event("participant_left", "PA_early", REMOVED)) == 200
    late = Node(launch, redis.url)
    wait_until(lambda: late.code("PA_early") == 403, PATIENCE_S, "barred at the new node")


def test_webhooks_that_came_while_redis_was_gone_hold_everywhere_when_it_is_back(launch, own_redis):
    nodes = [Node(launch, own_redis.url), Node(launch, own_redis.url)]
    one, other = nodes
    wait_for_all(nodes)
    with other.participant("PA_cut") as client, other.participant("PA_stays") as stays, Peer() as peer:
        relay, other_relay = client.relay(), stays.relay()
        assert stays.bind(0x4000, peer.address) == 0
        own_redis.kill()
        for node in nodes:
            wait_until(lambda node=node: not node.is_connected(), PATIENCE_S, "the loss is noticed")
        assert one.http.hook(event("participant_left", "PA_cut", REMOVED)) == 200
        assert one.http.hook(event("participant_left", "PA_cut", REMOVED)) == 200, "twice"
        assert one.code("PA_cut") == 403 and client.refresh().code == 0
        assert [node.http.get("/readyz") for node in nodes] == [200, 200]
        own_redis.start()
        connected = wait_until(other.is_connected, PATIENCE_S, "connected again")
        assert is_closed_within(relay, PROMISED_S), f"{connected} s after Redis was back"
        assert other.code("PA_cut") == 403
        stays.send_channel(0x4000, b"still here")
        assert peer.receive() == (b"still here", other_relay)
    for node in nodes:
        assert len(node.server.wait_for_lines(" redis_lost ", 1)) == 1
        assert len(node.server.wait_for_lines(" redis_connected ", 2)) == 2


def test_with_redis_frozen_media_and_the_control_plane_go_on(launch, own_redis):
    node = Node(launch, own_redis.url)
    wait_until(node.is_connected, PATIENCE_S)
    with node.participant("PA_1") as client, Peer() as peer:
        relay = client.relay()
        assert client.bind(0x4000, peer.address) == 0
        own_redis.freeze()
        try:
            frozen = time.monotonic()
            while node.is_connected():
                began = time.monotonic()
                assert began - frozen < PATIENCE_S
                client.send_channel(0x4000, b"on")
                assert peer.receive() == (b"on", relay)
                assert node.http.get("/readyz") == 200 and node.code("PA_2") == 0
                assert time.monotonic() - began < 1
                time.sleep(0.05)
            assert node.http.hook(event("participant_left", "PA_1", REMOVED)) == 200
            assert is_closed_within(relay, PROMISED_S)
        finally:
            own_redis.thaw()
        wait_until(node.is_connected, PATIENCE_S, "connected again")


def test_a_wrong_password_is_one_warning_and_a_metric(launch, tmp_path):
    file = tmp_path / "password"
    file.write_text("wrong\n")
    file.chmod(0o600)
    with RedisServer(tmp_path, f'requirepass "{PASSWORD}"') as redis:
        node = Node(launch, redis.url, fleet={"redis": {"password_file": str(file)}})
        wait_until(lambda: node.figure("turnpike_redis_failures_total", cause="password_wrong") >= 3, PATIENCE_S)
        assert len(node.server.wait_for_lines("redis_lost", 1)) == 1
        assert node.code("PA_1") == 0 and node.http.get("/readyz") == 200
        file.write_text(PASSWORD + "\n")
        wait_until(node.is_connected, PATIENCE_S, "with the password that the file has by now")
        assert PASSWORD not in node.server.log()


def test_a_redis_that_is_full_still_carries_messages(launch, tmp_path):
    with RedisServer(tmp_path, "maxmemory 1", "maxmemory-policy noeviction") as redis:
        nodes = [Node(launch, redis.url), Node(launch, redis.url)]
        one, other = nodes
        wait_for_all(nodes, PATIENCE_S)
        assert one.http.hook(event("participant_left", "PA_full", REMOVED)) == 200
        wait_until(lambda: other.code("PA_full") == 403, PROMISED_S)
        wait_until(lambda: [node.figure("turnpike_fleet_reconciles") for node in nodes] == [1, 1], PATIENCE_S, "nobody is given the task")
        for node in nodes:
            assert node.figure("turnpike_redis_failures_total", cause="full") > 0
            assert len(node.server.wait_for_lines(" redis_refuses ", 1)) == 1


def test_fleets_with_other_secrets_or_prefixes_share_one_redis_and_do_not_meet(pair, launch, redis):
    one, other = pair
    strangers = [Node(launch, redis.url, OTHER_SECRET), Node(launch, redis.url, fleet={"redis": {"prefix": "apart:"}})]
    for stranger in strangers:
        wait_until(lambda stranger=stranger: stranger.knows(1), PATIENCE_S, "alone in its fleet")
    assert one.http.hook(event("participant_left", "PA_ours", REMOVED)) == 200
    wait_until(lambda: other.code("PA_ours") == 403, PROMISED_S)
    assert [stranger.code("PA_ours") for stranger in strangers] == [0, 0]
    assert one.knows(2)


def test_a_change_of_secrets_loses_neither_nodes_nor_bars(pair):
    one, other = pair
    assert one.http.hook(event("participant_left", "PA_old", REMOVED)) == 200
    for secret, previous in [(FLEET_SECRET, OTHER_SECRET), (OTHER_SECRET, FLEET_SECRET), (OTHER_SECRET, "")]:
        for done, node in enumerate(pair):
            node.server.config["fleet"] |= {"secret": secret, "secret_previous": previous}
            node.server.reload()
            wait_until(lambda node=node: node.knows(2), PATIENCE_S, f"both after {done + 1} reloads")
    assert [node.code("PA_old") for node in pair] == [403, 403]
    assert one.http.hook(event("participant_left", "PA_new", REMOVED)) == 200
    wait_until(lambda: other.code("PA_new") == 403, PROMISED_S)


def test_nothing_that_a_client_chose_is_in_a_key_and_every_key_ends(pair, redis):
    one, other = pair
    name = "alice * \\ [x]"
    assert one.http.hook(event("participant_left", "PA_key", REMOVED, room=name, identity=name)) == 200
    wait_until(lambda: other.code("PA_key") == 403, PROMISED_S)
    keys = redis.keys()
    assert any(":word:l:" in key for key in keys)
    assert not [key for key in keys if "PA_" in key or "alice" in key or "RI_" in key or not key.startswith("turnpike:")]
    assert all(int(redis.ask("PTTL", key)) > 0 for key in keys)


def test_a_node_that_ends_is_gone_at_once(pair):
    one, other = pair
    other.server.stop()
    wait_until(lambda: one.knows(1), 2, "the other one has left")
    gone = one.server.wait_for_lines(" node_gone ", 1)
    assert "it has left" in gone[0]
