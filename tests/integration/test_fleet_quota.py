"""Quotas across the nodes of a fleet, over a real Redis: one user's places and bytes on several nodes, and what becomes of them when a node or
Redis is gone."""

import contextlib
import select
import time

import pytest

from client import Client, Peer
from redis_server import RedisServer
from wire import ALLOCATE, UDP

PLACES = 3
RATE = 200_000  # bytes a second
PACKET, CHANNEL = 1000, 0x4001
KNOWN_S = 0.6  # until all nodes count what one has granted: twice docs/fleet.md's D
GONE_S = 15


@pytest.fixture(scope="module", params=[2], ids=["two_workers"])
def workers(request) -> int:
    return request.param


def node(redis: RedisServer, **limits) -> dict:
    return {"fleet": {"secret": "a secret of 32 bytes for a fleet", "redis": {"url": redis.url}}, "limits": limits}


def answer_of(server, user="user", hold: contextlib.ExitStack | None = None) -> int:
    """The code of an Allocate. What is granted is held by the stack, or else given back."""
    client = Client(server, user=user)
    with contextlib.nullcontext() if hold else client:
        if hold:
            hold.enter_context(client)
        return client.request(ALLOCATE, [UDP]).code


def wait_for(code: int, server, user="user", seconds: float = 5) -> float:
    """How long it takes until an Allocate gets this code; what is granted meanwhile is given back."""
    began = time.monotonic()
    while answer_of(server, user) != code:
        assert time.monotonic() - began < seconds, f"no {code} within {seconds} s:\n{server.log()}"
        time.sleep(0.1)
    return time.monotonic() - began


@contextlib.contextmanager
def fleet_of(launch, redis, count: int, **limits):
    """Nodes that know each other: what the first one grants the others count."""
    nodes = [launch(node(redis, **limits)) for _ in range(count)]
    with contextlib.ExitStack() as hold:
        for _ in range(PLACES):
            assert answer_of(nodes[0], "user2", hold) == 0
        for each in nodes[1:]:
            wait_for(486, each, "user2")
    yield nodes


def test_a_user_has_so_many_places_on_all_nodes_together_TURN_ALLOC_21(launch, redis):
    with fleet_of(launch, redis, 3, allocations_per_user=PLACES) as nodes, contextlib.ExitStack() as hold:
        for each in nodes:
            assert answer_of(each, hold=hold) == 0
            time.sleep(KNOWN_S)
        assert [answer_of(each) for each in nodes] == [486] * 3
        freed = hold.pop_all()
        with Client(nodes[1], user="user2") as other:
            other.allocate()  # whose places are others
        freed.close()
        time.sleep(KNOWN_S)
        for _ in range(PLACES):
            assert answer_of(nodes[2], hold=hold) == 0
        time.sleep(KNOWN_S)
        assert answer_of(nodes[0]) == 486


def test_what_nodes_grant_at_once_is_given_back_TURN_ALLOC_21(launch, redis):
    with fleet_of(launch, redis, 2, allocations_per_user=PLACES) as nodes, contextlib.ExitStack() as hold:
        clients = [hold.enter_context(Client(each)) for each in nodes * PLACES]
        for client in clients:
            client.challenge()
        asked = [client.signed(ALLOCATE, [UDP]) for client in clients]
        for client, request in zip(clients, asked, strict=True):
            client.send(request)
        granted = [client for client, request in zip(clients, asked, strict=True) if client.response_to(request).code == 0]
        assert len(granted) > PLACES, "they did not ask at once"
        time.sleep(3)
        assert [client.refresh().code for client in granted].count(0) == PLACES
        ended = sum(each.log().count('reason="over quota"') for each in nodes)
        assert ended == len(granted) - PLACES


def test_places_of_a_killed_node_count_for_15_seconds_and_without_redis_each_counts_itself_TURN_ALLOC_21(launch, tmp_path_factory):
    with contextlib.ExitStack() as hold:
        one, two = (hold.enter_context(RedisServer(tmp_path_factory.mktemp("redis"))) for _ in range(2))
        first, killed = hold.enter_context(fleet_of(launch, one, 2, allocations_per_user=PLACES))
        third, alone = hold.enter_context(fleet_of(launch, two, 2, allocations_per_user=PLACES))
        held = hold.enter_context(contextlib.ExitStack())
        for _ in range(PLACES):
            for each in (killed, third):
                assert answer_of(each, hold=held) == 0
        time.sleep(KNOWN_S)
        killed.process.kill()
        killed.process.wait()
        two.kill()
        began = time.monotonic()
        while time.monotonic() - began < GONE_S - 6:  # the last heartbeat may be 5 s old
            assert [answer_of(first), answer_of(alone)] == [486, 486]
            time.sleep(1)
        for each in (first, alone):
            wait_for(0, each, seconds=10)
        for _ in range(PLACES):
            assert answer_of(alone, hold=held) == 0
        assert answer_of(alone) == 486, "its own limit holds"


class Flood:
    """What a user sends over several nodes, three times the limit to each, and how much of it arrives at the peers."""

    def __init__(self, nodes, hold: contextlib.ExitStack):
        self.pairs = [(hold.enter_context(Client(each)), hold.enter_context(Peer())) for each in nodes]
        for client, peer in self.pairs:
            client.relay()
            assert client.bind(CHANNEL, peer.address) == 0
        self.began, self.sent = time.monotonic(), 0

    def rates(self, seconds: float) -> list[float]:
        """Bytes a second by each node, meanwhile."""
        heard, began = [0] * len(self.pairs), time.monotonic()
        while (now := time.monotonic()) - began < seconds:
            while self.sent < 3 * RATE * (now - self.began):
                for client, _ in self.pairs:
                    client.send_channel(CHANNEL, bytes(PACKET))
                self.sent += PACKET
            for number, (_, peer) in enumerate(self.pairs):
                while select.select([peer.socket], [], [], 0)[0]:
                    heard[number] += len(peer.socket.recv(65536))
            time.sleep(0.005)
        return [each / seconds for each in heard]


def test_nodes_relay_together_what_one_would_for_a_user_TURN_GEN_07(launch, redis):
    limits = {"allocations_per_user": PLACES, "bytes_per_second_per_user": RATE}
    with fleet_of(launch, redis, 2, **limits) as nodes, contextlib.ExitStack() as hold:
        flood = Flood(nodes, hold)
        assert sum(flood.rates(1)) > 1.5 * RATE, "each has the whole limit until it hears of the other"
        flood.rates(3)
        settled = flood.rates(4)
        assert 0.75 * RATE <= sum(settled) <= 1.25 * RATE, settled
        assert min(settled) > 0.2 * RATE, settled
        for each in nodes:
            each.config["limits"]["bytes_per_second_per_user"] = RATE // 2
            each.reload()
            each.wait_for_log(" reloaded")
        flood.rates(1)
        assert sum(flood.rates(2)) <= 1.25 * RATE / 2


def test_a_request_that_is_full_of_what_others_hold_is_answered_within_its_patience(launch, redis):
    with fleet_of(launch, redis, 2, allocations_per_user=PLACES) as nodes, contextlib.ExitStack() as hold:
        for _ in range(PLACES):
            assert answer_of(nodes[0], hold=hold) == 0
        time.sleep(KNOWN_S)
        durations = []
        for _ in range(3):
            with Client(nodes[1]) as client:
                client.challenge()
                began = time.monotonic()
                assert client.request(ALLOCATE, [UDP]).code == 486
                durations.append(time.monotonic() - began)
        assert 0.8 < durations[0] < 1.5, "others are asked to make room"
        assert max(durations[1:]) < 0.5, "but not again at once"
