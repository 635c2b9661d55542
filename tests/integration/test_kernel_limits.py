"""Byte limits where the kernel relays: a user has one budget, whichever engine takes from it, and a reload changes it at once."""

import contextlib
import os
import select
import signal
import time
from pathlib import Path

import pytest

from client import Client, Peer
from control_socket import ControlSocket
from credentials import in_seconds, livekit
from kernel_scene import AUTO, CLIENT_SIDE, CONFIG, PATIENCE_S, PEERS, Call, kernel_events, three_hosts, wait_for_flows
from livekit_messages import KEY, SECRET, event, launch_beside_livekit
from namespace import connect
from server import Server

LIMIT = 100_000  # bytes per second, and at once
PACKET, CHANNEL = 1000, 0x4001
BURST, PAUSE_S = 4, 0.002  # of a flood: many times the limit
SETTLED_S = 0.2  # nothing came for so long


@pytest.fixture
def hosts():
    with three_hosts("limits-", connect) as hosts:
        yield hosts


def with_limit(bytes_per_second: int, base: dict = CONFIG) -> dict:
    return base | {
        "listen": CONFIG["listen"] | {"tcp": ["0.0.0.0:{port}"]},
        "limits": {"bytes_per_second_per_user": bytes_per_second},
    }


def heard_by(peer: Peer, silence_s: float = 0) -> int:
    """Bytes of what has arrived, until nothing comes for so long."""
    size = 0
    while select.select([peer.socket], [], [], silence_s)[0]:
        size += len(peer.socket.recv(65536))
    return size


class Flood:
    """What clients send to their peers as fast as a few times the limit, and how much of it arrives."""

    def __init__(self, *clients_and_peers: tuple[Client, Peer]):
        self.pairs = clients_and_peers
        self.sent = [0] * len(self.pairs)
        self.heard = [0] * len(self.pairs)
        self.began = time.monotonic()

    def go_on(self, seconds: float) -> int:
        """The bytes that arrived meanwhile."""
        before, until = sum(self.heard), time.monotonic() + seconds
        while time.monotonic() < until:
            for number, (client, peer) in enumerate(self.pairs):
                for _ in range(BURST):
                    client.send_channel(CHANNEL, bytes(PACKET))
                self.sent[number] += BURST * PACKET
                self.heard[number] += heard_by(peer)
            time.sleep(PAUSE_S)
        self.settle()
        return sum(self.heard) - before

    def settle(self) -> None:
        for number, (client, peer) in enumerate(self.pairs):
            assert client.is_alive()  # and the server has read what was sent before
            self.heard[number] += heard_by(peer, SETTLED_S)

    @property
    def allowed(self) -> float:
        """At the most, of all together."""
        return LIMIT * (1 + time.monotonic() - self.began) + PACKET


@contextlib.contextmanager
def by_tcp(hosts, server):
    """A client of the same user whom the sockets serve, with a channel to a peer."""
    with hosts[1].entered():
        client = Client(server, "tcp", host=CLIENT_SIDE["4"])
    with hosts[2].entered():
        peer = Peer(PEERS["4"])
    with client, peer:
        client.relay()
        assert client.bind(CHANNEL, peer.address) == 0
        yield client, peer


def accounts(server: Server) -> dict[str, dict]:
    with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
        return {each["user"]: each for each in control.get("/rooms")["others"]}


