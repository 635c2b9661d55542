"""A million packets through the kernel engine while allocations end in every way and others take their ports: none goes astray."""

import contextlib
import socket
import struct
import threading
import time
from collections import Counter

import pytest

import wire
from client import Client, Peer
from credentials import in_seconds, livekit
from kernel_scene import CLIENT_SIDE, CONFIG, PEER_SIDE, PEERS, kernel_events, three_hosts
from livekit_messages import KEY, REMOVED, SECRET, Http, event
from mmsg import Messages
from namespace import connect
from server import Server
from wire import ChannelData

CALLS = 8  # at a time; so many ports there are
PORTS = (52000, 52000 + CALLS - 1)
PACKETS, ROUNDS = 1_000_000, 8
BURST = 32
TURN = 2 * 2 * CALLS * BURST  # packets at most: of each client and each peer, those that have ended as well
LIFETIME_MIN_S = 1
CONTROL = "127.0.0.1:9478"
CHURN = {
    "relay": {"addresses": [PEER_SIDE["4"]], "ports": f"{PORTS[0]}-{PORTS[1]}", "port_quiet_s": 0},
    "credentials": {"livekit_keys": {KEY: SECRET}},
    "livekit": {"webhook": True},
    "control": {"listen": CONTROL},
    "limits": {"lifetime_default_s": LIFETIME_MIN_S},
}
TAG = struct.Struct(">IBxxx")  # number of the call, whether it had ended when the packet was sent
CHANNEL = 0x4001
PEERS_BY_TURNS = [PEERS["4"], "10.82.0.11"]  # a permission is of the address: the next holder of a port has peers at another one
SO_RCVBUFFORCE = 33  # of asm-generic/socket.h


class Call:
    """A client and a peer that go on sending whatever becomes of their allocation, and know what they may hear."""

    def __init__(self, hosts, server, number: int, peer_address: str):
        self.number, self.sid = number, f"PA_{number}"
        with hosts[1].entered():
            self.client = Client(server, host=CLIENT_SIDE["4"], **livekit(KEY, SECRET, self.sid, in_seconds(300)))
        with hosts[2].entered():
            self.peer = Peer(peer_address)
        self.client.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 26)  # answers must not drown
        self.relay = self.client.relay((wire.LIFETIME, wire.u32(60)))
        assert self.client.bind(CHANNEL, self.peer.address) == 0
        self.reading = threading.Lock()  # of the client's socket: the script reads answers from it, the traffic what was relayed
        self.aim(has_ended=False)

    def aim(self, has_ended: bool) -> None:
        self.payload = TAG.pack(self.number, has_ended)
        to_server, to_relay = Messages(BURST, 4 + TAG.size), Messages(BURST, TAG.size)
        self.outgoing = [
            (self.client.socket, to_server.fill(wire.channel_data(CHANNEL, self.payload))),
            (self.peer.socket, to_relay.fill(self.payload, [self.relay])),
        ]

    def close(self) -> None:
        self.client.socket.close()
        self.peer.socket.close()


class Traffic:
    """A thread that sends for all calls in turn and judges all that arrives."""

    def __init__(self):
        self.calls: list[Call] = []
        self.sent, self.arrived, self.astray = 0, 0, Counter()
        self.room = Messages(4 * BURST, 64)
        self.stopping = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while not self.stopping:
            for call in list(self.calls):
                self.sent += sum(messages.send(sender) for sender, messages in call.outgoing)
                self.judge(call)

    def judge(self, call: Call) -> None:
        with call.reading:
            at_client = self.drain(call.client.socket)
            at_client += [wire.channel_data(p.number, p.data) if isinstance(p, ChannelData) else p.raw for p in call.client.inbox]
            call.client.inbox.clear()
        may_arrive = TAG.pack(call.number, False)
        self.count("client", call, at_client, wire.channel_data(CHANNEL, may_arrive))
        self.count("peer", call, self.drain(call.peer.socket), may_arrive)

    def drain(self, receiver: socket.socket) -> list[bytes]:
        packets = []
        while more := self.room.receive(receiver):
            packets += more
        return packets

    def count(self, where: str, call: Call, packets: list[bytes], expected: bytes) -> None:
        right = packets.count(expected)
        self.arrived += right
        if right < len(packets):
            self.astray.update((where, call.number, packet.hex()) for packet in packets if packet != expected)

    def wait_for(self, packets: int) -> None:
        """Until so many more were sent."""
        target, until = self.sent + packets, time.monotonic() + 60
        while self.sent < target:
            assert self.thread.is_alive() and time.monotonic() < until
            time.sleep(0.01)

    def stop(self) -> None:
        self.stopping = True
        self.thread.join()


