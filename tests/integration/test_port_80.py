"""HTTP without TLS on the TCP listeners: challenges of ACME, the way to TLS, and TURN as ever."""

import contextlib
import os
import re
import socket
import time
from pathlib import Path

import pytest

import wire
from client import Client
from livekit_messages import launch_beside_livekit
from metrics_page import Page
from test_one_port import Upstream, answer_briefly, field, tls_connect

CHALLENGES = "/.well-known/acme-challenge/"
ANSWER = b"token_1-A.thumbprint"
PATIENCE_S = 5
GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
NO_TOKENS = [
    "",
    ".",
    "..",
    "../../secret",
    "../../../www/secret",
    "%2e%2e/%2e%2e/secret",
    "%2e%2e%2f%2e%2e%2fsecret",
    "..%2f..%2fsecret",
    "..\\..\\secret",
    "/etc/passwd",
    "/token_1-A",
    "//token_1-A",
    "./token_1-A",
    "token_1-A/",
    "token_1-A/.",
    "token_1-A%00",
    "token_1-A.txt",
    "none",
    "huge",
    "folder",
    "folder/",
    "link",
    "link-beside",
    "pipe",
    "a" * 129,
    "a" * 300,
    "a" * 10000,
]
TARGETS = [
    "/",
    "/rtc?access_token=a&b",
    "//evil.example/",
    "/%2e%2e/",
    "/.well-known/acme-challenge",
    "/../.well-known/acme-challenge/token_1-A",
    "//.well-known/acme-challenge/token_1-A",
]
NO_HOSTS = [
    "",
    "a@evil.example",
    "evil.example/",
    "a,b",
    "a:b",
    "[::1",
    "a%0d%0aSet-Cookie:x",
    "a b",
    "a\tb",
    "a\\b",
    '"a"',
    "a#b",
    "a?b",
]
UNSOUND = [
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\nHost: a\n\n",
    "GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "GET /\tb HTTP/1.1\r\nHost: a\r\n\r\n",
    "SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "A\0\0\0\r\n\r\n",
]


@pytest.fixture
def webroot(tmp_path) -> Path:
    """As certbot leaves it."""
    root = tmp_path / "www"
    folder = root / CHALLENGES.strip("/")
    folder.mkdir(parents=True)
    (folder / "token_1-A").write_bytes(ANSWER)
    (folder / "huge").write_bytes(b"x" * 65537)
    (folder / "folder").mkdir()
    (root / "secret").write_text("secret")
    (folder / "link").symlink_to("../../secret")
    (folder / "link-beside").symlink_to("token_1-A")
    os.mkfifo(folder / "pipe")
    return root


