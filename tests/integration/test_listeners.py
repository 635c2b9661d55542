"""A reload opens, closes and turns listeners: who came by one that stays notices nothing, and what is refused changes nothing."""

import contextlib
import copy
import socket
import threading
from pathlib import Path

import pytest

import wire
from client import SILENCE_S, Client, Peer, is_closed_within
from control_socket import ControlSocket
from server import BINDING, Server, free_port
from test_lifecycle import reload_and_wait, wait_until
from wire import ChannelData

CONTROL = {"control": {"socket": "{directory}/control.sock"}}
CHANNEL = 0x4000


class At:
    """The server by another of its ports, as Client wants to know it."""

    def __init__(self, port: int):
        self.port = self.tls_port = port


def listen(server: Server, **lists: list[str]) -> None:
    server.config["listen"] = server.config["listen"] | lists
    reload_and_wait(server)


def listeners(server: Server) -> list[str]:
    with contextlib.closing(ControlSocket(server.config["control"]["socket"])) as control:
        return control.get("/api/v1/status")["listeners"]


def is_refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
        return False
    except ConnectionRefusedError:
        return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(SILENCE_S)
        probe.connect((host, port))
        try:
            probe.send(BINDING)
            return probe.recv(2048)[8:20] == BINDING[8:20]
        except (TimeoutError, ConnectionRefusedError):
            return False


def assert_relays(client: Client, relay: wire.Address, peer: Peer, payload: bytes) -> None:
    client.send_channel(CHANNEL, payload)
    assert peer.receive() == (payload, relay)
    peer.send(payload, relay)
    assert client.receive() == ChannelData(CHANNEL, payload)


def test_a_udp_listener_comes_and_goes_and_with_it_its_clients(launch):
    server = launch(CONTROL)
    port = free_port()
    before = server.config["listen"]["udp"]
    with Client(server) as stays, Peer() as peer:
        relay = stays.relay()
        assert stays.bind(CHANNEL, peer.address) == 0
        listen(server, udp=[*before, f"127.0.0.1:{port}"])
        assert f"listeners_changed opened=[udp:127.0.0.1:{port}] closed=[]" in server.log()
        assert f"udp:127.0.0.1:{port}" in listeners(server)
        goes = [Client(At(port)) for _ in range(8)]  # so that every worker has some
        relays = [client.relay() for client in goes]
        assert_relays(stays, relay, peer, b"both")
        listen(server, udp=before)
        ended = server.wait_for_lines('reason="listener closed"', len(goes))
        assert len(ended) == len(goes)
        assert f"listeners_changed opened=[] closed=[udp:127.0.0.1:{port}]" in server.log()
        assert all(is_closed_within(each, 1) for each in relays)
        assert f"udp:127.0.0.1:{port}" not in listeners(server) and not answers(port)
        for client in goes:
            client.socket.close()
        assert_relays(stays, relay, peer, b"one")
        assert stays.refresh().code == 0


def test_streams_outlive_the_listener_that_they_came_by(launch):
    server = launch()
    with Client(server, "tcp") as tcp, Client(server, "tls") as tls, Peer() as peer:
        relays = {client: client.relay() for client in (tcp, tls)}
        for client in relays:
            assert client.bind(CHANNEL, peer.address) == 0
        listen(server, tcp=[], tls=[])
        assert wait_until(lambda: is_refused(server.port) and is_refused(server.tls_port))
        for client, relay in relays.items():
            assert_relays(client, relay, peer, b"goes on")
            assert client.refresh().code == 0
        assert "allocation_ended" not in server.log()
        port = free_port()
        listen(server, tls=[f"127.0.0.1:{port}"])
        with Client(At(port), "tls") as fresh:
            fresh.allocate()
        assert "restart_needed" not in server.log()


def test_the_first_tls_listener_may_come_with_a_reload(launch, certificate):
    server = launch({"listen": {"tls": []}, "tls": {"certificate": "", "key": ""}})
    server.config["tls"] = dict(zip(("certificate", "key"), map(str, certificate), strict=True))
    listen(server, tls=[f"127.0.0.1:{server.tls_port}"])
    with Client(server, "tls") as client:
        client.allocate()


def test_a_listener_turns_between_tcp_and_tls(launch):
    server = launch()
    tcp, tls = ([each for each in server.config["listen"][kind] if "127" in each] for kind in ("tcp", "tls"))
    with Client(server, "tcp") as before:
        before.allocate()
        listen(server, tcp=tls, tls=tcp)
        turned = f"opened=[tcp:{tls[0]},tls:{tcp[0]}] closed="
        assert turned in server.log()
        for transport, port in (("tls", server.port), ("tcp", server.tls_port)):
            with Client(At(port), transport) as client:
                client.allocate()
        assert before.refresh().code == 0


