"""Many WebSockets through the TLS listener: what each costs, and how soon others are answered meanwhile. Needs a machine that does nothing else."""

import contextlib
import ssl
import statistics

import pytest

from server import IS_SANITIZED
from test_wire_streams import tls_connect
from web_crowd import FILES_OF_ONE, MEMORY_OF_ONE_KB, Crowd, behind, descriptors_for_all, files_of, health_ms, workers  # noqa: F401

WEB_SOCKETS = 1000
HEALTH_P99_MS, HEALTH_ASKED = 50, 300
ASK = b"GET /rtc HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"

pytestmark = pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer has memory and time of its own")


def p99_of_health_ms(server) -> float:
    return statistics.quantiles([health_ms(server) for _ in range(HEALTH_ASKED)], n=100)[98]


def web_socket(server) -> ssl.SSLSocket:
    connection = tls_connect(server)
    connection.sendall(ASK)
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        answer += connection.recv(4096)
    assert answer.startswith(b"HTTP/1.1 101 ")
    return connection


def test_a_thousand_idle_web_sockets_cost_little_and_health_is_told_at_once(launch):
    with Crowd() as upstream, contextlib.ExitStack() as all_of_them:
        server = launch(behind(upstream))
        for _ in range(50):
            all_of_them.enter_context(web_socket(server))
        before_kb, files = server.rss_kb(), files_of(server)
        sockets = [all_of_them.enter_context(web_socket(server)) for _ in range(WEB_SOCKETS)]
        grown_kb = server.rss_kb() - before_kb
        assert files_of(server) - files == WEB_SOCKETS * FILES_OF_ONE
        p99_ms = p99_of_health_ms(server)
        print(f"{grown_kb / WEB_SOCKETS:.1f} kB a WebSocket, /healthz p99 {p99_ms:.1f} ms")
        assert grown_kb <= WEB_SOCKETS * MEMORY_OF_ONE_KB
        assert p99_ms < HEALTH_P99_MS
        for connection in sockets:
            connection.sendall(b"still there")
        for connection in sockets:
            assert connection.recv(100) == b"still there"
        spoken_kb = server.rss_kb() - before_kb
        assert spoken_kb <= WEB_SOCKETS * MEMORY_OF_ONE_KB, "what they have said is not kept"
