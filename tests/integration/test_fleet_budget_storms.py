"""Byte budgets of users and rooms over two nodes while Redis is killed, frozen or cut off from one of them: together the nodes relay no more than
docs/fleet.md says, and who stays below the limit loses nothing. Needs root."""

import contextlib
import time

import pytest

from client import Client, Peer
from credentials import in_seconds, livekit
from fleet_nodes import Node, wait_for_all, wait_until
from livekit_messages import KEY, SECRET, event
from namespace import Namespace
from redis_server import RedisServer
from redis_storms import frozen, killed
from wire import ALLOCATE, UDP

RATE = 60_000  # bytes a second, of a user and of a room
OVER = 1.25  # what nodes that know the same give together at most
ENOUGH, ROUNDING = 0.75, 0.05
PACKET, CHANNEL, TICK_S, DEBT_S = 1000, 0x4000, 0.01, 0.3
SETTLED_S = 4  # from the beginning of a stream, or a node's connection, until parts are what they will be
STORM_S, AFTER_S, PATIENCE_S = 4, 2, 20
PLACES = ["127.0.0.1", "127.0.0.2"]  # of one Redis: each node knows it by another
CUT = """table inet cut {
  chain leaving {
    type filter hook output priority filter
    ip daddr 127.0.0.2 drop
    ip saddr 127.0.0.2 drop
  }
}
"""


@pytest.fixture(scope="module")
def workers() -> int:
    return 2


@contextlib.contextmanager
def cut_off(redis: RedisServer):
    """The second node and Redis hear nothing of each other."""
    redis.host.nft(CUT)
    try:
        yield
    finally:
        redis.host.nft("delete table inet cut")


STORMS = {"killed": killed, "frozen": frozen, "cut off from one node": cut_off}


class Stream:
    """What one client sends by one node, and how much of it arrives."""

    def __init__(self, node: Node, sid: str, rate: float, hold: contextlib.ExitStack):
        self.client = hold.enter_context(Client(node.server, **livekit(KEY, SECRET, sid, in_seconds(300))))
        self.peer = hold.enter_context(Peer())
        assert self.client.ask(self.client.signed(ALLOCATE, [UDP])).code == 0
        assert self.client.bind(CHANNEL, self.peer.address) == 0
        self.peer.socket.setblocking(False)
        self.rate, self.debt, self.sent, self.heard = rate, 0.0, 0, 0

    def send(self, seconds: float) -> None:
        """What is due after so long; who was held up makes up for little of it."""
        self.debt += self.rate * min(seconds, DEBT_S)
        while self.debt >= PACKET:
            self.client.send_channel(CHANNEL, bytes(PACKET))
            self.debt -= PACKET
            self.sent += PACKET

    def listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self.heard += len(self.peer.socket.recv(65536))


class Fleet:
    """Two nodes and their Redis on a host of their own: a greedy user, a greedy room, and somebody who stays below the limit."""

    def __init__(self, name: str, launch, folder, hold: contextlib.ExitStack):
        self.name, self.hold = name, hold
        self.host = hold.enter_context(contextlib.closing(Namespace(f"budgets-{name.split()[0]}")))
        self.redis = hold.enter_context(RedisServer(folder, address="0.0.0.0", host=self.host))
        limits = {"bytes_per_second_per_user": RATE, "bytes_per_second_per_room": RATE}
        self.nodes = [Node(launch, f"redis://{place}:{self.redis.port}", host=self.host, limits=limits) for place in PLACES]
        with self.host.entered():
            wait_for_all(self.nodes, PATIENCE_S)
            for sid, room in (("PA_room0", "busy"), ("PA_room1", "busy"), ("PA_good", "calm")):
                assert self.nodes[0].http.hook(event("participant_joined", sid, room=room, identity=sid)) == 200
        self.greedy = {"user": self.streams("PA_user", "PA_user"), "room": self.streams("PA_room0", "PA_room1")}
        with self.host.entered():
            self.good = [Stream(node, "PA_good", 0.35 * RATE, hold) for node in self.nodes]

    def streams(self, *sids: str) -> list[Stream]:
        """Of three times the limit, one by each node."""
        with self.host.entered():
            return [Stream(node, sid, 3 * RATE, self.hold) for node, sid in zip(self.nodes, sids, strict=True)]

    def all_streams(self) -> list[Stream]:
        return [*self.good, *(stream for streams in self.greedy.values() for stream in streams)]

    def are_connected(self) -> bool:
        with self.host.entered():
            return all(node.is_connected() for node in self.nodes)


