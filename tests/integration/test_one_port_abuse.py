"""Requests and answers that two readers could take for different ones, clients that leave, and what has no end: over real sockets, with an upstream
that keeps what it gets."""

import contextlib
import os
import re
import socket
import ssl
import struct
import time

import pytest

import wire
from client import Client
from recorder import OK, Recorder, field
from test_wire_streams import tls_connect

HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
GROWTH_KB = 8192
SOON_S = 2


@pytest.fixture(scope="module", params=[1], ids=["one_worker"])
def workers(request) -> int:
    """How many there are makes no difference to what is piped through one of them."""
    return request.param


def post(*fields: bytes, body: bytes = b"", version: bytes = b"1.1") -> bytes:
    return b"\r\n".join([b"POST /form HTTP/" + version, b"Host: a", *fields, b"", body])


CHUNKED = b"Transfer-Encoding: chunked"


def everything(connection: ssl.SSLSocket) -> bytes:
    """Until the server closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionResetError, ssl.SSLEOFError):
        while part := connection.recv(65536):
            received += part
    return received


def statuses(answers: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"(?:^|\n|ok)HTTP/1\.1 (\d+)", answers)]


LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


def ask(server, request: bytes, last: bytes = LAST) -> bytes:
    """All answers to what is sent at once, with a last request behind it that has the connection closed."""
    with tls_connect(server) as connection:
        connection.settimeout(10)
        connection.sendall(request + last)
        return everything(connection)


def descriptors(server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))


# What is refused before anybody else hears of it, and the status of the refusal.
REFUSED = {
    "a length and chunks": (post(b"Content-Length: 4", CHUNKED, body=b"0\r\n\r\n"), 400),
    "chunks and a length": (post(CHUNKED, b"Content-Length: 4", body=b"0\r\n\r\n"), 400),
    "chunks in HTTP/1.0": (post(CHUNKED, body=b"0\r\n\r\n", version=b"1.0"), 400),
    "two lengths": (post(b"Content-Length: 0", b"Content-Length: 37"), 400),
    "two equal lengths": (post(b"Content-Length: 0", b"Content-Length: 0"), 400),
    "a list of lengths": (post(b"Content-Length: 0, 0"), 400),
    "a sign": (post(b"Content-Length: +0"), 400),
    "less than nothing": (post(b"Content-Length: -1"), 400),
    "a hexadecimal length": (post(b"Content-Length: 0x0"), 400),
    "a length beyond 64 bits": (post(b"Content-Length: 18446744073709551616"), 400),
    "white space within a length": (post(b"Content-Length: 0 0"), 400),
    "another coding": (post(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"), 501),
    "two codings": (post(b"Transfer-Encoding: identity, chunked", body=b"0\r\n\r\n"), 501),
    "two fields of codings": (post(CHUNKED, b"Transfer-Encoding: identity", body=b"0\r\n\r\n"), 501),
    "white space before the colon": (post(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"), 400),
    "a vertical tab before the coding": (post(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"), 400),
    "LF alone": (b"GET /a HTTP/1.1\nHost: a\n\n", 400),
    "LF alone behind a field": (post(b"X: y\nContent-Length: 37"), 400),
    "LF alone at the end": (b"GET /a HTTP/1.1\r\nHost: a\r\n\n", 400),
    "CR alone": (post(b"X: y\rContent-Length: 37"), 400),
    "a fold": (post(b"X: y", b" Content-Length: 37"), 400),
    "a folded coding": (post(b"Transfer-Encoding:", b" chunked", body=b"0\r\n\r\n"), 400),
    "NUL": (post(b"X: y\0z"), 400),
    "two hosts": (b"GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    "no host": (b"GET /a HTTP/1.1\r\n\r\n", 400),
    "another host in the target": (b"GET http://b/a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "a user in the target": (b"GET http://a@b/a HTTP/1.1\r\nHost: b\r\n\r\n", 400),
    "a target that is no path": (b"GET a HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    "HTTP/0.9": (b"GET /a\r\n\r\n", 400),
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "a head of 17 KB": (b"GET /a HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 17_000 + b"\r\n\r\n", 431),
    "more fields than anybody needs": (b"GET /a HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 200 + b"\r\n", 431),
    "more tokens than anybody needs": (b"GET /a HTTP/1.1\r\nHost: a\r\nConnection: " + b"a," * 200 + b"b\r\n\r\n", 431),
    "a head of 5,000 fields": (b"GET /a HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 5000 + b"\r\n", 431),
}


def test_what_has_two_meanings_reaches_nobody(launch):
    with Recorder() as upstream:
        server = launch(upstream.config())
        for name, (request, status) in REFUSED.items():
            assert statuses(ask(server, request + HIDDEN)) == [status], f"{name}: where the next request begins is not known"
            assert upstream.seen == [], name


def test_nobody_gets_a_tunnel_to_where_he_names_it(launch):
    with Recorder() as upstream:
        server = launch(upstream.config())
        assert statuses(ask(server, b"CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n" + HIDDEN)) == [404, 200, 200]
        assert len(upstream.seen) == 1 and upstream.seen[0].startswith(b"GET /hidden "), "what follows is a request and no bytes of a tunnel"


# What follows a sound head, and is found to be malformed only then.
MALFORMED_CHUNKS = {
    "LF behind the size": b"2\nab\r\n0\r\n\r\n",
    "LF behind an extension": b"2;x\nab\r\n0\r\n\r\n",
    "CR within an extension": b"2;x\ry\r\nab\r\n0\r\n\r\n",
    "a size with 0x": b"0x2\r\nab\r\n0\r\n\r\n",
    "a size with a sign": b"+2\r\nab\r\n0\r\n\r\n",
    "a size behind white space": b" 2\r\nab\r\n0\r\n\r\n",
    "a size before white space": b"2 \r\nab\r\n0\r\n\r\n",
    "no size": b"\r\nab\r\n0\r\n\r\n",
    "a size beyond 60 bits": b"fffffffffffffff0\r\nab\r\n0\r\n\r\n",
    "more than the size": b"2\r\nabc\r\n0\r\n\r\n",
    "LF behind the bytes": b"2\r\nab\n0\r\n\r\n",
    "an endless extension": b"2;" + b"x" * 5000 + b"\r\nab\r\n0\r\n\r\n",
    "a folded trailer": b"0\r\nX: y\r\n z\r\n\r\n",
    "a fold first in the trailers": b"0\r\n X: y\r\n\r\n",
    "endless trailers": b"0\r\n" + b"X: y\r\n" * 2000 + b"\r\n",
    "LF for the last line": b"0\r\n\n",
    "NUL in a trailer": b"0\r\nX: \0\r\n\r\n",
}


def test_chunks_with_two_meanings_are_no_whole_request(launch):
    with Recorder() as upstream:
        server = launch(upstream.config())
        for count, (name, chunks) in enumerate(MALFORMED_CHUNKS.items(), 1):
            with tls_connect(server) as connection:
                connection.sendall(post(CHUNKED))
                assert upstream.wait_for(count), name
                connection.sendall(chunks + HIDDEN)
                assert statuses(everything(connection)) == [400], name
            assert upstream.is_left(), name
            _, _, body = bytes(upstream.seen[-1]).partition(b"\r\n\r\n")
            assert body in (b"", b"2\r\nab\r\n"), name
        assert "http_fault" not in server.log(), "the upstream is not to blame"


def test_what_has_one_meaning_arrives_with_that_alone(launch):
    """What each request is framed by is said anew, and what stands in its body stays there."""
    cases = [
        (post(b"Content-Length: %d" % len(HIDDEN), body=HIDDEN), b"Content-Length: %d\r\n" % len(HIDDEN), HIDDEN),
        (post(b"Transfer-Encoding:\tChunked", body=b"2;x=y\r\nab\r\n1\r\nc\r\n0\r\nContent-Length: 9\r\nHost: b\r\n\r\n"), CHUNKED + b"\r\n", b"3\r\nabc\r\n0\r\n\r\n"),
        (post(b"Connection: Content-Length, X-Secret", b"X-Secret: s", b"Content-Length: 1", body=b"x"), b"Content-Length: 1\r\n", b"x"),
        (post(b"TE: trailers", b"Trailer: X", CHUNKED, body=b"0\r\nX: y\r\n\r\n"), CHUNKED + b"\r\n", b"0\r\n\r\n"),
    ]
    with Recorder() as upstream:
        server = launch(upstream.config())
        for number, (request, said, body) in enumerate(cases):
            assert statuses(ask(server, request)) == [200, 200]
            head, _, rest = bytes(upstream.seen[number]).partition(b"\r\n\r\n")
            assert said in head + b"\r\n" and rest.startswith(body + b"GET /last HTTP/1.1\r\n"), request
            assert head.count(b"Content-Length") + head.count(b"Transfer-Encoding") == 1, head
            for gone in (b"X-Secret", b"TE:", b"Trailer"):
                assert gone not in head


def test_a_whole_uri_goes_on_as_a_path(launch):
    with Recorder() as upstream:
        server = launch(upstream.config())
        assert statuses(ask(server, b"GET http://A:80/b?c%0d%0aX:%20y HTTP/1.1\r\nHost: a:80\r\n\r\n")) == [200, 200]
        assert bytes(upstream.seen[0]).startswith(b"GET /b?c%0d%0aX:%20y HTTP/1.1\r\nHost: a:80\r\n")


UPGRADES = {
    "to HTTP/2": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    "to one of two": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket, h2c\r\n\r\n",
    "by POST": post(b"Connection: Upgrade", b"Upgrade: websocket", b"Content-Length: 0"),
    "with a body": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 1\r\n\r\nx",
    "in HTTP/1.0": b"GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "that Connection does not name": b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
    "to TLS": b"OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: TLS/1.3\r\n\r\n",
}


def test_an_upgrade_is_to_a_web_socket_or_none(launch):
    """The upstream agrees with everything, as one that a client has made do so would."""
    agreed = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with Recorder(agreed) as upstream:
        server = launch(upstream.config())
        for name, request in UPGRADES.items():
            before = len(upstream.seen)
            assert set(statuses(ask(server, request))) == {502}, name
            asked = upstream.seen[before]
            assert asked.count(b"HTTP/1.1") == 1 and b"pgrade" not in asked, name


def test_an_upgrade_to_something_else_than_was_asked_for_is_none(launch):
    with Recorder(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n") as upstream:
        server = launch(upstream.config())
        answer = ask(server, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
        assert statuses(answer) == [502, 502]


def test_requests_in_one_piece_are_answered_in_turn(launch):
    with Recorder(lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + request[5:11]) as upstream:
        server = launch(upstream.config())
        answers = ask(server, b"".join(b"GET /%06d HTTP/1.1\r\nHost: a\r\n\r\n" % number for number in range(500)))
        assert re.findall(rb"\r\n\r\n(\d{6})", answers) == [b"%06d" % number for number in range(500)]
        assert len(upstream.seen) == 1


def test_HTTP_1_0_stays_only_where_it_asks_to(launch):
    with Recorder() as upstream:
        server = launch(upstream.config())
        answer = ask(server, b"GET /1 HTTP/1.0\r\n\r\n" + HIDDEN)
        assert statuses(answer) == [200] and b"Connection: close" in answer
        assert b"hidden" not in upstream.seen[0]
        kept = ask(server, b"GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /2 HTTP/1.0\r\n\r\n")
        assert statuses(kept) == [200, 200] and kept.count(b"Connection: keep-alive") == 1


# What the upstream says, what of it reaches a client of HTTP/1.1 (all fields but ours), and by which method the client has asked.
ANSWERS = {
    "a length without a body": ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
    "no content": ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n"),
    "not modified, with a length": (
        "GET",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
    ),
    "hints first": (
        "GET",
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
    ),
    "a 100 that nobody waits for": ("GET", b"HTTP/1.1 100 Continue\r\n\r\n" + OK, OK),
    "trailers": (
        "GET",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X\r\n\r\n2\r\nok\r\n0\r\nX: y\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ),
}


def test_answers_without_a_body_and_what_stands_around_one(launch):
    for name, (method, said, passed) in ANSWERS.items():
        with Recorder(said) as upstream:
            server = launch(upstream.config())
            request = f"{method} / HTTP/1.1\r\nHost: a\r\n".encode()
            answer = ask(server, request + b"\r\n", last=request + b"Connection: close\r\n\r\n")
            assert re.sub(rb"Connection: (keep-alive|close)\r\n", b"", answer) == passed * 2, name
            assert len(upstream.seen) == 1, name


NO_ANSWERS = {
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "LF alone": b"HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "a length and chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a fold": b"HTTP/1.1 200 OK\r\nX: y\r\n Set-Cookie: a\r\n\r\n",
    "a head of 100 KB": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    "one interim answer after the other": b"HTTP/1.1 102 Processing\r\n\r\n" * 100,
    "NUL": bytes(1000) + b"\r\n\r\n",
}


def test_what_is_no_answer_is_a_502(launch):
    for name, said in NO_ANSWERS.items():
        with Recorder(said) as upstream:
            server = launch(upstream.config())
            answer = ask(server, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            assert statuses(answer).count(502) == 2 and 200 not in statuses(answer), name
            assert b"Set-Cookie" not in answer and b"xxx" not in answer, name
            assert upstream.is_left(), name


def test_what_stands_behind_an_answer_is_nobodys(launch):
    extra = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    with Recorder(OK + extra) as upstream:
        server = launch(upstream.config())
        with tls_connect(server) as first, tls_connect(server) as second:
            for connection in (first, second, first, second):
                connection.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                answer = b""
                while not answer.endswith(b"ok"):
                    answer += connection.recv(65536)
                assert answer.count(b"HTTP/1.1") == 1
        assert len(upstream.seen) == 4, "none of these connections is used again"


def test_one_that_expects_to_be_asked_is_asked_by_the_upstream(launch):
    with Recorder() as upstream:
        server = launch(upstream.config())
        with tls_connect(server) as connection:
            connection.sendall(post(b"Expect: 100-continue", b"Content-Length: 2"))
            assert upstream.wait_for(1)
            connection.settimeout(0.3)
            with pytest.raises(TimeoutError):
                connection.recv(1)  # nobody but the upstream knows whether it wants the body
            connection.settimeout(5)
            connection.sendall(b"ab")
            assert statuses(connection.recv(65536)) == [200]
        assert field(bytes(upstream.seen[0]), "Expect") == b"100-continue"


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@pytest.mark.parametrize("asked", ["a request", "a web socket", "half a body"])
def test_a_request_does_not_outlive_its_client(launch, asked):
    """An upstream that answers late, or never, is left as soon as nobody is there to be answered."""
    agreed = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    requests = {
        "a request": b"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "a web socket": b"GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "half a body": post(b"Content-Length: 100", body=b"x"),
    }
    with Recorder(agreed if asked == "a web socket" else None) as upstream:
        server = launch(upstream.config())
        before = descriptors(server)
        for number in range(1, 33):
            connection = tls_connect(server)
            connection.sendall(requests[asked])
            assert upstream.wait_for(number)
            if asked == "a web socket":
                assert statuses(connection.recv(4096)) == [101]
            reset(connection)
        assert upstream.is_left()
        until = time.monotonic() + SOON_S
        while descriptors(server) > before and time.monotonic() < until:
            time.sleep(0.01)
        assert descriptors(server) <= before
        assert "http_fault" not in server.log(), "the upstream is not to blame"


def test_a_head_of_100_MB_and_an_endless_body_that_nobody_wants_leave_nothing(launch):
    """They are cut long before, and a client that relays beside them loses nothing."""
    with Recorder(None) as upstream, contextlib.ExitStack() as all_of_them:
        server = launch(upstream.config())
        good = all_of_them.enter_context(Client(server, "tls"))
        good.relay()
        ask(server, b"GET / HTTP/1.1\r\nX: " + b"x" * 20_000)
        before = server.rss_kb()
        for begin in (b"GET / HTTP/1.1\r\nHost: a\r\nX: ", b"GET /" + b"a" * 100, b"x", post(b"Content-Length: 5", body=b"GET /")):
            with tls_connect(server) as connection:
                connection.settimeout(5)
                sent = 0
                with contextlib.suppress(OSError):
                    connection.sendall(begin)
                    while sent < 100_000_000:
                        connection.sendall(b"x" * 100_000)
                        sent += 100_000
                assert sent < 20_000_000, f"{begin[:20]} has no end"
        assert server.rss_kb() - before < GROWTH_KB
        assert good.is_alive()


def test_an_empty_line_first_is_no_http(launch):
    """Some take it for nothing; here it would be the first byte of a STUN message."""
    with Recorder() as upstream:
        assert ask(launch(upstream.config()), b"\r\n" + HIDDEN) == b""
        assert upstream.seen == []


def test_binding_requests_behind_a_request_are_no_requests(launch):
    """What has begun as HTTP stays HTTP, whatever comes."""
    with Recorder() as upstream:
        server = launch(upstream.config())
        answer = ask(server, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + wire.binding())
        assert statuses(answer) == [200, 400]
        assert len(upstream.seen) == 1 and upstream.seen[0].count(b"HTTP/1.1") == 1
