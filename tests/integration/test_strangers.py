"""What clients without credentials cost the server, whatever they do."""

import contextlib
import socket

import pytest
import wire
from client import Client

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
