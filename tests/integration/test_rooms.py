"""Accounts by room and participant: on the control socket, in the log, and as budgets; and webhooks that answer once relays have ended."""

import json
import os
import stat
import time
from contextlib import ExitStack, contextmanager

import pytest

from client import Client, Peer, is_closed
from control_socket import ControlSocket
from credentials import in_seconds, livekit
from kernel_scene import CONFIG as IN_KERNEL
from kernel_scene import Call, relayed_in_kernel, three_hosts
from livekit_messages import KEY, REMOVED, SECRET, access_token, event, launch_beside_livekit
from namespace import connect

CHANNEL = 0x4000
ROOM_LIMIT = 100_000  # bytes per second, and at once
PACKET = 1000
PATIENCE_S = 10


@pytest.fixture
def start(launch, tmp_path):
    """start(**sections) gives a server, its control listener and its control socket."""

    def place(**sections):
        path = str(tmp_path / "control.sock")
        keys = {"webhook": True, "ice_urls": ["turn:127.0.0.1:3478"]}
        server, hooks = launch_beside_livekit(launch, keys, control={"socket": path}, **sections)
        return server, hooks, ControlSocket(path)

    return place


def participant(server, sid: str, transport: str = "udp") -> Client:
    return Client(server, transport, **livekit(KEY, SECRET, sid, in_seconds(300)))


def join(hooks, sid: str, room: str, identity: str = "somebody") -> None:
    assert hooks.hook(event("participant_joined", sid, room=room, identity=identity, later_s=-1)) == 200


@contextmanager
def relaying(server, peer: Peer, *sids_and_transports: tuple[str, str]):
    """Clients with a channel to the peer each."""
    with ExitStack() as stack:
        clients = [stack.enter_context(participant(server, *each)) for each in sids_and_transports]
        for client in clients:
            client.relay()
            assert client.bind(CHANNEL, peer.address) == 0
        yield clients


def echo(client: Client, peer: Peer, sizes: list[int]) -> None:
    """Sends these to the peer, who sends each back twice."""
    for size in sizes:
        client.send_channel(CHANNEL, bytes(size))
        data, relay = peer.receive()
        assert len(data) == size
        for _ in range(2):
            peer.send(data, relay)
            assert client.receive().data == data


def figures(account: dict) -> tuple[int, ...]:
    names = ("allocations", "packets_from_client", "bytes_from_client", "packets_to_client", "bytes_to_client", "packets_dropped")
    return tuple(account[name] for name in names)


def test_participants_of_a_room_are_accounted_for_what_they_relay(start):
    server, hooks, control = start()
    assert control.get("/rooms") == {"rooms": [], "others": []}
    join(hooks, "PA_alice", "r1", "alice")
    with Peer() as peer, relaying(server, peer, ("PA_alice", "udp"), ("PA_bob", "tls"), ("PA_stranger", "tcp")) as (alice, bob, stranger):
        join(hooks, "PA_bob", "r1", "bob")
        echo(alice, peer, [100, 200])
        echo(bob, peer, [1000])
        echo(stranger, peer, [1])
        report = control.get("/rooms")
        (room,) = report["rooms"]
        assert (room["name"], room["participants_left"]) == ("r1", 0)
        assert figures(room) == (2, 3, 1300, 6, 2600, 0) and room["bits_per_second"] >= 0
        assert [(each["user"], each["identity"], each["transports"]) for each in room["participants"]] == [
            ("PA_alice", "alice", ["udp"]),
            ("PA_bob", "bob", ["tls"]),
        ]
        assert [figures(each) for each in room["participants"]] == [(1, 2, 300, 4, 600, 0), (1, 1, 1000, 2, 2000, 0)]
        (other,) = report["others"]
        assert other["user"] == "PA_stranger" and figures(other) == (1, 1, 1, 2, 2, 0)
        # An allocation that has ended still counts for its participant.
        assert alice.refresh(0).code == 0
        alice.has_allocation = False
        with relaying(server, peer, ("PA_alice", "tcp")) as (again,):
            echo(again, peer, [50])
            room = control.room("r1")
            assert room["participants"][0]["transports"] == ["tcp"] and room["participants"][0]["allocations_total"] == 2
            assert figures(room) == (2, 4, 1350, 8, 2700, 0)


def test_a_bit_rate_is_told_while_something_is_relayed(start):
    server, hooks, control = start()
    join(hooks, "PA_alice", "r1")
    with Peer() as peer, relaying(server, peer, ("PA_alice", "udp")) as (alice,):
        began, rate = time.monotonic(), 0
        while rate == 0 and time.monotonic() < began + PATIENCE_S:
            echo(alice, peer, [1000])
            rate = control.room("r1")["bits_per_second"]
        print(f"{rate} bit/s after {time.monotonic() - began:.2f} s")
        assert rate > 0


