"""The API for operators: what it tells and changes, over the socket and over TCP, held against docs/openapi.yaml."""

import http.client
import json
import os
import time
from contextlib import ExitStack

import openapi
import openapi_spec_validator
import pytest

import wire
from client import Client, Peer, is_closed_within
from control_socket import ControlSocket
from credentials import in_seconds, livekit
from kernel_scene import CONFIG as IN_KERNEL
from kernel_scene import Call, relayed_in_kernel, three_hosts
from livekit_messages import KEY, SECRET, event, launch_beside_livekit
from namespace import connect
from server import free_port

CHANNEL = 0x4000
TOKEN = "0123456789abcdef0123456789abcdef"
PATIENCE_S = 10
GETS = ["counts", "status", "sessions", "refusals", "certificates", "log-level", "fleet"]
POSTS = ["end", "bar", "drain", "reload", "log-level", "fleet/drain"]


class Api:
    """Requests whose answers must be as the document says; `connect` makes an HTTP connection."""

    def __init__(self, connect, **fields: str):
        self.connect, self.fields = connect, fields

    def ask(self, method: str, path: str, body=None, **fields: str) -> tuple[int, object]:
        connection = self.connect()
        text = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, path, text, self.fields | fields)
        response = connection.getresponse()
        answer, kind = response.read().decode(), response.headers.get("Content-Type", "")
        connection.close()
        answer = json.loads(answer) if kind == "application/json" else answer
        openapi.check(method, path.split("?")[0], response.status, kind, answer)
        return response.status, answer

    def get(self, path: str) -> dict:
        status, answer = self.ask("GET", path)
        assert status == 200, answer
        return answer

    def post(self, path: str, body) -> dict:
        status, answer = self.ask("POST", path, body)
        assert status == 200, answer
        return answer

    def sessions(self, query: str = "") -> list[dict]:
        return self.get("/api/v1/sessions" + query)["sessions"]


@pytest.fixture
def start(launch, tmp_path):
    """start(**sections) gives a server and its API over the socket."""

    def place(**sections):
        path = str(tmp_path / "control.sock")
        server = launch({"control": {"socket": path} | sections.pop("control", {})} | sections)
        return server, Api(lambda: ControlSocket(path))

    return place


def tcp(port: int, **fields: str) -> Api:
    return Api(lambda: http.client.HTTPConnection("127.0.0.1", port, timeout=5), **fields)


def becomes(condition) -> bool:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_the_document_is_openapi():
    openapi_spec_validator.validate(openapi.document())


def test_a_session_tells_what_its_client_has(start):
    server, api = start()
    with Peer() as peer, Client(server, "tcp") as client:
        relay = client.relay()
        assert client.bind(CHANNEL, peer.address) == 0
        for size in (100, 200):
            client.send_channel(CHANNEL, bytes(size))
            peer.receive()
        peer.send(b"back", relay)
        assert client.receive().data == b"back"
        (session,) = api.sessions()
        assert session["client"] == "%s:%d" % client.address
        assert session["server"] == f"127.0.0.1:{server.port}"
        assert session["relayed"] == ["%s:%d" % relay]
        assert session["channels"] == [{"number": CHANNEL, "peer": "%s:%d" % peer.address}]
        assert (session["user"], session["transport"], session["engine"]) == ("user", "tcp", "sockets")
        assert (session["peers"], session["peers_total"], session["channels_total"]) == (["127.0.0.1"], 1, 1)
        assert (session["packets_from_client"], session["bytes_from_client"]) == (2, 300)
        assert (session["packets_to_client"], session["bytes_to_client"]) == (1, 4)
        assert 590 < session["expires_in_s"] <= 600 and session["seconds"] < PATIENCE_S
        assert f"allocation={session['allocation']} " in server.wait_for_log("allocation_started")
        assert becomes(lambda: api.sessions()[0]["bits_per_second"] > 0), "a second after the first packet"
        assert api.get("/api/v1/counts")["bits_per_second"] > 0
    assert becomes(lambda: api.sessions() == []), "with its connection the allocation ends"


