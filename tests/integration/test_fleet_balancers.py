"""Three nodes that have a secret in common, behind DNS, HAProxy and nftables as docs/balancers.md shows them. Needs root."""

import contextlib
import json
import signal
import socket
import struct
import subprocess
import time

import pytest

import wire
from balancer_scene import CLIENTS, FRONT, PEER, PORTS, PRIVATE, PUBLIC, SECRET, Scene, block, node_config, run
from client import Client, Closed, Peer
from server import BINARY, USERS, merged
from udp_service import udp_service
from wire import ALLOCATE, UDP, ChannelData

PATIENCE_S = 6  # HAProxy asks every two seconds, and the second answer counts
NAME = "turn.example.org"


@pytest.fixture(scope="module", params=[2], ids=["two_workers"])
def workers(request) -> int:
    return request.param


@pytest.fixture(scope="module")
def scene():
    with contextlib.ExitStack() as stack:
        yield Scene(stack)


@pytest.fixture
def start(scene, launch):
    """start(number, {...}) is a node with these keys besides the page's."""

    def start_node(number: int, more: dict | None = None):
        test = {"relay": {"engine": "sockets"}, "peers": {"allow": [PEER]}}
        return launch(merged(node_config(number), merged(test, more or {})), scene.nodes[number])

    return start_node


@pytest.fixture
def nodes(start):
    return [start(number) for number in range(len(PUBLIC))]


@pytest.fixture
def haproxy(scene, nodes, tmp_path):
    with scene.haproxy(tmp_path / "haproxy.log"):
        yield


@pytest.fixture
def slots(scene, nodes):
    scene.give_out_slots()


class Call:
    """A client with a channel to a peer of its own. `node` is the one that relays."""

    CHANNEL = 0x4000

    def __init__(self, scene: Scene, transport: str, address: str, port: int = 0):
        with scene.outside.entered():
            self.client = Client(PORTS, transport, host=FRONT, source=(address, port))
            self.peer = Peer(PEER)
        answer = self.client.allocate()
        self.mapped, self.relay = answer.address(wire.XOR_MAPPED_ADDRESS), answer.relays()[0]
        self.node = PUBLIC.index(self.relay[0])
        assert self.client.bind(self.CHANNEL, self.peer.address) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        with contextlib.suppress(OSError, AssertionError, Closed):
            self.client.close()
        self.peer.socket.close()

    def exchange(self, count: int = 20) -> None:
        for number in range(count):
            self.client.send_channel(self.CHANNEL, b"to the peer %d" % number)
            assert self.peer.receive() == (b"to the peer %d" % number, self.relay)
            self.peer.send(b"to the client %d" % number, self.relay)
            assert self.client.receive() == ChannelData(self.CHANNEL, b"to the client %d" % number)


@contextlib.contextmanager
def calls(scene: Scene, transport: str, addresses):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Call(scene, transport, address)) for address in addresses]


def kill(node) -> None:
    node.process.kill()
    node.process.wait()


def goes_elsewhere(scene: Scene, transport: str, address: str, node: int) -> None:
    """New connections of this client come to another node, within the time that a balancer takes to notice."""
    until = time.monotonic() + PATIENCE_S
    while True:
        with contextlib.suppress(AssertionError, OSError, Closed), Call(scene, transport, address) as call:
            if call.node != node:
                call.exchange()
                return
        assert time.monotonic() < until, f"{address} still comes to node {node}"
        time.sleep(0.1)


# DNS


def name_server(addresses: list[str]):
    """Answers every question for an IPv4 address by all of these, another one first each time."""
    turn = iter(range(1 << 30))

    def answer(served, query, sender):
        end = query.index(b"\0", 12) + 5
        is_ipv4 = query[end - 4 : end] == b"\0\1\0\1"
        first = next(turn) if is_ipv4 else 0
        found = [addresses[(first + number) % len(addresses)] for number in range(len(addresses))] if is_ipv4 else []
        records = b"".join(struct.pack(">HHHIH4s", 0xC00C, 1, 1, 0, 4, socket.inet_aton(address)) for address in found)
        served.sendto(query[:2] + struct.pack(">5H", 0x8180, 1, len(found), 0, 0) + query[12:end] + records, sender)

    return udp_service(answer, 53)