def talk(server, text: bytes) -> bytes:
    """All that is answered to this on a TCP connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
        connection.sendall(text)
        with contextlib.suppress(ConnectionResetError):
            return b"".join(iter(lambda: connection.recv(65536), b""))
    return b""


def ask(server, target: str, method: str = "GET", host: str = "turn.example.org", more: str = "") -> tuple[int, str, bytes]:
    answer = talk(server, f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n".encode())
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 "), answer
    return int(head.split()[1]), head.decode(), body


def with_webroot(webroot: Path) -> dict:
    return {"http": {"acme_webroot": str(webroot)}}


def binding_is_answered_over_tcp(server) -> bool:
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
        request = wire.binding()
        connection.sendall(request)
        return connection.recv(2048)[8:20] == request[8:20]


def test_a_challenge_is_answered_from_the_folder(launch, webroot):
    server = launch(with_webroot(webroot))
    status, head, body = ask(server, CHALLENGES + "token_1-A")
    assert (status, body) == (200, ANSWER)
    assert field(head, "Content-Type").startswith("text/plain")
    status, head, body = ask(server, CHALLENGES + "token_1-A", "HEAD")
    assert (status, body, field(head, "Content-Length")) == (200, b"", str(len(ANSWER)))
    assert ask(server, CHALLENGES + "token_1-A?a=b", host="192.0.2.1:80")[0] == 200, "whatever the host"
    status, head, _ = ask(server, CHALLENGES + "token_1-A", "POST", more="Content-Length: 0\r\n")
    assert (status, field(head, "Allow")) == (405, "GET, HEAD, OPTIONS")
    (webroot / CHALLENGES.strip("/") / "later").write_text("later")
    assert ask(server, CHALLENGES + "later")[2] == b"later"
    (webroot / CHALLENGES.strip("/") / "later").unlink()
    assert ask(server, CHALLENGES + "later")[0] == 404


def test_nothing_else_is(launch, webroot):
    server = launch(with_webroot(webroot))
    for token in NO_TOKENS:
        assert ask(server, CHALLENGES + token)[::2] == (404, b"Not Found\n"), token


def test_what_is_there_and_is_not_given_is_in_the_log_and_what_is_not_there_is_not(launch, webroot):
    server = launch(with_webroot(webroot))
    for token in ("none", "..", "link", "link", "huge"):
        assert ask(server, CHALLENGES + token)[0] == 404
    lines = server.wait_for_lines("challenge_failed", 2)
    assert [re.search(r"token=(\S+) cause=(\S+)", line).groups() for line in lines] == [("link", "not_a_file"), ("huge", "too_large")]


def test_all_else_is_sent_to_tls(launch, webroot):
    server = launch(with_webroot(webroot))
    for target in TARGETS:
        status, head, _ = ask(server, target)
        assert (status, field(head, "Location")) == (301, f"https://turn.example.org:{server.tls_port}{target}")
        status, head, _ = ask(server, target, "POST", host="turn.example.org:80", more="Content-Length: 1000000\r\n")
        assert (status, field(head, "Location")) == (308, f"https://turn.example.org:{server.tls_port}{target}")


def test_a_host_that_can_be_none_leads_nowhere(launch, webroot):
    server = launch(with_webroot(webroot))
    for host in NO_HOSTS:
        status, head, _ = ask(server, "/", host=host)
        assert status == 400 and "Location" not in head, host


def test_what_could_be_read_in_two_ways_is_refused(launch, webroot):
    server = launch(with_webroot(webroot))
    for text in UNSOUND:
        answer = talk(server, text.encode())
        assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1") == 1, text


def test_a_body_is_not_taken_for_the_next_request(launch, webroot):
    hidden = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = talk(launch(with_webroot(webroot)), b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (len(hidden), hidden))
    assert answer.count(b"HTTP/1.1 ") == 1 and b"hidden" not in answer


def test_a_connection_is_for_one_request(launch, webroot):
    answer = talk(launch(with_webroot(webroot)), GET + GET)
    assert answer.count(b"HTTP/1.1 ") == 1 and b"\r\nConnection: close\r\n" in answer


def test_requests_of_an_address_are_those_of_a_stranger(launch, webroot):
    server = launch({"limits": {"unauthenticated_per_second_per_ip": 5}, **with_webroot(webroot)})
    answers = [talk(server, GET) for _ in range(40)]
    assert answers[0].startswith(b"HTTP/1.1 301 ") and answers[-1] == b""
    assert "cause=asks_too_much" in server.wait_for_lines("connection_failed", 1)[0]


def test_turn_goes_on_beside_it(launch, webroot):
    server = launch(with_webroot(webroot))
    with Client(server, "tcp") as client:
        client.relay()
        assert ask(server, "/")[0] == 301
        assert client.refresh(0).code == 0
        client.has_allocation = False
    assert binding_is_answered_over_tcp(server)


@pytest.mark.parametrize("begin", [b"get / HTTP/1.1\r\n\r\n", b"\xff" * 20, b"@" * 20, b"\x7f", b"[::1]\r\n"])
def test_what_is_neither_is_closed_with_its_cause(launch, webroot, begin):
    server = launch(with_webroot(webroot))
    assert talk(server, begin) == b""
    (line,) = server.wait_for_lines("connection_failed", 1)
    assert "cause=malformed" in line


@pytest.mark.parametrize("keys", [{}, {"listen": {"tls": []}, "http": {"upstream": "127.0.0.1:1"}}])
def test_without_its_keys_http_is_closed_as_ever(launch, keys):
    server = launch(keys)
    assert talk(server, GET) == b""
    (line,) = server.wait_for_lines("connection_failed", 1)
    assert "cause=malformed" in line


def test_without_tls_there_are_challenges_alone(launch, webroot):
    server = launch({"listen": {"tls": []}, **with_webroot(webroot)})
    assert ask(server, CHALLENGES + "token_1-A")[2] == ANSWER
    assert ask(server, "/")[0] == 404


def test_with_an_upstream_it_shows_the_way_and_passes_nothing_on(launch):
    with Upstream(answer_briefly) as upstream:
        server = launch({"http": {"upstream": f"127.0.0.1:{upstream.port}"}})
        status, head, _ = ask(server, CHALLENGES + "token_1-A")
        assert (status, field(head, "Location")) == (301, f"https://turn.example.org:{server.tls_port}{CHALLENGES}token_1-A")
        assert upstream.heads == []


def test_a_reload_begins_and_ends_it(launch, webroot):
    server = launch()
    assert talk(server, GET) == b""
    for count, http in enumerate(({"acme_webroot": str(webroot)}, {}), 1):
        server.config["http"] = http
        server.reload()
        server.wait_for_lines(" reloaded", count)
        if http:
            assert ask(server, CHALLENGES + "token_1-A")[2] == ANSWER
    assert talk(server, GET) == b""


def test_the_first_certificate_comes_before_the_listener_that_needs_it(launch, webroot):
    server = launch({"listen": {"tls": []}, **with_webroot(webroot)})
    assert ask(server, "/")[0] == 404
    server.config["listen"]["tls"] = [f"127.0.0.1:{server.tls_port}"]
    server.reload()
    server.wait_for_log("reloaded")
    assert field(ask(server, "/")[1], "Location") == f"https://turn.example.org:{server.tls_port}/"
    with tls_connect(server) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")


def test_piped_connections_are_counted_while_they_last(launch, webroot):
    server, http = launch_beside_livekit(launch, {}, **with_webroot(webroot))

    def until(holds) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds(page := Page(http.request("GET", "/metrics")[1])):
            assert time.monotonic() < end, page.samples

    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n")
        until(lambda page: page.value("turnpike_piped_connections") == 1)
    until(lambda page: page.value("turnpike_piped_connections") == 0)
    assert Page(http.request("GET", "/metrics")[1]).value("turnpike_connections_closed_total", cause="passed_on") == 1


def test_who_sends_slowly_is_closed_and_holds_up_nobody(launch, webroot):
    server = launch(with_webroot(webroot))
    with contextlib.ExitStack() as stack:
        for _ in range(200):
            slow = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S))
            slow.sendall(b"GET / HTTP/1.1\r\nHo")
        assert ask(server, CHALLENGES + "token_1-A")[2] == ANSWER
        with Client(server, "tcp") as client:
            client.relay()
        slow.settimeout(15)
        assert slow.recv(100) == b"", "ten seconds for a head"
