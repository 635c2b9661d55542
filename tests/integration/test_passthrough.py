"""Connections that ask for the name of another TLS server go there as they come, beside TURN and the web on the same port."""

import contextlib
import hashlib
import os
import shutil
import socket
import ssl
import struct
import subprocess
import threading
import time
from pathlib import Path

import pytest

from client import Client, Peer
from server import die_with_parent, free_port, make_certificate
from test_wire_streams import binding_is_answered
from wire import ChannelData

NAME = "www.example.org"
VECTORS = Path(__file__).resolve().parents[1] / "vectors"
LARGEST = 16384  # bytes of a ClientHello


def chromium_hello() -> bytes:
    lines = (VECTORS / "chromium-client-hello.hex").read_text().splitlines()
    return bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


@pytest.fixture(scope="module")
def own_certificate(tmp_path_factory):
    """Of the server behind."""
    return make_certificate(tmp_path_factory.mktemp("target"), NAME)


def trusting(labels=()) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if labels:
        context.set_alpn_protocols(list(labels))
    return context


def der_of(certificate) -> bytes:
    return ssl.PEM_cert_to_DER_cert(certificate[0].read_text())


class Target:
    """A TCP server of one thread a connection, on both families; `talk` has each connection."""

    def __init__(self, talk):
        self.listener = socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = self.listener.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.talk = talk
        self.seen = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                connection.settimeout(10)
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection):
        with connection, contextlib.suppress(OSError):
            self.talk(self, connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # a close alone leaves who waits in accept()
        self.listener.close()


def read_exactly(connection, size: int) -> bytes:
    data = b""
    while len(data) < size and (part := connection.recv(size - len(data))):
        data += part
    return data


def read_to_end(connection) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def read_proxy_header(connection) -> tuple[tuple, tuple]:
    """Both ends that it names, version 2."""
    fixed = read_exactly(connection, 16)
    assert fixed[:13] == b"\r\n\r\n\0\r\nQUIT\n\x21", fixed
    body = read_exactly(connection, struct.unpack("!H", fixed[14:])[0])
    family, size = {0x11: (socket.AF_INET, 4), 0x21: (socket.AF_INET6, 16)}[fixed[13]]
    hosts = [socket.inet_ntop(family, body[at : at + size]) for at in (0, size)]
    return tuple(zip(hosts, struct.unpack("!HH", body[2 * size : 2 * size + 4])))


def echo_over(certificate, with_header=False):
    """Speaks TLS with this certificate, and says everything again in capitals."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    def talk(target, connection):
        if with_header:
            target.seen.append(read_proxy_header(connection))
        with context.wrap_socket(connection, server_side=True) as tls:
            while part := tls.recv(65536):
                tls.sendall(part.upper())

    return talk


def web_over(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    body = b"<!doctype html><title>behind</title><p>the page behind</p>"

    def talk(target, connection):
        with context.wrap_socket(connection, server_side=True) as tls:
            target.seen.append(tls.recv(65536))
            tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    return talk


def raw(target, connection):
    """Keeps all until the end, and answers then."""
    target.seen.append(read_to_end(connection))
    connection.sendall(b"to the last")
    connection.shutdown(socket.SHUT_WR)


def to(target: Target, **more) -> dict:
    return {"tls": {"passthrough": {NAME: target.address}, **more}}


def connect(server, name=NAME, host="127.0.0.1") -> ssl.SSLSocket:
    return trusting().wrap_socket(socket.create_connection((host, server.tls_port), timeout=10), server_hostname=name)


def peer_of(server, name) -> bytes:
    with connect(server, name) as connection:
        return connection.getpeercert(binary_form=True)


class InPieces:
    """A TLS client whose ClientHello leaves in segments of `size`."""

    def __init__(self, server, size: int, name=NAME, labels=()):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = trusting(labels).wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.do_handshake()
        self.hello = self.outgoing.read()
        self.socket = socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) if server else None
        if not server:
            return
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(self.hello), size):
            self.socket.sendall(self.hello[at : at + size])
        self._until_done(self.tls.do_handshake)

    def _until_done(self, step):
        while True:
            try:
                result = step()
                self.socket.sendall(self.outgoing.read())
                return result
            except ssl.SSLWantReadError:
                self.socket.sendall(self.outgoing.read())
                if data := self.socket.recv(65536):
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def say(self, data: bytes) -> bytes:
        self._until_done(lambda: self.tls.write(data))
        return self._until_done(lambda: self.tls.read(65536))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


def labels_for(size: int) -> list[str]:
    """Of ALPN, with which the ClientHello has this size."""
    labels = ["http/1.1", *["x" * 127] * 10]  # OpenSSL makes short ones longer
    whole, rest = divmod(size + 5 - len(InPieces(None, 0, labels=labels).hello) - 128, 128)
    labels += ["x" * 127] * whole + ["y" * (127 + rest)]
    assert len(InPieces(None, 0, labels=labels).hello) == size + 5
    return labels


def test_a_name_has_a_server_of_its_own_and_others_are_served_here(launch, certificate, own_certificate):
    with Target(echo_over(own_certificate)) as target:
        server = launch(to(target))
        with connect(server, "WWW.Example.org") as connection:
            assert connection.getpeercert(binary_form=True) == der_of(own_certificate)
            connection.sendall(b"from the first byte on")
            assert connection.recv(100) == b"FROM THE FIRST BYTE ON"
        for name in ("turn.example.org", "example.org", "a.www.example.org", None):
            assert peer_of(server, name) == der_of(certificate), name
        with connect(server, "turn.example.org") as turn:
            assert binding_is_answered(turn)
        with Client(server, "tls") as client:
            client.relay()


def test_an_exact_name_goes_before_a_wildcard_on_either_side(launch, certificate, own_certificate, tmp_path):
    other = make_certificate(tmp_path, "other.example.org")
    pair = {"certificate": str(other[0]), "key": str(other[1])}
    with Target(echo_over(own_certificate)) as target:
        names = {"turn.example.org": pair, "*.example.net": pair}
        server = launch({"tls": {"names": names, "passthrough": {"*.example.org": target.address, "www.example.net": target.address}}})
        assert peer_of(server, "turn.example.org") == der_of(other)
        assert peer_of(server, "a.example.org") == der_of(own_certificate)
        assert peer_of(server, "www.example.net") == der_of(own_certificate)
        assert peer_of(server, "a.example.net") == der_of(other)
        assert peer_of(server, "example.org") == der_of(certificate)


@pytest.mark.parametrize("size", [1, 7, 1400, 65536])
@pytest.mark.parametrize("length", [None, LARGEST], ids=["short", "the_largest"])
def test_however_the_ClientHello_is_split(launch, certificate, own_certificate, size, length):
    labels = labels_for(length) if length else ()
    with Target(echo_over(own_certificate)) as target:
        server = launch(to(target))
        for name, own in ((NAME, own_certificate), ("turn.example.org", certificate)):
            with InPieces(server, size, name, labels) as client:
                assert client.tls.getpeercert(binary_form=True) == der_of(own)
                if name == NAME:
                    assert client.say(b"all of it") == b"ALL OF IT"
                else:
                    assert client.say(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_the_server_learns_the_clients_address(launch, own_certificate, host):
    with Target(echo_over(own_certificate, with_header=True)) as target:
        server = launch(to(target, passthrough_proxy_protocol=True))
        with connect(server, host=host) as connection:
            connection.sendall(b"hello")
            assert connection.recv(100) == b"HELLO"
            assert target.seen == [(connection.getsockname()[:2], (host, server.tls_port))]


def test_behind_a_balancer_it_learns_whom_the_balancer_names(launch, own_certificate):
    named = b"PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"
    with Target(echo_over(own_certificate, with_header=True)) as target:
        server = launch({"listen": {"proxy_protocol": ["127.0.0.0/8"]}} | to(target, passthrough_proxy_protocol=True))
        with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as connection:
            connection.sendall(named)
            with trusting().wrap_socket(connection, server_hostname=NAME) as tls:
                tls.sendall(b"hello")
                assert tls.recv(100) == b"HELLO"
        assert target.seen == [(("192.0.2.1", 56324), ("198.51.100.7", 443))]


def test_either_end_may_stop_sending_and_go_on_reading(launch):
    hello = chromium_hello()
    with Target(raw) as target:
        server = launch(to(target))
        with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as connection:
            connection.sendall(hello + b"from the first")
            connection.shutdown(socket.SHUT_WR)
            assert read_to_end(connection) == b"to the last"
        assert target.seen == [hello + b"from the first"]

    def end_first(target, connection):
        connection.sendall(read_exactly(connection, len(hello))[:5])
        connection.shutdown(socket.SHUT_WR)
        target.seen.append(read_to_end(connection))

    with Target(end_first) as target:
        server = launch(to(target))
        with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as connection:
            connection.sendall(hello)
            assert read_to_end(connection) == hello[:5]
            connection.sendall(b"more")
            time.sleep(0.1)
            connection.sendall(b" and more")
            connection.shutdown(socket.SHUT_WR)
            until = time.monotonic() + 5
            while not target.seen and time.monotonic() < until:
                time.sleep(0.01)
        assert target.seen == [b"more and more"]


def test_five_megabytes_both_ways_while_others_relay(launch):
    hello, data = chromium_hello(), os.urandom(1 << 16).lower() * 80

    def echo(target, connection):
        target.seen.append(read_exactly(connection, len(hello)))
        while part := connection.recv(65536):
            connection.sendall(part.upper())

    with Target(echo) as target, contextlib.ExitStack() as stack:
        server = launch(to(target))
        bulk = stack.enter_context(socket.create_connection(("127.0.0.1", server.tls_port), timeout=10))
        with Client(server, "tls") as client, Peer() as peer:
            bulk.sendall(hello)
            relay = client.relay()
            assert client.bind(0x4000, peer.address) == 0
            sender = threading.Thread(target=bulk.sendall, args=(data,))
            digest, got, slowest, number = hashlib.sha256(), 0, 0, 0

            def receive():
                nonlocal got
                while got < len(data) and (part := bulk.recv(65536)):
                    digest.update(part)
                    got += len(part)

            receiver = threading.Thread(target=receive)
            sender.start()
            receiver.start()
            while receiver.is_alive() or number < 50:
                began = time.monotonic()
                client.send_channel(0x4000, b"%d" % number)
                assert peer.receive() == (b"%d" % number, relay)
                peer.send(b"back %d" % number, relay)
                assert client.receive() == ChannelData(0x4000, b"back %d" % number)
                slowest = max(slowest, time.monotonic() - began)
                number += 1
            sender.join()
            receiver.join()
            assert target.seen == [hello]
            assert got == len(data) and digest.digest() == hashlib.sha256(data.upper()).digest()
            assert slowest < 1, "nobody waits for others"


def test_without_its_server_the_connection_is_closed_and_the_log_says_why(launch):
    port = free_port()
    server = launch({"tls": {"passthrough": {NAME: f"127.0.0.1:{port}"}}})
    for _ in range(3):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            connect(server)
    (line,) = server.wait_for_lines("passthrough_failed", 1)
    assert f"server=127.0.0.1:{port}" in line and "Connection refused" in line and "tls:127.0.0.1:" in line
    with Client(server, "tls") as client:
        client.relay()


def test_a_server_that_does_not_accept_has_five_seconds(launch):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as busy, contextlib.ExitStack() as stack:
        address = busy.getsockname()
        for _ in range(2):  # the kernel accepts one more than the backlog
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(address)
        server = launch({"tls": {"passthrough": {NAME: f"127.0.0.1:{address[1]}"}}})
        client = stack.enter_context(socket.create_connection(("127.0.0.1", server.tls_port), timeout=10))
        began = time.monotonic()
        client.sendall(chromium_hello())
        with Client(server, "tls") as other:
            other.relay()
        assert time.monotonic() - began < 2
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(1) == b""
        assert 4.9 < time.monotonic() - began < 7
        assert "timed out" in server.wait_for_log("passthrough_failed")


def test_a_silent_server_holds_up_nobody(launch, own_certificate):
    with Target(lambda _, connection: connection.recv(1) and time.sleep(5)) as target:
        server = launch(to(target))
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                waiting = stack.enter_context(socket.create_connection(("127.0.0.1", server.tls_port), timeout=10))
                waiting.sendall(chromium_hello())
            began = time.monotonic()
            with Client(server, "tls") as client:
                client.relay()
            assert time.monotonic() - began < 2


def test_a_client_that_leaves_takes_its_connection_with_it(launch):
    ended = threading.Event()

    def talk(target, connection):
        with contextlib.suppress(OSError):
            read_to_end(connection)
        ended.set()

    with Target(talk) as target:
        server = launch(to(target))
        with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as connection:
            connection.sendall(chromium_hello())
            time.sleep(0.2)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert ended.wait(5)


def test_what_is_no_ClientHello_is_answered_as_without_passthrough(launch, own_certificate):
    with Target(echo_over(own_certificate)) as target:
        server = launch(to(target))
        for sent, answer in ((b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "), (b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x02", b"\x15\x03")):
            with socket.create_connection(("127.0.0.1", server.tls_port), timeout=10) as connection:
                connection.sendall(sent)
                assert connection.recv(100).startswith(answer), sent
        assert target.seen == []


def test_a_reload_changes_where_names_lead_and_open_connections_stay(launch, certificate, own_certificate, tmp_path):
    other = make_certificate(tmp_path, "other.example.org")
    with Target(echo_over(own_certificate)) as one, Target(echo_over(other)) as two:
        server = launch(to(one))
        with connect(server) as before:
            assert before.getpeercert(binary_form=True) == der_of(own_certificate)

            def reload(passthrough, count):
                server.config["tls"]["passthrough"] = passthrough
                server.reload()
                server.wait_for_lines(" reloaded", count)

            reload({NAME: two.address}, 1)
            assert peer_of(server, NAME) == der_of(other)
            reload({}, 2)
            assert peer_of(server, NAME) == der_of(certificate)
            reload({NAME: f"localhost:{one.port}"}, 3)  # by the system's resolver
            assert peer_of(server, NAME) == der_of(own_certificate)
            before.sendall(b"still here")
            assert before.recv(100) == b"STILL HERE"


@pytest.mark.skipif(not shutil.which("chromium"), reason="there is no Chromium")
def test_chromium_sees_the_page_behind(launch, own_certificate, tmp_path):
    with Target(web_over(own_certificate)) as target:
        server = launch(to(target))
        command = [
            "chromium",
            f"--user-data-dir={tmp_path / 'profile'}",
            "--headless",
            "--no-sandbox",  # the tests run as root
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--ignore-certificate-errors",
            f"--host-resolver-rules=MAP {NAME}:443 127.0.0.1:{server.tls_port}",
            "--dump-dom",
            f"https://{NAME}/",
        ]
        environment = {**os.environ, "HOME": str(tmp_path)}
        page = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=environment, preexec_fn=die_with_parent, check=True
        )
        assert b"the page behind" in page.stdout
        assert any(request.startswith(b"GET / HTTP/1.1\r\nHost: www.example.org\r\n") for request in target.seen)
