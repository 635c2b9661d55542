"""turnpike with LiveKit's configuration file alone: exactly the examples of conf/, on a host with the address that they name."""

import contextlib
import json
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from client import Client, Peer, is_closed_within
from credentials import in_seconds, livekit, rest
from livekit_messages import REMOVED, Http, event, sign
from namespace import Namespace, connect
from server import BINARY, REALM, die_with_parent
from wire import ALLOCATE, BINDING, REFRESH, SUCCESS, UDP, XOR_MAPPED_ADDRESS, ChannelData, message, parse

CONF = Path(__file__).parents[2] / "conf"
NODE, CLIENT = "203.0.113.5", "203.0.113.77"
KEY, SECRET = "APIexample", "replace-this-secret-of-at-least-32-characters"
SHARED_SECRET = "replace-this-shared-secret"


@dataclass
class Example:
    """The ways in, what makes credentials of a participant's SID, and the ports of the embedded server's place that LiveKit holds meanwhile."""

    transports: list[str]
    credentials: Callable[[str], dict[str, str]]
    port: int = 3478  # without TLS
    listeners: dict = field(default_factory=dict)

    @property
    def ports(self) -> SimpleNamespace:
        return SimpleNamespace(port=self.port, tls_port=443)


def embedded(port: int) -> Example:
    listeners = {socket.SOCK_DGRAM: ("127.0.0.9", port), socket.SOCK_STREAM: ("127.0.0.9", 5349)}
    return Example(["udp", "tls"], lambda sid: livekit(KEY, SECRET, sid, in_seconds(300)), port, listeners)


EXAMPLES = {
    "livekit.example.yaml": Example(["udp", "tcp", "tls"], lambda sid: rest(SHARED_SECRET, sid, in_seconds(300))),
    "livekit.embedded.example.yaml": embedded(3478),
    "livekit.one-port.example.yaml": embedded(443),
}


@pytest.fixture(scope="module")
def hosts():
    node, client = Namespace("node"), Namespace("client")
    try:
        connect(node, client)
        node.add_address("wire", f"{NODE}/24")
        client.add_address("wire", f"{CLIENT}/24")
        with node.entered():  # sockets of the node get ports of media
            Path("/proc/sys/net/ipv4/ip_local_port_range").write_text("50000 60000")
        yield node, client
    finally:
        node.close()
        client.close()


@contextlib.contextmanager
def livekits_sockets(node: Namespace, listeners: dict):
    """What LiveKit would hold; yields the socket of its media."""
    with contextlib.ExitStack() as stack:
        with node.entered():
            for kind, address in listeners.items():
                holder = stack.enter_context(socket.socket(socket.AF_INET, kind))
                holder.bind(address)
                if kind == socket.SOCK_STREAM:
                    holder.listen()
            media = stack.enter_context(Peer(NODE))
        yield media