class Script:
    """How allocations end: each way takes all calls, and returns when no packet of theirs may pass any more."""

    def __init__(self, hosts, server):
        self.hosts, self.server = hosts, server

    def deletion(self, calls: list[Call]) -> None:
        for call in calls:
            with call.reading:
                assert call.client.refresh(0).code == 0

    def expiry(self, calls: list[Call]) -> None:
        for call in calls:
            with call.reading:
                assert call.client.refresh(LIFETIME_MIN_S).code == 0
        time.sleep(LIFETIME_MIN_S + 0.2)

    def revocation(self, calls: list[Call]) -> None:
        with self.hosts[0].entered():
            for call in calls:
                assert Http(CONTROL).hook(event("participant_left", call.sid, REMOVED)) == 200
        self.wait_for_code(437, calls, lambda call: call.client.refresh(60))

    def loss_of_permission(self, calls: list[Call]) -> None:
        self.reload(deny=[call.peer.address[0] for call in calls])
        self.wait_for_code(403, calls, lambda call: call.client.request(wire.CREATE_PERMISSION, [wire.peer(call.peer.address)]))

    def wait_for_code(self, code: int, calls: list[Call], ask) -> None:
        """Each worker hears of it a moment after the main thread."""
        until = time.monotonic() + 5
        for call in calls:
            with call.reading:
                while ask(call).code != code:
                    assert time.monotonic() < until
                    time.sleep(0.01)

    def reload(self, deny: list[str]) -> None:
        reloads = self.server.log().count(" reloaded")
        self.server.config["peers"]["deny"] = deny
        self.server.reload()
        until = time.monotonic() + 5
        while self.server.log().count(" reloaded") == reloads:
            assert time.monotonic() < until, self.server.log()
            time.sleep(0.01)

    def clear_away(self, calls: list[Call]) -> None:
        """What is left of them, so that others can have their ports."""
        self.reload(deny=[])
        for call in calls:
            with call.reading:
                call.client.refresh(0)


@pytest.fixture
def hosts():
    with three_hosts("churn-", connect) as hosts:
        hosts[2].add_address("wire", f"{PEERS_BY_TURNS[1]}/24")
        yield hosts


def test_a_million_packets_and_none_reaches_another_call_or_one_that_has_ended(hosts, certificate, tmp_path):
    server = Server(tmp_path, certificate, 2, CONFIG | CHURN | {"relay": CONFIG["relay"] | CHURN["relay"]}, hosts[0]).start()
    script, traffic, ended = Script(hosts, server), Traffic(), []
    ways = [script.deletion, script.expiry, script.revocation, script.loss_of_permission]
    with contextlib.ExitStack() as stack:
        stack.callback(server.stop)
        stack.callback(traffic.stop)
        for round_number in range(ROUNDS):
            calls = [Call(hosts, server, round_number * CALLS + n, PEERS_BY_TURNS[round_number % 2]) for n in range(CALLS)]
            assert sorted(call.relay[1] for call in calls) == list(range(PORTS[0], PORTS[1] + 1))
            traffic.calls = calls + ended  # those before go on sending to the ports that they had
            traffic.wait_for(PACKETS // ROUNDS // 2)
            ways[round_number % len(ways)](calls)
            for call in calls:
                call.aim(has_ended=True)
            traffic.wait_for(PACKETS // ROUNDS // 2)
            script.clear_away(calls)
            traffic.calls = calls
            traffic.wait_for(2 * TURN)  # it has let go of those
            for call in ended:
                call.close()
            ended = calls
        traffic.stop()
    events = kernel_events(server)
    print(f"sent {traffic.sent}, arrived {traffic.arrived}, relayed in the kernel {events['relayed']}, events {dict(events)}")
    assert traffic.sent >= PACKETS and not traffic.astray, traffic.astray.most_common(5)
    assert traffic.arrived > PACKETS // 4 and events["relayed"] > traffic.arrived // 2