def test_sessions_come_in_pages_and_by_user(start):
    server, api = start()
    with ExitStack() as stack:
        ids = []
        for number in range(12):
            user = "user" if number % 3 else "user2"
            stack.enter_context(Client(server, user=user)).relay()
        everybody = api.sessions()
        assert [each["allocation"] for each in everybody] == sorted(each["allocation"] for each in everybody)
        query = "?limit=5"
        for expected in (5, 5, 2):
            page = api.get("/api/v1/sessions" + query)
            assert len(page["sessions"]) == expected and page["is_whole"]
            ids += [each["allocation"] for each in page["sessions"]]
            query = f"?limit=5&after={page.get('next')}"
        assert "next" not in page and ids == [each["allocation"] for each in everybody]
        assert len(api.sessions("?user=user2")) == 4 and api.sessions("?user=user2&room=none") == []
        assert api.sessions("?user=nobody") == []
        assert [each["allocation"] for each in api.sessions(f"?allocation={ids[3]}")] == [ids[3]]
        assert api.sessions("?allocation=00ff000000000001") == []


def test_the_busiest_come_first(start):
    server, api = start()
    with ExitStack() as stack:
        peer = stack.enter_context(Peer())
        clients = [stack.enter_context(Client(server)) for _ in range(6)]
        for client in clients:
            client.relay()
            client.bind(CHANNEL, peer.address)

        def busy_first() -> bool:
            for client, size in zip(clients, (10, 1000, 20, 500, 30, 40)):
                client.send_channel(CHANNEL, bytes(size))
            found = [each["client"] for each in api.sessions("?sort=bits_per_second&limit=2")]
            return found == ["%s:%d" % clients[1].address, "%s:%d" % clients[3].address]

        assert becomes(busy_first)


def test_sessions_tell_what_the_kernel_relays(launch):
    with three_hosts("sessions-", connect) as hosts:
        server = launch(IN_KERNEL, hosts[0])
        api = Api(lambda: ControlSocket(server.config["control"]["socket"]))
        with Call(hosts, server, "4", "4") as call:
            (before,) = api.sessions()
            exchanged = call.exchange([bytes(100), bytes(23)])

            def is_the_kernel_s() -> bool:
                (session,) = api.sessions()
                return session["engine"] == "kernel" and session["bits_per_second"] > 0

            assert before["engine"] == "kernel", "what it has are flows"
            assert becomes(is_the_kernel_s)
            (session,) = api.sessions()
            assert session["packets_from_client"] + session["packets_to_client"] == exchanged == relayed_in_kernel(server)


def test_rooms_are_those_of_livekit(launch, tmp_path):
    path = str(tmp_path / "control.sock")
    server, hooks = launch_beside_livekit(launch, {"webhook": True}, control={"socket": path})
    api = Api(lambda: ControlSocket(path))
    with ExitStack() as stack:
        for sid, room, identity in (("PA_1", "r1", "alice"), ("PA_2", "r1", "bo\x1bb"), ("PA_3", "r2", "carol")):
            assert hooks.hook(event("participant_joined", sid, room=room, identity=identity, later_s=-1)) == 200
            stack.enter_context(Client(server, **livekit(KEY, SECRET, sid, in_seconds(300)))).relay()
        assert {each["identity"] for each in api.sessions("?room=r1")} == {"alice", "bo\x1bb"}
        assert api.get("/rooms")["rooms"][0]["name"] == "r1" and api.get("/engine")["setting"]
        ended = api.post("/api/v1/end", {"room": "r1"})
        assert {each["user"] for each in ended["ended"]} == {"PA_1", "PA_2"} and ended["ended_total"] == 2
        assert [each["user"] for each in api.sessions()] == ["PA_3"]
        assert api.ask("POST", "/api/v1/end", {"room": "r1"})[0] == 404


