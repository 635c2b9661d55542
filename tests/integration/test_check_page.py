"""The check page: what the server serves of it, and how little its credentials are good for."""

import contextlib
import json
import socket
import time
import urllib.request

import wire
from client import Client, Peer
from metrics_page import Page
from server import free_port
from test_one_port import Upstream, browser
from test_wire_streams import tls_connect

PATH = "/.turnpike/check"
ON = {"http": {"check_page": PATH}}
LIFE_S = 120
AT_ONCE = 8
BYTES_PER_SECOND = 600_000


def ask(server, method: str, path: str, **fields) -> tuple[int, dict, bytes]:
    """Status, fields in lower case, and body."""
    with contextlib.closing(browser(server)) as connection:
        connection.request(method, path, headers=fields)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def ask_to_mint(server, **fields) -> tuple[int, dict, bytes]:
    fields = {"Origin": f"https://127.0.0.1:{server.tls_port}", "Sec-Fetch-Site": "same-origin", **fields}
    return ask(server, "POST", f"{PATH}/credentials", **{name: value for name, value in fields.items() if value})


def mint(server) -> dict:
    status, fields, body = ask_to_mint(server)
    assert status == 201 and fields["cache-control"] == "no-store"
    return json.loads(body)


def visitor(server, minted: dict, transport="udp") -> Client:
    return Client(server, transport, user=minted["username"], password=minted["credential"])


def log_in(server, client: Client, minted: dict) -> int:
    """The error code of an Allocate with these credentials."""
    client.user, client.password = minted["username"], minted["credential"]
    return client.ask(client.signed(wire.ALLOCATE, [wire.UDP])).code


def test_it_is_off_by_default(server):
    for method, path in (("GET", PATH), ("GET", f"{PATH}/page.js"), ("POST", f"{PATH}/credentials")):
        assert ask(server, method, path)[0] == 404


def test_it_stays_off_and_says_so_where_nothing_can_make_credentials(launch):
    server = launch({**ON, "credentials": {"rest_secrets": []}})
    assert "http.check_page: stays off" in server.wait_for_log("configuration")
    assert ask(server, "GET", PATH)[0] == 404


def test_the_page_comes_with_a_strict_policy(launch):
    server = launch(ON)
    for path, kind in (("", "text/html"), ("/page.js", "text/javascript"), ("/page.css", "text/css"), ("/texts.json", "application/json")):
        status, fields, body = ask(server, "GET", PATH + path)
        assert status == 200 and fields["content-type"].startswith(kind) and body
        policy = fields["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; ") and "unsafe" not in policy
        assert f"connect-src 'self' wss://127.0.0.1:{server.tls_port};" in policy
        assert fields["x-content-type-options"] == "nosniff" and fields["referrer-policy"] == "no-referrer"
    assert f'"{PATH}/page.js"'.encode() in ask(server, "GET", PATH)[2]
    assert ask(server, "GET", f"{PATH}/credentials")[0] == 405


def test_its_credentials_say_which_ways_to_try_and_each_of_them_works(launch):
    server = launch(ON)
    minted = mint(server)
    assert minted["address"] == "127.0.0.1" and minted["lifetime_s"] == LIFE_S and minted["signalling"] is None
    assert {way["id"]: way["urls"] for way in minted["ways"]} == {
        "udp-ipv4": [f"turn:127.0.0.1:{server.port}?transport=udp"],
        "udp-ipv6": [f"turn:[::1]:{server.port}?transport=udp"],
        "tcp-ipv4": [f"turn:127.0.0.1:{server.port}?transport=tcp"],
        "tcp-ipv6": [f"turn:[::1]:{server.port}?transport=tcp"],
        "tls": [f"turns:127.0.0.1:{server.tls_port}?transport=tcp"],
    }
    assert minted["stun"] == [f"stun:127.0.0.1:{server.port}", f"stun:[::1]:{server.port}"]
    for transport in ("udp", "tcp", "tls"):
        with visitor(server, minted, transport) as client:
            client.relay()
    assert "user=check:127.0.0.1 " in server.wait_for_log("allocation_started")


def test_only_the_page_of_this_site_gets_them(launch):
    server = launch(ON)
    elsewhere = "https://elsewhere.example"
    for fields in (
        {"Origin": None, "Sec-Fetch-Site": None},
        {"Origin": elsewhere, "Sec-Fetch-Site": "cross-site"},
        {"Origin": elsewhere, "Sec-Fetch-Site": None},
        {"Sec-Fetch-Site": "same-site"},
    ):
        status, _, body = ask_to_mint(server, **fields)
        assert status == 403 and b"credential\"" not in body, fields
    assert ask_to_mint(server, **{"Sec-Fetch-Site": None})[0] == 201


def test_they_relay_between_relays_of_visitors_and_nowhere_else(launch):
    server = launch(ON)  # whose peers.allow has all of loopback
    minted = mint(server)
    with visitor(server, minted) as one, visitor(server, minted, "tcp") as two, Client(server) as user, Peer() as peer:
        first, second, of_user = one.relay(), two.relay(), user.relay()
        assert one.permit(("192.0.2.1", 1)) == 403 and one.bind(0x4001, peer.address) == 403
        assert one.bind(0x4001, of_user) == 403 and one.bind(0x4001, ("127.0.0.1", server.port)) == 403
        assert two.permit(first) == 0 and one.bind(0x4000, second) == 0
        one.send_channel(0x4000, b"there")
        assert two.receive_data() == (first, b"there")
        two.send_to(first, b"and back")
        assert one.receive().data == b"and back"
        for elsewhere in (peer.address, of_user):
            two.send_to(elsewhere, b"hello")
        peer.send(b"hello", second)
        assert user.permit(second) == 0, "a user may, as ever"
        user.send_to(second, b"hello")
        assert peer.receive(0.3) is None and user.receive(0.3) is None and two.receive(0.3) is None
    log = server.wait_for_log("peer_is_no_visitor")
    assert "request_refused" in log


