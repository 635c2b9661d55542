"""Ten thousand connections to the TLS listener that want nothing: who is still served meanwhile, and that none stays for ever. Needs two minutes, most
of which it waits."""

import contextlib
import http.client
import socket
import ssl
import time

import pytest

from client import Client, Peer
from server import IS_SANITIZED
from web_crowd import MEMORY_OF_ONE_KB, Crowd, behind, descriptors_for_all, files_of, health_ms, workers  # noqa: F401

CONNECTIONS = 10_000
FILES_BESIDE = 3_000  # of this process, most of them the upstream's
ALL_CLOSED_S = 60 + 5 + 30  # that say nothing; that do not close after the last word; a slow machine's

pytestmark = pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer has memory and time of its own")


def connect(server, number: int) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(10)
    connection.bind((f"127.0.1.{1 + number % 8}", 0))
    connection.connect(("127.0.0.1", server.tls_port))
    return connection


def annoy(server, number: int, context: ssl.SSLContext) -> socket.socket:
    """One that does not shake hands, one that says nothing, one that never ends its head, and one that does not read its answer."""
    connection = connect(server, number)
    if number % 4 == 0:
        return connection
    connection = context.wrap_socket(connection)
    if number % 4 == 2:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
    if number % 4 == 3:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    return connection


def unverified() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def is_served(server) -> bool:
    with contextlib.closing(http.client.HTTPSConnection("127.0.0.1", server.tls_port, context=unverified(), timeout=5)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().read() == b"ok"


def test_ten_thousand_connections_that_want_nothing_keep_nobody_out_and_all_end(launch, descriptors_for_all):
    """Of all descriptors strangers have a quarter, and their ways to an upstream another one: that is not for all of these."""
    with Crowd() as upstream, contextlib.ExitStack() as all_of_them:
        server = launch(behind(upstream))
        good, peer = all_of_them.enter_context(Client(server)), all_of_them.enter_context(Peer())
        relay = good.relay()
        assert good.bind(0x4000, peer.address) == 0 and is_served(server)
        before_kb, files = server.rss_kb(), files_of(server)
        count = min(CONNECTIONS, descriptors_for_all - FILES_BESIDE)
        context, most_kb, most_files, slowest_ms = unverified(), 0, 0, 0.0
        for number in range(count):
            all_of_them.callback(annoy(server, number, context).close)
            if number % 250 == 0:
                slowest_ms = max(slowest_ms, health_ms(server))
                good.send_channel(0x4000, b"x")
                assert peer.receive() == (b"x", relay)
                with Client(server, "tls") as newcomer:
                    newcomer.relay()
                assert is_served(server)
            if number % 50 == 0:
                most_kb, most_files = max(most_kb, server.rss_kb()), max(most_files, files_of(server))
        print(f"{count} connections: {most_files} files, {(most_kb - before_kb) / count:.1f} kB each, /healthz at most {slowest_ms:.1f} ms")
        assert most_kb - before_kb <= count * MEMORY_OF_ONE_KB
        until = time.monotonic() + ALL_CLOSED_S
        while files_of(server) > files and time.monotonic() < until:
            time.sleep(0.5)
        assert files_of(server) <= files, "those that do not close are closed"
        assert is_served(server) and good.is_alive()
