"""One TLS port for TURN and the web: which of them a connection is, and what stands behind."""

import contextlib
import http.client
import socket
import ssl
import threading

import pytest

import wire
from client import Client
from server import free_port
from test_wire_streams import binding_is_answered, tls_connect


class Upstream:
    """A web server of one thread: it hands each request that it gets to `answer`, which writes to the connection."""

    def __init__(self, answer):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heads = []
        self.answer = answer
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, contextlib.suppress(OSError):
            buffer = b""
            while True:
                while b"\r\n\r\n" not in buffer:
                    part = connection.recv(65536)
                    if not part:
                        return
                    buffer += part
                head, _, buffer = buffer.partition(b"\r\n\r\n")
                self.heads.append(head.decode())
                self.answer(connection, head.decode(), buffer)
                if b"upgrade" in head.lower():
                    return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # a close alone leaves who waits in accept()
        self.listener.close()


def field(head: str, name: str) -> str | None:
    for line in head.split("\r\n")[1:]:
        key, _, value = line.partition(": ")
        if key.lower() == name.lower():
            return value
    return None


def answer_briefly(connection, head, _):
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")


def browser(server) -> http.client.HTTPSConnection:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    return http.client.HTTPSConnection("127.0.0.1", server.tls_port, context=context, timeout=5)


def get(server, path="/", **fields) -> tuple[int, bytes]:
    connection = browser(server)
    with contextlib.closing(connection):
        connection.request("GET", path, headers=fields)
        response = connection.getresponse()
        return response.status, response.read()


def behind(upstream) -> dict:
    return {"http": {"upstream": f"127.0.0.1:{upstream.port}"}}


def test_a_browser_sees_a_page_and_turn_goes_on_beside_it(server):
    status, body = get(server)
    assert status == 200 and body.startswith(b"<!doctype html>")
    assert get(server, "/elsewhere")[0] == 404
    with Client(server, "tls") as client:
        client.relay()


@pytest.mark.parametrize("label", ["stun.turn", "stun.nat-discovery"])
def test_what_was_agreed_on_must_be_what_comes_TLS_09_TLS_11(server, label):
    def connect(*labels):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(labels)
        return context.wrap_socket(socket.create_connection(("127.0.0.1", server.tls_port), timeout=2))

    with connect(label, "http/1.1") as turn:
        assert turn.selected_alpn_protocol() == label
        assert binding_is_answered(turn)
        turn.sendall(wire.message(wire.ALLOCATE, wire.REQUEST, [wire.UDP]))
        assert wire.parse(turn.recv(1000)).code == 401
    with connect(label) as turn:
        turn.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        assert turn.recv(100) == b""
    with connect("http/1.1") as web:
        web.sendall(wire.binding())
        assert web.recv(100) == b""


def test_other_protocols_are_refused_TLS_10(server):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError, match="(?i)no.application.protocol"):
        context.wrap_socket(socket.create_connection(("127.0.0.1", server.tls_port), timeout=2))


def test_who_forgets_tls_is_told(server):
    with socket.create_connection(("127.0.0.1", server.tls_port), timeout=2) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.endswith(b"this port speaks HTTPS only\n")


def test_http_at_the_first_byte_without_alpn(server):
    with tls_connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_requests_go_to_the_upstream_with_who_asks(launch):
    with Upstream(answer_briefly) as upstream:
        server = launch(behind(upstream))
        assert get(server, "/rtc?a=b", **{"X-Forwarded-For": "192.0.2.1", "Connection": "close"}) == (200, b"hello")
        (head,) = upstream.heads
        assert head.startswith("GET /rtc?a=b HTTP/1.1\r\n")
        assert field(head, "X-Forwarded-For") == "127.0.0.1", "a stranger's word is not believed"
        assert field(head, "X-Forwarded-Proto") == "https"
        assert field(head, "X-Forwarded-Host") == field(head, "Host") == f"127.0.0.1:{server.tls_port}"


def test_a_web_socket_is_a_tunnel_both_ways(launch):
    def answer(connection, head, early):
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nwelcome")
        while part := connection.recv(65536):
            connection.sendall(part.upper())

    with Upstream(answer) as upstream, tls_connect(launch(behind(upstream))) as client:
        client.sendall(b"GET /rtc HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        seen = b""
        while b"welcome" not in seen:
            seen += client.recv(4096)
        assert seen.startswith(b"HTTP/1.1 101 ")
        for size in (1, 1000, 100_000):
            client.sendall(b"x" * size)
            got = b""
            while len(got) < size:
                got += client.recv(65536)
            assert got == b"X" * size


def test_bodies_stream_both_ways(launch):
    size = 20_000_000

    def answer(connection, head, early):
        left = int(field(head, "Content-Length")) - len(early)
        while left:
            left -= len(connection.recv(65536))
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode() + b"y" * size)

    with Upstream(answer) as upstream, contextlib.closing(browser(launch(behind(upstream)))) as connection:
        connection.request("POST", "/upload", body=b"x" * size)
        assert connection.getresponse().read() == b"y" * size


def test_without_its_upstream_it_says_so(launch):
    server = launch({"http": {"upstream": f"127.0.0.1:{free_port()}"}})
    status, body = get(server)
    assert status == 502 and b"<html" in body
    get(server)
    assert len(server.wait_for_lines("http_fault", 1)) == 1, "once until it is back"


def test_a_reload_changes_the_upstream_and_open_connections_stay(launch):
    with Upstream(answer_briefly) as one, Upstream(answer_briefly) as other:
        server = launch(behind(one))
        with contextlib.closing(browser(server)) as connection:
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"hello"
            server.config["http"] = behind(other)["http"]
            server.reload()
            server.wait_for_log("reloaded")
            assert get(server) == (200, b"hello")
            assert len(one.heads) == 1 and len(other.heads) == 1
            connection.request("GET", "/")
            assert connection.getresponse().read() == b"hello"