@pytest.fixture(params=EXAMPLES)
def running(request, hosts, certificate, tmp_path):
    """One example, a socket of the SFU, and the server's control listener."""
    node, _ = hosts
    command = [BINARY, "--livekit-config", str(CONF / request.param), "--tls.certificate", str(certificate[0]), "--tls.key"]
    command += [str(certificate[1]), "--realm", REALM, "--relay.engine", "sockets", "--control.socket", ""]
    example = EXAMPLES[request.param]
    http = Http("127.0.0.1:9478")
    with livekits_sockets(node, example.listeners) as media, (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(node.command() + command, stdout=log, stderr=log, preexec_fn=die_with_parent)
        try:
            with node.entered():
                http.wait_until_ready(process)
            yield example, media, http
        finally:
            process.terminate()
            assert process.wait(5) == 0, (tmp_path / "log").read_text()


def test_clients_reach_the_media_of_the_node_and_nothing_else(running, hosts):
    example, media, _ = running
    for transport in example.transports:
        with hosts[1].entered():
            client = Client(example.ports, transport, NODE, **example.credentials(f"PA_{transport}"))
            other = Client(example.ports, "udp", NODE, **example.credentials(f"PA_{transport}_2"))
        with client, other:
            relay, others_relay = client.relay(), other.relay()
            assert relay[0] == NODE and 30000 <= relay[1] <= 40000
            assert client.bind(0x4000, media.address) == 0
            client.send_channel(0x4000, b"to the SFU")
            assert media.receive() == (b"to the SFU", relay)
            media.send(b"to the client", relay)
            assert client.receive() == ChannelData(0x4000, b"to the client")
            refused = [(NODE, 443), (NODE, 9478), (NODE, 61000), (CLIENT, 50000), ("127.0.0.1", 50000), ("8.8.8.8", 50000), others_relay]
            assert [client.bind(0x4001, peer) for peer in refused] == [403] * len(refused)


def test_who_is_removed_loses_the_relay(running, hosts):
    example, _, http = running
    node, client_host = hosts
    with client_host.entered():
        client = Client(example.ports, "udp", NODE, **example.credentials("PA_gone"))
    with client:
        relay = client.relay()
        body = event("participant_left", "PA_gone", REMOVED)
        with node.entered():
            assert http.hook(body, sign(body, secret=SECRET, key=KEY)) == 200
            assert is_closed_within(relay, 2)
        assert client.ask(client.signed(REFRESH)).code == 437
        assert client.ask(client.signed(ALLOCATE, [UDP])).code == 403


@contextlib.contextmanager
def answering(media: Peer):
    """The SFU's socket answers Bindings."""
    ends = threading.Event()

    def answer():
        while not ends.is_set():
            if (received := media.receive(0.05)) is not None:
                mapped = (XOR_MAPPED_ADDRESS, received[1])
                media.send(message(BINDING, SUCCESS, [mapped], parse(received[0]).transaction), received[1])

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield
    finally:
        ends.set()
        thread.join()


def test_the_probe_shows_that_participants_can_allocate_and_reach_the_media(request, running, hosts, certificate):
    node, _ = hosts
    example, media, _ = running
    file = CONF / request.node.callspec.params["running"]
    command = [*node.command(), BINARY, "probe", "--livekit-config", str(file), "--tls.certificate", str(certificate[0]), "--tls.key"]
    command += [str(certificate[1]), "--insecure", "--json", "-n", "20", "-t", "1"]

    def probe(*arguments: str) -> tuple[int, dict]:
        result = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=20)
        return result.returncode, json.loads(result.stdout)

    code, report = probe()
    assert code == 0 and {leg["transport"] for leg in report["legs"]} == set(example.transports), report
    assert {leg["verdict"] for leg in report["legs"]} == {"peers_refused"}
    assert any("30000-40000" in line for line in report["untested"])
    with answering(media):
        code, report = probe("--peer", f"{NODE}:{media.address[1]}")
    assert code == 0 and {leg["verdict"] for leg in report["legs"]} == {"ok"}, report


@pytest.mark.parametrize("name", EXAMPLES)
def test_check_says_what_was_understood_and_ignored_and_that_nothing_is_needed(name, certificate, hosts):
    node, _ = hosts  # which has the address that the example names
    command = [*node.command(), BINARY, "check", "--livekit-config", str(CONF / name), "--tls.certificate", str(certificate[0]), "--tls.key"]
    result = subprocess.run([*command, str(certificate[1])], capture_output=True, text=True, timeout=10)
    assert result.returncode == 0, result.stderr
    assert f"# understood: rtc and turn: clients may reach {NODE}/32 at ports 50000-60000\n" in result.stdout
    assert "# ignored: rtc.tcp_port\n" in result.stdout
    assert "needs" not in result.stderr and SECRET not in result.stdout + result.stderr


def test_where_the_media_is_not_known_it_does_not_start_without_peers_allow(tmp_path):
    config = tmp_path / "livekit.yaml"
    config.touch(0o600)
    config.write_text("keys: {APIexample: secret}\nrtc: {use_external_ip: true}\n")
    result = subprocess.run([BINARY, "--livekit-config", str(config)], capture_output=True, text=True, timeout=10)
    assert result.returncode == 2 and len(result.stderr.splitlines()) == 1
    assert "rtc.use_external_ip" in result.stderr and "peers.allow needs" in result.stderr
