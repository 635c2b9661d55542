"""A server with the kernel engine between a client's host and a peer's, what passes between them, and what the log says of it."""

import collections
import contextlib
import re

import wire
from client import SILENCE_S, Client, Peer
from conftest import end
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
}
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


class Call:
    """A client with a channel to a peer, by which both say what the other then must have heard."""

    CHANNEL = 0x4001

    def __init__(self, hosts, server, client_family: str, peer_family: str):
        with hosts[1].entered():
            self.client = Client(server, host=CLIENT_SIDE[client_family])
        with hosts[2].entered():
            self.peer = Peer(PEERS[peer_family])
        self.relay = self.client.relay(*RELAY_FAMILY[peer_family])
        assert self.client.bind(self.CHANNEL, self.peer.address) == 0

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

    def assert_silent(self) -> None:
        """Nothing passes, whichever way."""
        self.client.send(wire.channel_data(self.CHANNEL, b"late"))
        self.peer.send(b"late", self.relay)
        assert self.peer.receive(SILENCE_S) is None
        with contextlib.suppress(ConnectionRefusedError):  # of a server that is gone
            assert self.client.receive(SILENCE_S) is None


def kernel_events(server) -> collections.Counter:
    """Ends the server, which then tells what became of packets in the kernel."""
    end(server)
    events = re.search(r"relay_engine_ended packets=\[(.*)\]", server.log())[1]
    return collections.Counter({name: int(count) for name, count in re.findall(r"(\w+):(\d+)", events)})


def relayed_in_kernel(server) -> int:
    return kernel_events(server)["relayed"]