def test_they_last_two_minutes_however_they_are_refreshed(launch):
    server = launch(ON)
    minted = mint(server)
    with visitor(server, minted) as client:
        answer = client.allocate((wire.LIFETIME, wire.u32(3600)))
        first = int.from_bytes(answer.get(wire.LIFETIME), "big")
        assert LIFE_S - 5 <= first <= LIFE_S
        time.sleep(2.1)
        later = int.from_bytes(client.refresh(3600).get(wire.LIFETIME), "big")
        assert first - 3 <= later <= first - 2
        assert int.from_bytes(client.refresh().get(wire.LIFETIME), "big") <= later


def test_they_have_a_low_rate(launch):
    port = free_port()
    server = launch({**ON, "control": {"listen": f"127.0.0.1:{port}"}})
    minted = mint(server)
    with visitor(server, minted) as one, visitor(server, minted) as two:
        first, second = one.relay(), two.relay()
        assert one.bind(0x4000, second) == 0 and two.bind(0x4000, first) == 0
        received, began = 0, time.monotonic()
        while time.monotonic() < began + 2:
            for _ in range(50):
                one.send_channel(0x4000, bytes(1000))
            while packet := two.receive(0.001):
                received += len(packet.data)
        # Both halves are the same address's, and a second's worth was there at the beginning.
        most = (time.monotonic() - began + 1) * BYTES_PER_SECOND / 2
        assert 200_000 < received <= 1.05 * most
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as response:
        page = Page(response.read().decode())
    assert page.value("turnpike_dropped_packets_total", reason="over_budget") > 0
    assert page.value("turnpike_check_credentials_total", result="granted") == 1


def test_an_address_has_a_few_allocations_and_a_few_credentials_at_once(launch):
    server = launch(ON)
    minted = [mint(server) for _ in range(AT_ONCE)]
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(server, "tcp")) for _ in range(AT_ONCE + 1)]
        assert [log_in(server, client, minted[i % AT_ONCE]) for i, client in enumerate(clients)] == [0] * AT_ONCE + [486]
    status, fields, body = ask_to_mint(server)
    assert status == 429 and 0 < int(fields["retry-after"]) <= LIFE_S and "error" in json.loads(body)


def test_visitors_leave_ports_to_others(launch):
    server = launch({**ON, "relay": {"ports": "31600-31631"}})  # below the system's own
    minted = mint(server)
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(Client(server, "tcp")) for _ in range(3)]
        assert [log_in(server, client, minted) for client in clients] == [0, 0, 508]
        for _ in range(30):
            stack.enter_context(Client(server, "tcp")).relay()


def test_every_server_with_the_secret_and_the_page_takes_them(launch):
    minted = mint(launch(ON))
    for extra, code in ((ON, 0), ({}, 401), ({**ON, "credentials": {"rest_secrets": ["another-one-of-theirs"]}}, 401)):
        other = launch(extra)
        with Client(other) as client:
            assert log_in(other, client, minted) == code, extra


def test_livekits_keys_make_them_too(launch):
    keys = {"rest_secrets": [], "livekit_keys": {"APIkey": "a secret of thirty-two characters"}}
    server = launch({**ON, "credentials": keys})
    with visitor(server, mint(server)) as client:
        client.relay()


def test_a_reload_that_turns_it_off_ends_them(launch):
    server = launch(ON)
    minted = mint(server)
    with visitor(server, minted, "tcp") as client, Client(server, "tcp") as user:
        client.relay(), user.relay()
        server.config["http"]["check_page"] = ""
        server.reload()
        ended = server.wait_for_lines("allocation_ended", 1)
        assert len(ended) == 1 and "user=check:127.0.0.1" in ended[0]
        assert ask(server, "GET", PATH)[0] == 404


def test_the_upstream_has_all_other_paths_and_a_web_socket_is_seen(launch):
    def refuse(connection, head, _):
        connection.sendall(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")

    with Upstream(refuse) as upstream:
        server = launch({"http": {"check_page": PATH, "upstream": f"127.0.0.1:{upstream.port}"}})
        assert ask(server, "GET", PATH)[0] == 200
        signalling = mint(server)["signalling"]

        def seen() -> dict:
            return json.loads(ask(server, "GET", signalling["seen"])[2])

        assert upstream.heads == [] and seen() == {"arrived": False, "status": None}
        assert ask(server, "GET", f"{PATH}s")[0] == 401 and ask(server, "GET", "/")[0] == 401
        with tls_connect(server) as client:
            request = f"GET {signalling['path']} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
            client.sendall(request.encode())
            assert client.recv(100).startswith(b"HTTP/1.1 401 ")
        assert seen() == {"arrived": True, "status": 401}
        assert [head.split()[1] for head in upstream.heads] == [f"{PATH}s", "/", signalling["path"]]
        assert ask(server, "GET", f"{PATH}/signalling?nonce={'0' * 32}")[0] == 404


def test_bodies_are_refused(launch):
    server = launch(ON)
    with tls_connect(server) as client:
        client.sendall(f"POST {PATH}/credentials HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_without_tls_there_is_no_page(launch):
    server = launch(ON)
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as client:
        client.sendall(f"GET {PATH} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        with contextlib.suppress(OSError):  # or there is no answer
            assert b"200 OK" not in client.recv(1000)