class Share:
    """Of the limit. While this program is held up nothing is relayed, and a node saves up for at most a second."""

    def __init__(self, heard: int, lasted: float, pause: float, active: float):
        self.at_least, self.at_most = heard / RATE / (lasted + min(pause, 1)), heard / RATE / active

    def __repr__(self) -> str:
        return f"{self.at_least:.2f} to {self.at_most:.2f}"


class Traffic:
    """Of all fleets at once."""

    def __init__(self, fleets: list[Fleet]):
        self.fleets, self.last = fleets, time.monotonic()

    def tick(self) -> float:
        """How long nothing had been sent."""
        now = time.monotonic()
        gap, self.last = now - self.last, now
        for fleet in self.fleets:
            for stream in fleet.all_streams():
                stream.send(gap)
                stream.listen()
        time.sleep(TICK_S)
        return gap

    def expect_all_of_the_good(self) -> None:
        good = {(fleet.name, number): stream for fleet in self.fleets for number, stream in enumerate(fleet.good)}
        wait_until(lambda: self.tick() and all(stream.heard == stream.sent for stream in good.values()), PATIENCE_S, "nothing is under way")
        assert all(stream.sent > 0 for stream in good.values())

    def measure(self, seconds: float, until=lambda: True) -> dict[tuple[str, str], list[Share]]:
        """By node for each fleet and who is greedy there, for so long and until that holds."""
        streams = {(fleet.name, who): those for fleet in self.fleets for who, those in fleet.greedy.items()}
        before = {key: [stream.heard for stream in those] for key, those in streams.items()}
        began, pause, active = time.monotonic(), 0.0, 0.0
        while time.monotonic() - began < seconds or not until():
            assert time.monotonic() - began < seconds + PATIENCE_S
            gap = self.tick()
            pause, active = max(pause, gap), active + min(gap, DEBT_S)
        lasted = time.monotonic() - began
        return {key: [Share(stream.heard - was, lasted, pause, active) for stream, was in zip(those, before[key], strict=True)] for key, those in streams.items()}


def test_budgets_hold_in_storms_and_nobody_below_them_loses_a_packet_TURN_GEN_07(launch, tmp_path):
    with contextlib.ExitStack() as hold:
        fleets = [Fleet(name, launch, tmp_path, hold) for name in STORMS]
        traffic = Traffic(fleets)
        traffic.measure(SETTLED_S)
        calm = traffic.measure(AFTER_S)
        with contextlib.ExitStack() as storms:
            for fleet in fleets:
                storms.enter_context(STORMS[fleet.name](fleet.redis))
            storm = traffic.measure(STORM_S)
            for fleet in fleets:
                assert not fleet.are_connected()
                fleet.greedy["late"] = fleet.streams("PA_late", "PA_late")
            late = traffic.measure(AFTER_S)
        back = traffic.measure(0, lambda: all(fleet.are_connected() for fleet in fleets))
        settling = traffic.measure(SETTLED_S)
        after = traffic.measure(AFTER_S)
        for what, shares in (("calm", calm), ("storm", storm), ("late", late), ("back", back), ("settling", settling), ("after", after)):
            for (name, who), parts in shares.items():
                said = f"{what}, Redis {name}, {who}: {parts}"
                print(said)
                if who != "late" or what == "after":
                    assert sum(part.at_least for part in parts) <= OVER, said
                    assert what == "back" or sum(part.at_most for part in parts) > ENOUGH, said
                elif what == "late":
                    assert all(part.at_least <= 1 + 1 / AFTER_S + ROUNDING and part.at_most > ENOUGH for part in parts), f"each gives all that it has: {said}"
        traffic.expect_all_of_the_good()