# The kernel prefers the narrower of two that have a port, and IPv4's of two wildcards.
def test_wildcards_come_and_go_beside_addresses(launch):
    port = free_port()
    server = launch({"listen": {"udp": ["127.0.0.1:{port}", f"[::]:{port}"], "tcp": [f"[::]:{port}"]}} | CONTROL)
    steady = ["127.0.0.1:" + str(server.port)]
    with Client(At(port)) as by_v6_wildcard, Client(At(port), "tcp") as stream:
        by_v6_wildcard.allocate()
        stream.allocate()
        for udp in (["0.0.0.0"], []):
            wide = [f"{host}:{port}" for host in (*udp, "[::]")]
            listen(server, udp=steady + wide, tcp=[*wide, *([f"127.0.0.2:{port}"] if udp else [])])
            assert set(listeners(server)) >= {f"udp:{each}" for each in wide}
            for host in ("127.0.0.1", "127.0.0.2"):
                assert answers(port, host)
                for transport in ("udp", "tcp"):
                    with Client(At(port), transport, host=host) as client:
                        client.allocate()
            assert by_v6_wildcard.refresh().code == stream.refresh().code == 0


def test_an_address_that_a_reload_opens_beside_its_wildcard_takes_the_clients_there_over(launch):
    port = free_port()
    server = launch({"listen": {"udp": ["127.0.0.1:{port}", f"0.0.0.0:{port}"]}})
    steady = server.config["listen"]["udp"]
    gone, stays = ([Client(At(port), host=host) for _ in range(6)] for host in ("127.0.0.1", "127.0.0.2"))
    for client in gone + stays:
        client.allocate()
    listen(server, udp=[*steady, f"127.0.0.1:{port}"])
    assert len(server.wait_for_lines('reason="listener closed"', len(gone))) == len(gone)
    for client in gone:
        client.has_allocation = False
        client.allocate()
    assert all(client.refresh().code == 0 for client in gone + stays)
    for client in gone + stays:
        client.close()


@pytest.mark.parametrize("kind", ["udp", "tcp", "tls"])
def test_a_reload_that_cannot_open_an_address_changes_nothing(launch, kind):
    server = launch(CONTROL)
    before, names = copy.deepcopy(server.config), listeners(server)
    with Client(server) as client, socket.socket(socket.AF_INET, socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM) as holder:
        client.allocate()
        holder.bind(("127.0.0.1", 0))
        taken = f"127.0.0.1:{holder.getsockname()[1]}"
        server.config["listen"] = {"udp": [], "tcp": [], "tls": [], kind: [f"127.0.0.1:{free_port()}", taken]}
        server.config["credentials"] = {"users": {}}
        reload_and_wait(server, "reload_refused")
        assert f'reload_refused reason="listen.{kind}: {taken}: Address already in use"' in server.log()
        assert listeners(server) == names and client.refresh().code == 0
        server.config["listen"] = before["listen"] | {"udp": ["192.0.2.1:3478"]}
        reload_and_wait(server, "reload_refused")
        assert "listen.udp: 192.0.2.1:3478: Cannot assign requested address" in server.log()
        server.config = before
        for transport in ("udp", "tcp", "tls"):
            with Client(server, transport) as another:
                another.allocate()


def test_balancers_of_a_reload_are_those_of_connections_to_come(launch):
    server = launch()
    with Client(server, "tcp") as before:
        before.allocate()
        listen(server, proxy_protocol=["127.0.0.0/8"])
        assert before.refresh().code == 0
        with Client(server, "tcp") as after:
            after.send(b"PROXY TCP4 192.0.2.77 127.0.0.1 7777 3478\r\n")
            after.allocate()
        assert "client=tcp:192.0.2.77:7777" in server.wait_for_log("192.0.2.77")


class SteadyStream:
    """Sends through each client to its peer and back, all the time, and notes what is lost."""

    def __init__(self, ends: dict[Client, tuple[wire.Address, Peer]]):
        self.ends, self.count, self.lost, self.is_over = ends, 0, [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self) -> None:
        while not self.is_over.is_set():
            payload = b"%d" % self.count
            for client, (relay, peer) in self.ends.items():
                client.send_channel(CHANNEL, payload)
                peer.send(payload, relay)
            for client, (relay, peer) in self.ends.items():
                if peer.receive() != (payload, relay) or client.receive() != ChannelData(CHANNEL, payload):
                    self.lost.append((client.transport, payload))
            self.count += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        self.thread.join()


def test_a_listener_that_stays_loses_nothing_while_others_come_and_go(launch):
    server = launch()
    port, steady = free_port(), {kind: server.config["listen"][kind] for kind in ("udp", "tcp")}
    with Client(server) as client, Client(server, "tcp") as stream, Peer() as peer, Peer() as stream_peer:
        ends = {client: (client.relay(), peer), stream: (stream.relay(), stream_peer)}
        for each, (_, far) in ends.items():
            assert each.bind(CHANNEL, far.address) == 0
        with SteadyStream(ends) as traffic:
            for number in range(20):
                more = [f"127.0.0.1:{port}", f"0.0.0.0:{server.port}"] if number % 2 == 0 else []
                listen(server, **{kind: [*steady[kind], *more] for kind in steady})
        assert traffic.count > 100 and traffic.lost == []


def descriptors(server: Server) -> int:
    return len(list(Path(f"/proc/{server.process.pid}/fd").iterdir()))


def test_listeners_that_come_and_go_leave_no_descriptor(launch):
    server = launch()
    steady = {kind: server.config["listen"][kind] for kind in ("udp", "tcp", "tls")}
    listen(server)
    before = descriptors(server)
    for _ in range(3):
        listen(server, **{kind: [*steady[kind], f"127.0.0.1:{free_port()}"] for kind in steady})
        listen(server, **steady)
    assert wait_until(lambda: descriptors(server) == before)