def test_a_user_who_floods_has_one_budget_in_the_kernel_and_by_the_sockets_TURN_GEN_07(hosts, launch):
    server = launch(with_limit(LIMIT), hosts[0])
    with Call(hosts, server, "4", "4") as call, by_tcp(hosts, server) as tcp, Call(hosts, server, "4", "6", user="user2") as other:
        flood = Flood((call.client, call.peer), tcp)
        flood.go_on(2)
        heard, allowed = sum(flood.heard), flood.allowed
        exchanged = other.exchange([bytes(PACKET)] * (LIMIT // PACKET // 2))
        print(f"{flood.heard} of {flood.sent} bytes were heard, {allowed:.0f} are allowed")
        assert 0.7 * allowed <= heard <= allowed
        user, user2 = accounts(server)["user"], accounts(server)["user2"]
        assert user["bytes_from_client"] == heard
        assert user["packets_dropped"] == (sum(flood.sent) - heard) // PACKET
        assert (user2["packets_from_client"], user2["packets_to_client"], user2["packets_dropped"]) == (exchanged // 2, exchanged // 2, 0)
    events = kernel_events(server)
    assert events["relayed"] == flood.heard[0] // PACKET + exchanged
    assert events["over_budget"] == (flood.sent[0] - flood.heard[0]) // PACKET
    ended = [line for line in server.log().splitlines() if "allocation_ended" in line and "user=user " in line]
    dropped = sum(int(line.split("packets_dropped=")[1].split()[0]) for line in ended)
    assert dropped == user["packets_dropped"]


def test_the_participants_of_a_room_have_one_budget_in_the_kernel_and_by_the_sockets_TURN_GEN_07(hosts, launch):
    limits = {"limits": {"bytes_per_second_per_room": LIMIT}}
    server, hooks = launch_beside_livekit(launch, {"webhook": True}, hosts[0], **with_limit(0) | limits)
    with contextlib.ExitStack() as stack:
        pairs = {}
        for sid, room, transport in (("PA_1", "busy", "udp"), ("PA_2", "busy", "udp"), ("PA_3", "busy", "tcp"), ("PA_4", "calm", "udp")):
            with hosts[0].entered():
                assert hooks.hook(event("participant_joined", sid, room=room, identity=sid)) == 200
            with hosts[1].entered():
                client = stack.enter_context(Client(server, transport, host=CLIENT_SIDE["4"], **livekit(KEY, SECRET, sid, in_seconds(300))))
            with hosts[2].entered():
                peer = stack.enter_context(Peer(PEERS["4"]))
            client.relay()
            assert client.bind(CHANNEL, peer.address) == 0
            pairs[sid] = client, peer
        wait_for_flows(server, 2 * 3)
        with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
            assert len(control.get("/rooms")["rooms"]) == 2  # whatever began before this has its budget
        calm, flood = Flood(pairs.pop("PA_4")), Flood(*pairs.values())
        flood.go_on(2)
        heard, allowed = sum(flood.heard), flood.allowed
        print(f"{flood.heard} of {flood.sent} bytes were heard, {allowed:.0f} are allowed")
        assert 0.7 * allowed <= heard <= allowed
        calm.go_on(0.01)
        assert calm.heard == calm.sent, "another room has a budget of its own"
        with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
            busy = control.room("busy")
        assert (busy["bytes_from_client"], busy["packets_dropped"]) == (heard, (sum(flood.sent) - heard) // PACKET)
    events = kernel_events(server)
    assert events["relayed"] == (flood.heard[0] + flood.heard[1] + calm.heard[0]) // PACKET
    assert events["over_budget"] == (flood.sent[0] + flood.sent[1] - flood.heard[0] - flood.heard[1]) // PACKET


def test_what_both_directions_carry_is_added_up(hosts, launch):
    server = launch(with_limit(LIMIT), hosts[0])
    with Call(hosts, server, "4", "4") as call:
        began = time.monotonic()
        exchanged = call.exchange([bytes(PACKET)] * (LIMIT // PACKET // 2))
        Flood((call.client, call.peer)).go_on(0.3)
        passed = accounts(server)["user"]
        total = passed["bytes_from_client"] + passed["bytes_to_client"]
        assert exchanged * PACKET <= total <= LIMIT * (1 + time.monotonic() - began) + PACKET


def reload(server: Server, bytes_per_second: int) -> None:
    server.config["limits"]["bytes_per_second_per_user"] = bytes_per_second
    reloads = server.log().count(" reloaded")
    server.reload()
    server.wait_for_lines(" reloaded", reloads + 1)
    time.sleep(0.1)  # workers look at their allocations again
    wait_for_flows(server, 2)


def test_a_reload_changes_the_rate_of_flows_that_live(hosts, launch):
    server = launch(with_limit(0), hosts[0])
    with Call(hosts, server, "4", "4") as call:
        flood = Flood((call.client, call.peer))
        assert flood.go_on(0.5) == sum(flood.sent)
        for limit in (LIMIT, 3 * LIMIT, LIMIT // 2):
            reload(server, limit)
            flood.go_on(1.0)  # what may be sent at once
            began = time.monotonic()
            heard = flood.go_on(1.0)
            lasted_s = time.monotonic() - began
            print(f"{heard} bytes in {lasted_s:.2f} s by a limit of {limit}")
            assert 0.5 * limit * lasted_s <= heard <= limit * (lasted_s + 0.5)
        reload(server, 0)
        before = sum(flood.sent)
        assert flood.go_on(0.5) == sum(flood.sent) - before
    events = kernel_events(server)
    assert events["over_budget"] > 0


def engine_of(server: Server, interface: str) -> str:
    with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
        return next(each["engine"] for each in control.get("/engine")["interfaces"] if each["name"] == interface)


def test_a_budget_outlives_the_helper_and_is_the_sockets_until_there_is_another(hosts, launch):
    server = launch(with_limit(LIMIT, AUTO), hosts[0])
    with Call(hosts, server, "4", "4") as call:
        flood = Flood((call.client, call.peer))
        flood.go_on(0.5)
        children = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
        os.kill(int(children[0]), signal.SIGKILL)
        wait_for_flows(server, 0)
        flood.go_on(0.5)
        assert sum(flood.heard) <= flood.allowed, "nothing is there twice"
        until = time.monotonic() + 2 * PATIENCE_S
        while engine_of(server, "clients") != "tc" or engine_of(server, "peers") != "tc":
            assert time.monotonic() < until
            flood.go_on(0.2)
        wait_for_flows(server, 2)
        flood.go_on(0.5)
        assert 0.5 * flood.allowed <= sum(flood.heard) <= flood.allowed
        assert accounts(server)["user"]["bytes_from_client"] == sum(flood.heard)
    assert kernel_events(server)["over_budget"] > 0
