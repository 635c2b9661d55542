"""What clients without credentials cost the server, whatever they do."""

import contextlib
import os
import resource
import socket
import time
import urllib.request
from pathlib import Path

import pytest
import wire
from client import Client
from server import free_port

STREAMS = ["tcp", "tls"]
CONNECTIONS = 16
MEMORY_MAX_KB = 160  # of the process, for each of them
STALLED_S = 0.2
REQUESTS = 24_000  # whose answers do not fit the kernel's largest buffers


def ask_and_do_not_read(client: Client) -> None:
    """So many requests, or until none are taken any more."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.socket.settimeout(STALLED_S)
    with contextlib.suppress(OSError):
        for _ in range(REQUESTS // 200):
            client.socket.sendall(wire.message(wire.ALLOCATE, wire.REQUEST) * 200)


@pytest.mark.parametrize("transport", STREAMS)
def test_strangers_who_do_not_read_pin_little_memory(launch, transport):
    server = launch({})
    with contextlib.ExitStack() as all_of_them:
        ask_and_do_not_read(all_of_them.enter_context(Client(server, transport)))
        before = server.rss_kb()
        for _ in range(CONNECTIONS):
            ask_and_do_not_read(all_of_them.enter_context(Client(server, transport)))
        assert server.rss_kb() - before <= CONNECTIONS * MEMORY_MAX_KB


def test_a_flood_over_tcp_is_closed_and_leaves_the_challenges_over_udp(launch):
    server = launch({"limits": {"unauthenticated_per_second_per_ip": 50}})
    with Client(server, "tcp") as flood, Client(server, "udp") as good:
        flood.send(wire.message(wire.ALLOCATE, wire.REQUEST) * 500)
        assert flood.is_closed_within(2)
        good.relay()
    with Client(server, "tcp", source=("127.0.0.2", 0)) as elsewhere:
        elsewhere.relay()


def test_answers_to_an_address_are_counted_for_all_workers_together(launch, workers):
    server = launch({"limits": {"unauthenticated_per_second_per_ip": 50}})
    clients = [Client(server, "udp") for _ in range(16)]
    began = time.monotonic()
    for client in clients * 20:
        client.send(wire.message(wire.ALLOCATE, wire.REQUEST))
    time.sleep(0.2)
    passed = time.monotonic() - began
    answered = 0
    for client in clients:
        client.socket.settimeout(0.01)
        with contextlib.suppress(OSError):
            while client.socket.recv(2048):
                answered += 1
    assert 0 < answered <= 50 + 50 * passed + 1
    for client in clients:
        client.close()


def processor_seconds(server) -> float:
    user, system = Path(f"/proc/{server.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def test_when_strangers_would_take_all_descriptors_the_server_goes_on_and_rests(launch, monkeypatch):
    def with_few_descriptors() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200))

    monkeypatch.setattr("server.die_with_parent", with_few_descriptors)
    control = f"127.0.0.1:{free_port()}"
    server = launch({"control": {"listen": control}})
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(400)]
    time.sleep(0.2)
    began, used = time.monotonic(), processor_seconds(server)
    time.sleep(1)
    assert processor_seconds(server) - used < (time.monotonic() - began) / 3
    with urllib.request.urlopen(f"http://{control}/healthz", timeout=2) as answer:
        assert answer.status == 200
    with Client(server, "udp") as client:
        client.relay()
    for connection in connections:
        connection.close()
    time.sleep(0.2)
    with Client(server, "tcp") as client:
        client.relay()
