"""Two hosts on one cable, each on a core of its own: the server's, and the network outside, from which good clients and attackers come."""

import contextlib
import multiprocessing
import os
import selectors
import socket
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from namespace import Namespace, connect, move_to
from server import USERS, Server, die_with_parent, free_port

SERVER_CPU, OUTSIDE_CPU = 0, 1
SERVER, SERVER_V6, SUBNET = "10.83.0.1", "fd83::1", "10.83.0.0/24"
GOOD, PEERS, ATTACKER = "10.83.0.2", "10.83.0.3", "10.83.0.66"
SINK_BYTES = 1 << 20
WEB_PORT = 8080  # of the site behind the server, on its host
LARGE, LARGE_BYTES = "/large", 1 << 40


@dataclass(frozen=True)
class Target:
    """Where an attack goes: to the server, or to a process that takes the same bytes and does nothing with them."""

    port: int
    tls_port: int
    control_port: int

    def ports(self) -> tuple[int, ...]:
        return self.port, self.tls_port, self.control_port


class Host(Namespace):
    """A host with one core."""

    def __init__(self, name: str, cpu: int):
        super().__init__(name)
        self.cpu = cpu

    def command(self) -> list[str]:
        return [*super().command(), "taskset", "--cpu-list", str(self.cpu)]

    def run(self, body, *arguments) -> multiprocessing.Process:
        """Starts `body` here, in a process of its own; it ends with ours."""
        process = multiprocessing.get_context("fork").Process(target=self._enter_and_run, args=(body, arguments), daemon=True)
        process.start()
        return process

    def _enter_and_run(self, body, arguments) -> None:
        die_with_parent()
        os.sched_setaffinity(0, {self.cpu})
        with open(f"/run/netns/{self.name}") as there:
            move_to(there)
        body(*arguments)


class Scene:
    """The hosts, and what runs on them. The server has an operator's defaults, but for addresses; nothing of it is left after close()."""

    def __init__(self, directory: Path, certificate: tuple[Path, Path]):
        self.directory, self.certificate = directory, certificate
        self.inside, self.outside = Host("inside", SERVER_CPU), Host("outside", OUTSIDE_CPU)
        connect(self.inside, self.outside)
        self.inside.add_address("wire", f"{SERVER}/24")
        self.inside.add_address("wire", f"{SERVER_V6}/64")
        for address in (GOOD, PEERS, ATTACKER):
            self.outside.add_address("wire", f"{address}/24")

    def close(self) -> None:
        for host in (self.inside, self.outside):
            host.close()

    def serve(self, name: str, extra: dict) -> tuple[Server, Target]:
        control_port = free_port()
        config = {
            "listen": {"udp": ["0.0.0.0:{port}"], "tcp": ["0.0.0.0:{port}"], "tls": ["0.0.0.0:{tls_port}"]},
            "relay": {"addresses": [SERVER], "engine": "sockets", "port_quiet_s": 30},
            "peers": {"allow": [SUBNET]},
            "credentials": {"users": USERS},
            "limits": {"allocations_per_user": 12, "unauthenticated_per_second_per_ip": 1000},
            "control": {"listen": f"{SERVER}:{control_port}"},
        } | extra
        folder = self.directory / name
        folder.mkdir(exist_ok=True)
        server = Server(folder, self.certificate, workers=1, extra=config, host=self.inside).start()
        return server, Target(server.port, server.tls_port, control_port)

    def web(self) -> multiprocessing.Process:
        process = self.inside.run(serve_web)
        time.sleep(0.2)
        return process

    def sink(self) -> tuple[multiprocessing.Process, Target]:
        target = Target(free_port(), free_port(), free_port())
        process = self.inside.run(swallow, target)
        time.sleep(0.2)
        return process, target


def serve_web() -> None:
    """A web site that costs the server's core nothing: small answers, and one without end."""
    os.sched_setaffinity(0, {OUTSIDE_CPU})
    listener = socket.create_server(("127.0.0.1", WEB_PORT), backlog=1024)
    while True:
        threading.Thread(target=answer_web, args=(listener.accept()[0],), daemon=True).start()


def answer_web(connection: socket.socket) -> None:
    block, seen = bytes(SINK_BYTES), b""
    with connection, contextlib.suppress(OSError):
        while part := connection.recv(65536):
            *heads, seen = (seen + part).split(b"\r\n\r\n")
            if any(head.startswith(f"GET {LARGE} ".encode()) for head in heads):
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE_BYTES)
                while True:
                    connection.sendall(block)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" * len(heads))


def swallow(target: Target) -> None:
    """Takes datagrams and streams at these ports, on the core of those who send them, and forgets them."""
    os.sched_setaffinity(0, {OUTSIDE_CPU})
    selector = selectors.DefaultSelector()
    for port in target.ports():
        with_datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with_datagrams.bind((SERVER, port))
        selector.register(with_datagrams, selectors.EVENT_READ)
        listener = socket.create_server((SERVER, port), backlog=1024)
        selector.register(listener, selectors.EVENT_READ, data="listener")
    memory = bytearray(SINK_BYTES)
    while True:
        for key, _ in selector.select():
            try:
                if key.data:
                    selector.register(key.fileobj.accept()[0], selectors.EVENT_READ)
                elif key.fileobj.recv_into(memory) == 0 and key.fileobj.type == socket.SOCK_STREAM:
                    raise ConnectionResetError
            except OSError:
                selector.unregister(key.fileobj)
                key.fileobj.close()