def test_what_is_ended_is_told_and_may_begin_again(start):
    server, api = start()
    with Client(server) as first, Client(server) as second, Client(server, user="user2") as other:
        relays = [first.relay(), second.relay()]
        other.relay()
        (one, *_) = api.sessions("?user=user")
        ended = api.post("/api/v1/end", {"allocation": one["allocation"]})
        assert [each["allocation"] for each in ended["ended"]] == [one["allocation"]] and ended["ended_total"] == 1
        assert api.ask("POST", "/api/v1/end", {"allocation": one["allocation"]})[0] == 404
        assert api.post("/api/v1/end", {"user": "user"})["ended_total"] == 1
        for relay in relays:
            assert is_closed_within(relay, 1)
        assert [each["user"] for each in api.sessions()] == ["user2"]
        assert "administration action=end user=user allocations=1" in server.wait_for_log("action=end user=user")
        assert first.allocate().code == 0


def test_who_is_barred_has_nothing_and_gets_nothing(start):
    server, api = start()
    with Client(server) as client, Client(server, user="user2") as other:
        client.relay()
        barred = api.post("/api/v1/bar", {"user": "user", "seconds": 60})
        assert (barred["ended_total"], barred["user"], barred["seconds"]) == (1, "user", 60)
        assert client.request(wire.ALLOCATE, [wire.UDP]).code == 403
        assert other.allocate().code == 0
        told = api.get("/api/v1/refusals?user=user")
        assert told["is_barred"] and 0 < told["barred_for_s"] <= 60 and told["allocations"] == 0
        assert told["refusals"][0]["cause"] == "barred" and told["refusals"][0]["user_is_proven"]
        assert api.post("/api/v1/bar", {"user": "user", "seconds": 0})["ended_total"] == 0
        assert client.allocate().code == 0


def test_thousands_of_allocations_are_told_and_ended_while_others_relay(start):
    server, api = start()
    count = int(os.environ.get("TEST_ALLOCATIONS", "600"))
    with ExitStack() as stack:
        peer, caller = stack.enter_context(Peer()), stack.enter_context(Client(server, user="user2"))
        caller.relay()
        caller.bind(CHANNEL, peer.address)
        for _ in range(count):
            stack.enter_context(Client(server)).relay()
        assert len(api.sessions("?limit=500")) == 500
        ended = api.post("/api/v1/end", {"user": "user"})
        assert ended["ended_total"] == count and len(ended["ended"]) == min(count, 1000)
        caller.send_channel(CHANNEL, b"still here")
        assert peer.receive()[0] == b"still here"
        assert len(api.sessions()) == 1


def test_refusals_say_whom_why_and_when(start):
    server, api = start()
    with Client(server, password="wrong") as client, Client(server) as good:
        client.challenge()
        assert client.ask(client.signed(wire.ALLOCATE, [wire.UDP])).code == 401
        good.relay()
        assert good.permit(("10.1.2.3", 1)) == 403
        at = "%s:%d" % client.address
        found = api.get(f"/api/v1/refusals?client={at}")["refusals"]
        assert [each["cause"] for each in found] == ["wrong_integrity", "no_credentials"]
        assert (found[0]["user"], found[0]["user_is_proven"], found[0]["client"]) == ("user", False, at)
        by_user = api.get("/api/v1/refusals?user=user")
        assert [each["cause"] for each in by_user["refusals"]] == ["peer_special_purpose", "wrong_integrity"]
        assert by_user["refusals"][0]["peer"] == "10.1.2.3" and by_user["allocations"] == 1
        assert len(api.get("/api/v1/refusals?client=127.0.0.1&limit=1")["refusals"]) == 1


def test_names_that_are_no_text_are_told_as_json(start):
    server, api = start()
    with Client(server) as client:
        client.challenge()
        for name in (b"\xff\xfe", b'"\x1b[2J\n', "\u202ename".encode(), b"x" * 500):
            credentials = [(wire.USERNAME, name), (wire.REALM, client.realm.encode()), (wire.NONCE, client.nonce)]
            raw = wire.with_sha1(wire.message(wire.ALLOCATE, wire.REQUEST, [wire.UDP, *credentials]), b"k" * 16)
            assert client.ask(raw).code == 401
        users = [each.get("user") for each in api.get("/api/v1/refusals?client=127.0.0.1")["refusals"]]
        assert users[:4] == ["x" * 96, "\u202ename", '"\x1b[2J\n', "\\xff\\xfe"]