def test_the_log_says_what_participants_and_rooms_came_to(start):
    server, hooks, _ = start()
    with Peer() as peer, relaying(server, peer, ("PA_alice", "udp"), ("PA_alice", "tls"), ("PA_bob", "udp")) as clients:
        for client in clients:
            echo(client, peer, [100])
        join(hooks, "PA_alice", "r1", "alice")
        join(hooks, "PA_bob", "r1", "bob")
        assert hooks.hook(event("participant_left", "PA_alice", REMOVED, room="r1", identity="alice")) == 200
        assert hooks.hook(event("room_finished", room="r1")) == 200
    lines = [line.split(None, 2)[2] for line in server.wait_for_lines("_usage ", 3)]
    assert [line.rsplit(" ", 1)[0] for line in lines] == [
        "participant_usage room=r1 identity=alice user=PA_alice allocations=2 "
        "packets_from_client=2 bytes_from_client=200 packets_to_client=4 bytes_to_client=400 packets_dropped=0",
        "participant_usage room=r1 identity=bob user=PA_bob allocations=1 "
        "packets_from_client=1 bytes_from_client=100 packets_to_client=2 bytes_to_client=200 packets_dropped=0",
        "room_usage room=r1 participants=2 allocations=3 "
        "packets_from_client=3 bytes_from_client=300 packets_to_client=6 bytes_to_client=600 packets_dropped=0",
    ]


def test_when_a_webhook_is_answered_the_relays_have_ended(start):
    server, hooks, _ = start()
    with Peer() as peer:
        sids = [f"PA_{number}" for number in range(4)]
        with relaying(server, peer, *[(sid, transport) for sid in sids for transport in ("udp", "tcp", "tls")]) as clients:
            relays = {}
            for sid, client in zip([sid for sid in sids for _ in range(3)], clients, strict=True):
                client.send_channel(CHANNEL, b"where are you?")
                relays.setdefault(sid, []).append(peer.receive()[1])
            for sid in sids:
                began = time.monotonic()
                assert hooks.hook(event("participant_left", sid, REMOVED)) == 200
                answered_s = time.monotonic() - began
                assert all(is_closed(relay) for relay in relays[sid])
                print(f"webhook answered after {1000 * answered_s:.1f} ms")


@pytest.mark.parametrize("joined", ["before the allocations", "after the allocations", "by token"])
def test_the_budget_of_a_room_is_one_for_all_of_its_participants_TURN_GEN_07(start, joined):
    server, hooks, control = start(limits={"bytes_per_second_per_room": ROOM_LIMIT})
    crowd = [f"PA_{number}" for number in range(6)]

    def everybody_joins():
        for sid in crowd:
            join(hooks, sid, "busy", identity=sid)

    def client(sid: str, transport: str) -> Client:
        if joined != "by token":
            return participant(server, sid, transport)
        bearer = f"Bearer {access_token('busy', sid)}"
        ice = json.loads(hooks.request("POST", "/livekit/ice-servers", Authorization=bearer)[1])
        return Client(server, transport, user=ice["username"], password=ice["credential"])

    if joined == "before the allocations":
        everybody_joins()
    join(hooks, "PA_apart", "calm")
    with Peer() as peer, Peer() as calm_peer, ExitStack() as stack, relaying(server, calm_peer, ("PA_apart", "udp")) as (apart,):
        clients = [stack.enter_context(client(sid, ("udp", "tcp")[number % 2])) for number, sid in enumerate(crowd)]
        for each in clients:
            each.relay()
            assert each.bind(CHANNEL, peer.address) == 0
        if joined == "after the allocations":
            everybody_joins()
        assert control.get("/rooms")["rooms"]  # whatever began before this has its budget
        began = time.monotonic()
        for _ in range(50):
            for each in clients:
                each.send_channel(CHANNEL, bytes(PACKET))
            assert all(each.is_alive() for each in clients)  # nothing is lost on its way
        elapsed_s = time.monotonic() - began
        echo(apart, calm_peer, [PACKET] * 10)
        busy, calm = control.room("busy"), control.room("calm")
        passed, dropped = busy["bytes_from_client"], busy["packets_dropped"]
        print(f"{passed} of {50 * len(crowd) * PACKET} bytes passed in {elapsed_s:.2f} s, {ROOM_LIMIT} bytes a second are allowed")
        assert passed + dropped * PACKET == 50 * len(crowd) * PACKET
        assert ROOM_LIMIT <= passed <= ROOM_LIMIT * (1 + elapsed_s) + PACKET
        assert figures(calm) == (1, 10, 10 * PACKET, 20, 20 * PACKET, 0)


def test_the_control_socket_tells_the_relay_engine_and_is_its_owners_alone(start):
    _, hooks, control = start()
    assert control.get("/engine") == {"setting": "sockets", "kernel": False, "reason": "relay.engine is sockets", "flows": 0, "added": 0, "not_added": {}, "packets": {}, "interfaces": []}
    assert [hooks.get("/rooms"), hooks.get("/engine")] == [403, 403]
    assert stat.S_IMODE(os.stat(control.path).st_mode) == 0o600


def test_what_the_kernel_relays_is_accounted_for_before_and_after_the_end(launch, tmp_path):
    with three_hosts("rooms-", connect) as hosts:
        server = launch(IN_KERNEL, hosts[0])
        control = ControlSocket(server.config["control"]["socket"])
        engine = control.get("/engine")
        assert engine["kernel"] and engine["setting"] == "kernel"
        assert {each["name"]: each["engine"] for each in engine["interfaces"]} == {"lo": "tc", "clients": "tc", "peers": "tc"}
        assert all(each["reason"] for each in engine["interfaces"])
        with Call(hosts, server, "4", "4") as call:
            exchanged = call.exchange([bytes(100), bytes(23)])
            (user,) = control.get("/rooms")["others"]
            assert (user["user"], *figures(user)) == ("user", 1, 2, 123, 2, 123, 0)
            assert call.client.refresh(0).code == 0
            call.client.has_allocation = False
            assert control.get("/rooms")["others"] == []
        assert relayed_in_kernel(server) == exchanged
