"""What lasts for days through the TLS listener, and what does not: the server's clocks are moved while it runs."""

import contextlib
import time
import struct
import subprocess
import time
from pathlib import Path

import pytest

from client import Client, is_closed_within
from moved_clock import Clock
from recorder import Recorder
from server import IS_SANITIZED
from test_wire_streams import tls_connect

DAY_S = 86_400
SOON_S = 5
ASK = b"GET /rtc HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
AGREED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

pytestmark = pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer wants to be loaded first")


@pytest.fixture(scope="module", params=[1], ids=["one_worker"])
def workers(request) -> int:
    return request.param


@pytest.fixture
def clock(tmp_path) -> Clock:
    return Clock(tmp_path)


@pytest.fixture
def launch_moved(launch, clock, monkeypatch):
    def start(extra: dict):
        with monkeypatch.context() as patch:
            for name, value in clock.environment().items():
                patch.setenv(name, value)
            return launch(extra)

    return start


def web_socket(server):
    connection = tls_connect(server)
    connection.sendall(ASK)
    received = b""
    while not received.endswith(b"\r\n\r\n"):
        received += connection.recv(4096)
    assert received.startswith(b"HTTP/1.1 101 ")
    return connection


def echoes(connection, word: bytes) -> bool:
    """The other end answers each word that ends so as if it were a request."""
    connection.sendall(word + b"\r\n\r\n")
    received = b""
    while len(received) < len(AGREED):
        received += connection.recv(4096)
    return received == AGREED


def test_a_web_socket_lives_for_days_and_what_is_idle_does_not(launch_moved, clock):
    with Recorder(AGREED) as upstream, contextlib.ExitStack() as stack:
        server = launch_moved(upstream.config())
        quiet, busy = (stack.enter_context(web_socket(server)) for _ in range(2))
        stranger = stack.enter_context(tls_connect(server))
        waiting = stack.enter_context(tls_connect(server))
        waiting.sendall(b"GET / HTTP/1.1\r\n")
        relay = stack.enter_context(Client(server)).relay()
        clock.move(DAY_S)
        assert is_closed_within(relay, SOON_S), "an allocation that nobody has refreshed shows that the clock is ahead"
        for ended in (stranger, waiting):
            ended.settimeout(SOON_S)
            with contextlib.suppress(ConnectionResetError):
                assert ended.recv(100) == b""
        for _ in range(10):
            clock.move(DAY_S)
            assert echoes(busy, b"ping")
        assert echoes(quiet, b"after eleven days")
        assert bytes(upstream.seen[0]).endswith(b"\r\n\r\nafter eleven days\r\n\r\n")


def test_a_client_that_does_not_leave_behind_its_answer_is_closed(launch_moved, clock):
    """The server has said all, and closes where the client does not."""
    with Recorder() as upstream, contextlib.ExitStack() as stack:
        server = launch_moved(upstream.config())
        files = Path(f"/proc/{server.process.pid}/fd")
        before = len(list(files.iterdir()))
        for _ in range(8):
            connection = stack.enter_context(tls_connect(server))
            connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            while connection.recv(4096):
                pass
        assert upstream.is_left()
        time.sleep(0.5)
        held = len(list(files.iterdir())) - before
        clock.move(60)
        until = time.monotonic() + SOON_S
        while (left := len(list(files.iterdir())) - before) > 0 and time.monotonic() < until:
            time.sleep(0.05)
        assert held >= 8 and left <= 0, "they are there until their time is over"