def test_status_counts_certificates_and_level(start):
    server, api = start(log={"level": "info"})
    with Client(server) as client:
        client.relay()
        status = api.get("/api/v1/status")
        assert (status["state"], status["allocations"], status["realm"]) == ("ready", 1, "realm")
        assert f"udp:127.0.0.1:{server.port}" in status["listeners"] and status["relay_addresses"] == ["127.0.0.1", "::1"]
        assert status["ports"]["leased"] == 1 and status["refusals"] == {"no_credentials": 1}
        assert status["certificates"] == api.get("/api/v1/certificates")["certificates"]
        assert status["certificates"][0]["names"] == ["localhost"] and status["certificates"][0]["expires_in_days"] == 1
    assert api.get("/api/v1/log-level") == {"level": "info"}
    assert api.post("/api/v1/log-level", {"level": "debug"}) == {"level": "debug"}
    with Client(server) as client:
        client.challenge()
    server.wait_for_log("cause=no_credentials")
    assert api.post("/api/v1/reload", "") == {"reloaded": True}
    assert api.get("/api/v1/log-level") == {"level": "info"}
    server.config["realm"] = []
    server.write_config()
    code, answer = api.ask("POST", "/api/v1/reload")
    assert code == 422 and "realm" in answer["error"]
    assert "realm" in api.get("/api/v1/status")["reload_refused"]


def test_a_server_that_drains_says_so_and_ends_when_it_is_empty(start):
    server, api = start()
    with Client(server, "tcp") as client:
        client.relay()
        assert api.post("/api/v1/drain", "") == {"draining": True}
        assert api.get("/api/v1/counts")["state"] == "draining"
        with Client(server) as late:
            assert late.request(wire.ALLOCATE, [wire.UDP]).code == 508
    assert server.process.wait(timeout=PATIENCE_S) == 0


MALFORMED = [
    ("GET", "/api/v1/sessions?limit=501", None),
    ("GET", "/api/v1/sessions?limit=%", None),
    ("GET", "/api/v1/sessions?after=1", None),
    ("GET", "/api/v1/sessions?user=a&user=b", None),
    ("GET", "/api/v1/refusals?client=nobody", None),
    ("POST", "/api/v1/end", ""),
    ("POST", "/api/v1/end", "[]"),
    ("POST", "/api/v1/end", {"user": "a", "room": "b"}),
    ("POST", "/api/v1/end", '{"user":"a","user":"b"}'),
    ("POST", "/api/v1/end", b"\xff"),
    ("POST", "/api/v1/bar", {"user": "a", "seconds": -1}),
    ("POST", "/api/v1/bar", {"seconds": 1}),
    ("POST", "/api/v1/log-level", {"level": "loud"}),
    ("POST", "/api/v1/log-level", "{" * 4000),
]


def test_what_cannot_be_asked_is_answered_and_changes_nothing(start):
    server, api = start()
    with Client(server) as client:
        client.relay()
        for method, path, body in MALFORMED:
            code, answer = api.ask(method, path, body)
            assert code == 400 and answer["error"], f"{method} {path} {body}"
        for name in ("end", "bar", "log-level"):
            assert api.ask("POST", f"/api/v1/{name}", "x" * 4097)[0] == 413
        assert len(api.sessions()) == 1


@pytest.fixture
def over_tcp(launch, tmp_path):
    """over_tcp(token) gives a server with that token, its port and its file of tokens."""

    def place(token: str | None = TOKEN, **control):
        port, file = free_port(), tmp_path / "token"
        file.touch(0o600)
        file.write_text(token or "")
        keys = {"listen": f"127.0.0.1:{port}"} | ({"token_file": str(file)} if token else {})
        return launch({"control": keys | control}), port, file

    return place


