"""A server with the kernel engine between a client's host and a peer's, what passes between them, and what the log says of it."""

import collections
import contextlib
import itertools
import re
import time
from pathlib import Path

import wire
from client import SILENCE_S, Client, Peer
from conftest import end
from control_socket import ControlSocket
from namespace import Namespace
from wire import ChannelData

# By family, "4" or "6": the server towards clients and towards peers, the client and the peer.
CLIENT_SIDE = {"4": "10.81.0.1", "6": "fd81::1"}
PEER_SIDE = {"4": "10.82.0.1", "6": "fd82::1"}
CLIENTS = {"4": "10.81.0.10", "6": "fd81::10"}
PEERS = {"4": "10.82.0.10", "6": "fd82::10"}
RELAY_FAMILY = {"4": (), "6": ((wire.REQUESTED_ADDRESS_FAMILY, wire.IPV6_FAMILY),)}
PAIRS = [(client, peer) for client in "46" for peer in "46"]
CONFIG = {
    "listen": {"udp": ["0.0.0.0:{port}", "[::]:{port}"], "tcp": [], "tls": []},
    "relay": {"addresses": list(PEER_SIDE.values()), "engine": "kernel"},
    "peers": {"allow": ["10.82.0.0/24", "fd82::/64"]},
    "control": {"socket": "{directory}/control.sock"},
}
PATIENCE_S = 5
AUTO = CONFIG | {"relay": CONFIG["relay"] | {"engine": "auto"}}


def mask(address: str) -> str:
    return f"{address}/{64 if ':' in address else 24}"


@contextlib.contextmanager
def three_hosts(name: str, join):
    """Of a server, a client and a peer, joined by join(server, other, device of the server)."""
    server, client, peer = (Namespace(f"{name}{role}") for role in ("server", "client", "peer"))
    try:
        join(server, client, "clients")
        join(server, peer, "peers")
        for family in "46":
            server.add_address("clients", mask(CLIENT_SIDE[family]))
            server.add_address("peers", mask(PEER_SIDE[family]))
            client.add_address("wire", mask(CLIENTS[family]))
            peer.add_address("wire", mask(PEERS[family]))
        yield server, client, peer
    finally:
        for host in (server, client, peer):
            host.close()


def flows(server) -> int:
    """How many the kernel has."""
    with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
        return control.get("/engine")["flows"]


def wait_for_flows(server, count: int) -> None:
    """The sockets relay until the network has said where packets leave."""
    until = time.monotonic() + PATIENCE_S
    while flows(server) != count:
        assert time.monotonic() < until, f"{flows(server)} flows instead of {count}"
        time.sleep(0.005)


class Call:
    """A client with a channel to a peer, by which both say what the other then must have heard. Where the kernel engine runs it has the
    flows of the channel. The peer may be at another address, `peer_at`, and its socket bound to any, `bound_to`."""

    CHANNEL = 0x4001

    def __init__(
        self, hosts, server, client_family: str, peer_family: str, peer_at: str = "", bound_to: str = "", port: int = 0, in_kernel=2, user="user"
    ):
        with hosts[1].entered():
            self.client = Client(server, host=CLIENT_SIDE[client_family], user=user)
        peer_at = peer_at or PEERS[peer_family]
        with hosts[2].entered():
            self.peer = Peer(bound_to or peer_at, port)
        self.relay = self.client.relay(*RELAY_FAMILY[peer_family])
        has_engine = server.config["relay"]["engine"] != "sockets"
        before = flows(server) if has_engine else 0
        assert self.client.bind(self.CHANNEL, (peer_at, self.peer.address[1])) == 0
        if has_engine:
            wait_for_flows(server, before + in_kernel)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.peer.socket.close()

    def to_peer(self, payload: bytes) -> None:
        self.client.send(wire.channel_data(self.CHANNEL, payload))
        assert self.peer.receive() == (payload, self.relay)

    def to_client(self, payload: bytes) -> None:
        self.peer.send(payload, self.relay)
        assert self.client.receive() == ChannelData(self.CHANNEL, payload)

    def exchange(self, payloads) -> int:
        for payload in payloads:
            self.to_peer(payload)
            self.to_client(payload)
        return 2 * len(payloads)

    def wait_until_reached(self, also=lambda: True) -> None:
        """Packets go astray until the server has heard that the network has changed."""
        until = time.monotonic() + PATIENCE_S
        for number in itertools.count():
            payload = f"number {number}".encode()
            self.client.send(wire.channel_data(self.CHANNEL, payload))
            while (heard := self.peer.receive(SILENCE_S)) and heard[0] != payload:
                pass  # it comes late
            if heard and also():
                return
            assert time.monotonic() < until, "the peer hears nothing, or by another way"

    def wait_until_lost(self) -> None:
        until = time.monotonic() + PATIENCE_S
        for number in itertools.count():
            self.client.send(wire.channel_data(self.CHANNEL, f"lost {number}".encode()))
            if self.peer.receive(SILENCE_S) is None:
                return
            assert time.monotonic() < until, "the peer goes on hearing"

    def assert_silent(self) -> None:
        """Nothing passes, whichever way."""
        self.client.send(wire.channel_data(self.CHANNEL, b"late"))
        self.peer.send(b"late", self.relay)
        assert self.peer.receive(SILENCE_S) is None
        with contextlib.suppress(ConnectionRefusedError):  # of a server that is gone
            assert self.client.receive(SILENCE_S) is None