@pytest.fixture
def by_name(scene, tmp_path):
    """Runs a program outside, where names are those of a name server that knows all three nodes."""
    (tmp_path / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (tmp_path / "nsswitch.conf").write_text("hosts: dns\n")
    script = 'for file in resolv.conf nsswitch.conf; do mount --bind "$0/$file" /etc/$file; done; exec "$@"'
    command = [*scene.outside.command(), "unshare", "--mount", "--propagation", "private", "sh", "-euc", script, str(tmp_path)]
    with scene.outside.entered():
        served = name_server(PUBLIC)
        with served:
            yield lambda *arguments: subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=30)


def test_a_client_of_a_name_finds_the_node_that_lives(by_name, nodes):
    probe = [BINARY, "probe", "--json", "-n", "20", "--timeout", "1", "-u", "user", "-w", USERS["user"], "--peer", "relay"]
    uris = [f"turn:{NAME}:3478?transport=udp", f"turn:{NAME}:3478?transport=tcp"]
    for dead in (0, 2):
        kill(nodes[dead])
        result = by_name(*probe, *uris)
        assert result.returncode == 0, result.stdout + result.stderr
    for leg in json.loads(result.stdout)["legs"]:
        assert leg["relayed_address"].startswith(PUBLIC[1]) and leg["traffic"]["lost"] == 0


def test_what_one_node_has_given_out_is_good_on_all_of_them(scene, nodes):
    mint = [BINARY, "mint", "--config", "/dev/null", "--fleet.secret", SECRET, "--participant", "PA_1", "--url", f"turn:{NAME}"]
    ice = json.loads(subprocess.run(mint, check=True, capture_output=True, text=True).stdout)
    nonce, source = b"", (CLIENTS[0], 40000)
    for address in PUBLIC:
        with scene.outside.entered():
            client = Client(PORTS, host=address, source=source, user=ice["username"], password=ice["credential"])
        with client:
            if not nonce:
                client.challenge()
                nonce = client.nonce
            client.nonce = nonce
            answer = client.ask(client.signed(ALLOCATE, [UDP]))
            assert answer.code == 0 and answer.relays()[0][0] == address


# HAProxy


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_clients_relay_through_haproxy_and_each_has_a_node_and_its_own_address(scene, haproxy, transport):
    with calls(scene, transport, CLIENTS) as several, calls(scene, transport, CLIENTS) as again:
        assert {call.node for call in several} == {0, 1, 2}
        assert [call.node for call in several] == [call.node for call in again]
        for call in several:
            assert call.mapped == call.client.address
            call.exchange(3)


def test_limits_of_an_address_are_those_of_the_client_behind_haproxy(scene, start, tmp_path):
    for number in range(len(PUBLIC)):
        start(number, {"limits": {"connections_per_ip": 2}})
    with scene.haproxy(tmp_path / "haproxy.log"), calls(scene, "tcp", [CLIENTS[0], CLIENTS[0], *CLIENTS[1:9]]) as several:
        assert len({call.node for call in several}) < len(several) / 2, "of some nodes the balancer has more connections than one client may"
        with pytest.raises((AssertionError, Closed, OSError)), Call(scene, "tcp", CLIENTS[0]):
            pass
        for call in several:
            call.exchange(1)


def test_who_comes_to_a_killed_node_gets_another_one_at_once(scene, haproxy, nodes):
    with calls(scene, "tcp", CLIENTS) as several:
        gone = several[0].node
        kill(nodes[gone])
        for call in several:
            if call.node == gone:
                assert call.client.is_closed_within(1)
                with Call(scene, "tcp", call.client.address[0]) as other:
                    assert other.node != gone
                    other.exchange(1)
            else:
                call.exchange(1)


def test_who_comes_to_a_node_that_is_silent_gets_another_one(scene, haproxy):
    with Call(scene, "tcp", CLIENTS[0]) as call:
        scene.nodes[call.node].ip("link", "set", "inside", "down")
        try:
            goes_elsewhere(scene, "tcp", CLIENTS[0], call.node)
        finally:
            scene.nodes[call.node].ip("link", "set", "inside", "up")
            scene.route_back(call.node)