def test_over_tcp_the_token_is_asked_for(over_tcp):
    server, port, file = over_tcp()
    stranger, operator = tcp(port), tcp(port, Authorization=f"Bearer {TOKEN}")
    assert stranger.get("/api/v1/counts")["state"] == "ready"
    assert stranger.get("/healthz") == "alive\n" and stranger.get("/readyz") == "ready\n"
    for wrong in ({}, {"Authorization": TOKEN}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": f"Bearer {TOKEN[:-1]}"}):
        for name in GETS[1:]:
            assert tcp(port, **wrong).ask("GET", f"/api/v1/{name}")[0] == 401
        for name in POSTS:
            assert tcp(port, **wrong).ask("POST", f"/api/v1/{name}", "x" * 5000)[0] == 401, "no byte of it is read"
        assert tcp(port, **wrong).ask("GET", "/rooms")[0] == tcp(port, **wrong).ask("GET", "/engine")[0] == 401
    for name in GETS:
        operator.get(f"/api/v1/{name}")
    operator.get("/rooms"), operator.get("/engine")
    assert operator.post("/api/v1/bar", {"user": "user"})["seconds"] == 3600
    file.write_text("another-token-of-32-characters-x\n")
    assert operator.post("/api/v1/reload", "") == {"reloaded": True}
    assert operator.ask("GET", "/api/v1/status")[0] == 401
    assert tcp(port, Authorization="Bearer another-token-of-32-characters-x").get("/api/v1/status")
    assert TOKEN not in server.log()


def test_whoever_guesses_at_the_token_is_in_the_log(over_tcp):
    server, port, _ = over_tcp()
    for guess in range(7):
        assert tcp(port, Authorization=f"Bearer {guess}").ask("GET", "/api/v1/status")[0] == 401
    assert tcp(port).ask("GET", "/api/v1/status")[0] == 401
    server.stop()
    assert "warning tokens_guessed from=127.0.0.1 count=7 " in server.log(), "who shows none does not guess"


def test_without_a_token_nobody_administers_over_tcp(over_tcp):
    _, port, _ = over_tcp(token=None)
    assert tcp(port).get("/api/v1/counts")
    for fields in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}):
        assert tcp(port, **fields).ask("GET", "/api/v1/sessions")[0] == 403
        assert tcp(port, **fields).ask("POST", "/api/v1/end", {"user": "user"})[0] == 403


def test_a_page_of_another_site_cannot_reach_it_by_a_name_of_its_own(over_tcp):
    server, port, _ = over_tcp(hosts=["turn.example.org"])
    for host in (f"127.0.0.1:{port}", f"[::1]:{port}", f"localhost:{port}", "turn.example.org", f"TURN.example.org:{port}"):
        operator = tcp(port, Authorization=f"Bearer {TOKEN}", Host=host)
        assert operator.ask("GET", "/api/v1/counts")[0] == operator.ask("GET", "/api/v1/status")[0] == 200, host
    for host in ("evil.example", f"evil.example:{port}", f"127.0.0.1.evil.example:{port}", "turn.example.org.evil.example", "localhost:80:80"):
        rebound = tcp(port, Authorization=f"Bearer {TOKEN}", Host=host)
        assert rebound.ask("GET", "/api/v1/counts")[0] == rebound.ask("GET", "/api/v1/status")[0] == 421, host
        assert rebound.ask("POST", "/api/v1/end", {"user": "user"})[0] == 421, host
        assert rebound.get("/healthz") == "alive\n", "a balancer calls by any name"


def test_livekit_comes_by_any_name(launch):
    _, hooks = launch_beside_livekit(launch, {"webhook": True})
    status, _, _ = hooks.request("POST", "/livekit/webhook", **{"Host": "sfu.internal", "Authorization": "rubbish"})
    assert status == 401


def test_tokens_that_are_none_are_refused_at_the_start(launch, tmp_path):
    for token in ("short", "two words of sixteen", "0123456789abcdef\nfedcba9876543210\n"):
        file = tmp_path / "token"
        file.write_text(token)
        with pytest.raises(RuntimeError) as refused:
            launch({"control": {"token_file": str(file)}})
        assert "control.token" in str(refused.value) and token.split()[0] not in str(refused.value).replace(str(file), "")
