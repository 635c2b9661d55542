"""Five nodes of a fleet, its Redis and a network of clients, each on a host of its own; and good clients, who must not notice what happens to the rest."""

import contextlib
import random
import selectors
import statistics
import struct
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace

import pytest

import wire
from client import Client, Peer
from credentials import in_seconds, livekit
from livekit_messages import KEY, REMOVED, SECRET, Http, event
from moved_clock import Clock
from namespace import Namespace, connect
from redis_server import RedisServer
from redis_storms import behind_a_password, frozen, full, killed, restarted, slow
from server import IS_SANITIZED, Server, merged
from wire import ALLOCATE, UDP

NODES = [f"10.84.0.{number}" for number in range(11, 16)]
ALL = range(len(NODES))
STORE, OUTSIDE, PORT = "10.84.0.5", "10.84.0.100", 6379
TURN = SimpleNamespace(port=3478, tls_port=5349)
HTTP_PORT = 9478
FLEET_SECRET = "what these five nodes know alone"
PLACES = 3  # of a user
SILENCE_S = 0.3  # after which what was sent is taken for not relayed
CONNECTED_S = 20  # after Redis is there: the longest pause between attempts is five seconds
ENFORCED_S = 1  # after a node is connected
GONE = "participant_left"
AHEAD_S = {1: 15, 3: -15}  # of the clocks of these nodes
CUT = """table inet cut {{
  chain arriving {{
    type filter hook input priority filter
    ip saddr {0} drop
  }}
  chain leaving {{
    type filter hook output priority filter
    ip daddr {0} drop
  }}
}}
"""


def participant(sid: str) -> dict[str, str]:
    """A credential that LiveKit gives; any node takes it."""
    return livekit(KEY, SECRET, sid, in_seconds(600))


class Scene:
    """The hosts, on one wire, without servers."""

    def __init__(self, stack: contextlib.ExitStack, name: str = "fleet"):
        self.stack, self.name = stack, name
        self.hub = self._host("hub")
        self.hub.ip("link", "add", "bridge", "type", "bridge")
        self.hub.ip("link", "set", "bridge", "up")
        self.store = self._join("store", STORE)
        self.outside = self._join("outside", OUTSIDE)
        self.nodes = [self._join(f"node{number}", address) for number, address in enumerate(NODES)]

    def _host(self, name: str) -> Namespace:
        return self.stack.enter_context(contextlib.closing(Namespace(f"{self.name}-{name}")))

    def _join(self, name: str, address: str) -> Namespace:
        host = self._host(name)
        connect(self.hub, host, name)
        self.hub.ip("link", "set", name, "master", "bridge")
        host.add_address("wire", f"{address}/24")
        return host

    @contextlib.contextmanager
    def cut_off(self, *numbers: int):
        """These nodes and Redis hear nothing of each other; clients reach all of them."""
        for number in numbers:
            self.nodes[number].nft(CUT.format(STORE))
        try:
            yield
        finally:
            for number in numbers:
                self.nodes[number].nft("delete table inet cut")


def redis_of(scene: Scene, folder: Path, port: int = PORT) -> RedisServer:
    return RedisServer(folder, address=STORE, port=port, host=scene.store)


def node_config(number: int, redis: dict | None = None) -> dict:
    return {
        "listen": {"udp": ["127.0.0.1:{port}", f"{NODES[number]}:{TURN.port}"], "tcp": [], "tls": []},
        "relay": {"addresses": [NODES[number]], "engine": "sockets"},
        "peers": {"allow": [OUTSIDE]},
        "credentials": {"livekit_keys": {KEY: SECRET}},
        "livekit": {"webhook": True},
        "limits": {"allocations_per_user": PLACES},
        "control": {"listen": f"{NODES[number]}:{HTTP_PORT}", "socket": "{directory}/control.sock"},
        # On a machine that is busy with other things nodes have little time to wait, and would send each other their clients.
        "fleet": {"secret": FLEET_SECRET, "redirects": False, "redis": redis or {"url": f"redis://{STORE}:{PORT}"}},
    }