class Meeting:
    """Two clients with channels to each other's relays."""

    FIRST, SECOND = 0x4001, 0x4002

    def __init__(self, first, second, relays):
        self.first, self.second = first, second
        self.packets = self.bytes = 0  # each way
        assert first.bind(self.FIRST, relays[second]) == 0 and second.bind(self.SECOND, relays[first]) == 0

    def exchange(self, payloads) -> int:
        for payload in payloads:
            self.first.send(wire.channel_data(self.FIRST, payload))
            assert self.second.receive() == ChannelData(self.SECOND, payload)
            self.second.send(wire.channel_data(self.SECOND, payload))
            assert self.first.receive() == ChannelData(self.FIRST, payload)
        self.packets += len(payloads)
        self.bytes += sum(map(len, payloads))
        return 2 * len(payloads)


def worker_of(server, client) -> int:
    """It stands in the upper 16 bits of an allocation's number."""
    started = re.search(rf"allocation_started allocation=(\w+) client=udp:{re.escape(client.address[0])}:{client.address[1]} ", server.log())
    return int(started[1], 16) >> 48


@contextlib.contextmanager
def meetings(server, host, server_host):
    """A meeting of clients that one worker has, and one of clients of two: which worker has a client is chance. Sockets of the server
    get nothing of theirs any more."""
    with contextlib.ExitStack() as stack, host.entered():
        relays, by_worker = {}, ([], [])
        for count in range(1, 65):
            client = stack.enter_context(Client(server, host=CLIENT_SIDE["4"]))
            relays[client] = client.relay()
            server.wait_for_lines("allocation_started", count)
            by_worker[worker_of(server, client)].append(client)
            few, many = sorted(by_worker, key=len)
            if len(few) >= 1 and len(many) >= 3:
                break
        meetings = Meeting(many[0], many[1], relays), Meeting(many[2], few[0], relays)
        until = time.monotonic() + PATIENCE_S
        while received_beside_clients(server_host, meetings, host) > 0:
            assert time.monotonic() < until, "packets of clients that meet go on coming to the server's sockets"
        yield meetings


def received_beside_clients(server_host, meetings, host) -> int:
    """Datagrams that sockets of the server's host have got, but for the clients', while each client said something."""
    before = udp_counters(server_host)["InDatagrams"]
    exchanged = sum(meeting.exchange([b"to each other"]) for meeting in meetings)
    return udp_counters(server_host)["InDatagrams"] - before - (exchanged if host is server_host else 0)


def udp_counters(host: Namespace) -> dict[str, int]:
    with host.entered():
        lines = [line.split()[1:] for line in Path("/proc/thread-self/net/snmp").read_text().splitlines() if line.startswith("Udp:")]
    return dict(zip(lines[0], map(int, lines[1]), strict=True))


def kernel_events(server) -> collections.Counter:
    """Ends the server, which then tells what became of packets in the kernel."""
    end(server)
    events = re.search(r"relay_engine_ended packets=\[(.*)\]", server.log())[1]
    return collections.Counter({name: int(count) for name, count in re.findall(r"(\w+):(\d+)", events)})


def relayed_in_kernel(server) -> int:
    return kernel_events(server)["relayed"]