def test_a_node_that_drains_keeps_its_connections_and_gets_no_new_ones(scene, haproxy, nodes):
    with Call(scene, "tls", CLIENTS[0]) as call:
        nodes[call.node].process.send_signal(signal.SIGUSR1)
        goes_elsewhere(scene, "tls", CLIENTS[0], call.node)
        call.exchange()
        assert call.client.refresh().code == 0


# nftables


@pytest.mark.parametrize("engine", ["sockets", "kernel"])
def test_clients_relay_through_nftables_and_each_stays_with_a_node(scene, start, engine):
    for number in range(len(PUBLIC)):
        start(number, {"relay": {"engine": engine}})
    scene.give_out_slots()
    with calls(scene, "udp", CLIENTS) as several, calls(scene, "udp", CLIENTS) as again:
        assert {call.node for call in several} == {0, 1, 2}
        assert [call.node for call in several] == [call.node for call in again], "another port of the same client"
        for call in several:
            assert call.mapped == call.client.address
            call.exchange(3)
            assert call.client.refresh().code == 0
            assert call.client.permit((PEER, 9)) == 0


def tracked(scene: Scene, client: wire.Address) -> str:
    """What the balancer knows of this client."""
    text = subprocess.run([*scene.balancer.command(), "cat", "/proc/net/nf_conntrack"], check=True, capture_output=True, text=True).stdout
    (found,) = [line for line in text.splitlines() if f" src={client[0]} dst={FRONT} sport={client[1]} " in line]
    return found


def test_the_balancer_remembers_a_client_for_longer_than_an_allocation_lasts(scene, slots):
    with Call(scene, "udp", CLIENTS[0]) as call:
        time.sleep(2.5)  # so long the kernel takes what comes for a question and its answer
        call.exchange(1)
        assert 600 < int(tracked(scene, call.client.address).split()[4]) <= 660


def test_a_balancer_that_has_forgotten_a_client_knows_it_by_its_next_packet(scene, slots):
    with Call(scene, "udp", CLIENTS[0]) as call:
        run(scene.balancer, "conntrack -F")
        for _ in range(3):
            call.peer.send(b"to a client whom the balancer does not know", call.relay)
        assert call.client.receive(0.1) is None
        call.exchange()


def test_the_balancer_leads_to_nothing_of_a_node_but_TURN(scene, slots):
    scene.outside.ip("route", "replace", PRIVATE[0], "via", FRONT, "dev", "front")
    for address, port in ((PRIVATE[0], 9478), (PRIVATE[0], 3478), (FRONT, 9478)):
        with scene.outside.entered(), socket.socket() as probe:
            probe.settimeout(0.3)
            assert probe.connect_ex((address, port)) != 0


def test_slots_of_a_killed_node_are_given_to_others_and_clients_of_those_stay(scene, start, nodes, slots):
    with calls(scene, "udp", CLIENTS) as several:
        gone = several[0].node
        kill(nodes[gone])
        stranded = [call for call in several if call.node == gone]
        with pytest.raises(ConnectionRefusedError):  # from the balancer's address, or a connected socket would not have it
            for _ in range(3):
                stranded[0].client.ask(wire.binding(), 0.3)
        scene.give_out_slots()
        for call in several:
            if call.node != gone:
                call.exchange(1)
        found = {}
        for call in stranded:
            with Call(scene, "udp", call.client.address[0]) as other:
                found[call.client.address[0]] = other.node
        assert set(found.values()) == {0, 1, 2} - {gone}, "the slots are given to all who are left"
        # With its next packet a client comes from the same port to another node, which does not know it.
        assert stranded[0].client.is_alive()
        assert stranded[0].client.refresh().code == 437
        with Call(scene, "udp", stranded[0].client.address[0]) as stays:
            start(gone)
            scene.give_out_slots()
            stays.exchange()
            with Call(scene, "udp", stranded[0].client.address[0]) as other:
                assert other.node == gone


def test_slots_of_a_node_that_drains_are_given_to_others_and_its_clients_stay(scene, nodes, slots):
    with Call(scene, "udp", CLIENTS[0]) as call:
        nodes[call.node].process.send_signal(signal.SIGUSR1)
        nodes[call.node].wait_for_log("draining")
        scene.give_out_slots()
        with Call(scene, "udp", CLIENTS[0]) as other:
            assert other.node != call.node
        call.exchange()
        assert call.client.refresh().code == 0