class Call:
    """A participant with a channel to a peer of their own, by one node."""

    CHANNEL = 0x4000

    def __init__(self, scene: Scene, number: int, sid: str):
        with scene.outside.entered():
            self.client = Client(TURN, host=NODES[number], source=(OUTSIDE, 0), **participant(sid))
            self.peer = Peer(OUTSIDE)
        self.sid, self.number = sid, number
        self.told, self.told_at = number, 0.0  # the node that a revocation was told, and when it knew
        self.code = self.client.ask(self.client.signed(ALLOCATE, [UDP])).code
        if self.code == 0:
            assert self.client.bind(self.CHANNEL, self.peer.address) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError, AssertionError):
            self.client.close()
        self.peer.socket.close()

    def relays(self, seconds: float = SILENCE_S) -> bool:
        """What the client says now reaches the peer."""
        return who_relays([self], seconds) == [self]


def who_relays(calls: list[Call], seconds: float = SILENCE_S) -> list[Call]:
    """By which of them what is said now reaches the peer."""
    waiting = {}
    with selectors.DefaultSelector() as selector:
        for call in calls:
            waiting[call] = random.randbytes(8)
            selector.register(call.peer.socket, selectors.EVENT_READ, call)
            call.client.send(wire.channel_data(Call.CHANNEL, waiting[call]))
        until = time.monotonic() + seconds
        while waiting and (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                if key.fileobj.recv(2048) == waiting.get(key.data):
                    del waiting[key.data]
    return [call for call in calls if call not in waiting]


class GoodClients:
    """A call by each of these nodes, of 50 echoes a second, and newcomers. Whatever happens meanwhile, all of them are served as if nothing did."""

    TICK_S = 0.02

    def __init__(self, scene: Scene, numbers: Iterable[int] = ALL):
        self.scene, self.numbers = scene, list(numbers)
        self.calls = [Call(scene, number, f"PA_good{number}") for number in self.numbers]
        self.ends = threading.Event()
        self.sent = 0
        self.echoes: list[tuple[float, float]] = []  # when it was sent, and how long it took
        self.refused: list[str] = []
        self.threads = [threading.Thread(target=self._media), threading.Thread(target=self._newcomers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        for thread in self.threads:
            thread.join()
        for call in self.calls:
            call.__exit__()

    def _media(self) -> None:
        with selectors.DefaultSelector() as selector:
            for call in self.calls:
                call.client.socket.setblocking(False)
                call.peer.socket.setblocking(False)
                selector.register(call.client.socket, selectors.EVENT_READ, self._on_echo)
                selector.register(call.peer.socket, selectors.EVENT_READ, self._echo)
            next_tick = time.monotonic()
            while not self.ends.is_set():
                for call in self.calls:
                    call.client.socket.send(wire.channel_data(Call.CHANNEL, struct.pack(">d", time.monotonic())))
                    self.sent += 1
                next_tick += self.TICK_S
                self._wait(selector, next_tick)
            self._wait(selector, time.monotonic() + 0.5)

    def _wait(self, selector, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            for key, _ in selector.select(left):
                key.data(key.fileobj)

    @staticmethod
    def _echo(peer) -> None:
        peer.sendto(*peer.recvfrom(2048))

    def _on_echo(self, client) -> None:
        (sent,) = struct.unpack(">d", client.recv(2048)[4:])
        self.echoes.append((sent, time.monotonic() - sent))

    def _newcomers(self) -> None:
        for count in range(1 << 30):
            if self.ends.wait(0.2):
                return
            number = self.numbers[count % len(self.numbers)]
            try:
                with Call(self.scene, number, f"PA_newcomer{count}") as call:
                    if call.code or not call.relays(2):
                        self.refused.append(f"{call.code} by node {number}")
            except (OSError, AssertionError) as error:
                self.refused.append(f"{error!r} by node {number}")

    def median_ms(self, spans: list[tuple[float, float]]) -> float:
        """Of echoes that were sent then."""
        taken = [seconds for sent, seconds in self.echoes if any(began <= sent < ended for began, ended in spans)]
        return 1000 * statistics.median(taken)

    def assert_unharmed(self) -> None:
        """After the end."""
        assert not self.refused, self.refused
        assert len(self.echoes) == self.sent, f"{self.sent - len(self.echoes)} of {self.sent} echoes are lost"


def start_node(scene: Scene, folder: Path, certificate, number: int, more: dict | None = None, redis: dict | None = None) -> Server:
    folder.mkdir(exist_ok=True)
    return Server(folder, certificate, 1, merged(node_config(number, redis), more or {}), scene.nodes[number]).start()


def tell(scene: Scene, number: int, *words: str, port: int = HTTP_PORT) -> None:
    """A webhook of LiveKit's to this node: name of the event, participant and reason."""
    with scene.outside.entered():
        assert Http(f"{NODES[number]}:{port}").hook(event(*words)) == 200


def is_connected(scene: Scene, number: int) -> bool:
    """The node says that it has its Redis."""
    with scene.outside.entered():
        page = Http(f"{NODES[number]}:{HTTP_PORT}").request("GET", "/metrics")[1]
    return "\nturnpike_redis_connected 1" in page


# What happens to Redis, or between it and the nodes.
STORMS = {
    "nothing": lambda scene, redis: contextlib.nullcontext(),
    "killed": lambda scene, redis: killed(redis),
    "restarted": lambda scene, redis: restarted(redis),
    "frozen": lambda scene, redis: frozen(redis),
    "slow": lambda scene, redis: slow(redis, 5),
    "full": lambda scene, redis: full(redis),
    "behind a password": lambda scene, redis: behind_a_password(redis),
    "two nodes cut off": lambda scene, redis: scene.cut_off(1, 3),
    "all nodes cut off": lambda scene, redis: scene.cut_off(*ALL),
}


def wait_until_connected(scene: Scene, numbers: Iterable[int] = ALL) -> dict[int, float]:
    """When each of these nodes was."""
    until, when, missing = time.monotonic() + CONNECTED_S, {}, set(numbers)
    while missing:
        for number in sorted(missing):
            if is_connected(scene, number):
                when[number] = time.monotonic()
        missing -= set(when)
        assert time.monotonic() < until, f"{sorted(missing)} are not connected"
        time.sleep(0.02)
    return when


def revoke(scene: Scene, call: Call, told: int) -> None:
    """LiveKit tells that node."""
    call.told = told
    tell(scene, told, GONE, call.sid, REMOVED)
    call.told_at = time.monotonic()


def expect_silence(scene: Scene, revoked: list[Call], connected: dict[int, float], enforced_s: float = ENFORCED_S) -> None:
    """So long after the word, and after both its node and the one that was told are connected, nothing of them is relayed, and they are refused on every node."""
    due = {call: max(call.told_at, connected[call.number], connected[call.told]) + enforced_s for call in revoked}
    while due:
        time.sleep(max(0, min(due.values()) - time.monotonic()))
        now = [call for call, when in due.items() if when <= time.monotonic()]
        assert not (still := who_relays(now)), [f"{call.sid} relays by node {call.number}, node {call.told} was told" for call in still]
        due = {call: when for call, when in due.items() if call not in now}
    time.sleep(max(0, max(connected.values()) + enforced_s - time.monotonic()))
    for number, sid in enumerate({call.sid for call in revoked}):
        with Call(scene, number % len(NODES), sid) as again:
            assert again.code == 403, f"{sid} by node {number % len(NODES)}"


@contextlib.contextmanager
def five_nodes(scene: Scene, certificate, folder: Path, redis: dict | None = None):
    """All of them, connected. The clocks of two are 30 seconds apart."""
    started = []
    for number in ALL:
        with pytest.MonkeyPatch.context() as patch:
            if number in AHEAD_S and not IS_SANITIZED:
                place = folder / f"clock{number}"
                place.mkdir()
                clock = Clock(place)
                clock.move(AHEAD_S[number])
                for name, value in clock.environment().items():
                    patch.setenv(name, value)
            started.append(start_node(scene, folder / f"node{number}", certificate, number, redis=redis))
    wait_until_connected(scene)
    yield started
    for node in started:
        assert node.stop()[0] == 0
