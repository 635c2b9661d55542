"""What webhooks did not say, LiveKit's server API does: relays end of those whom two of its answers do without, and of nobody else."""

import time

import pytest

from client import Client, Peer, is_closed_within
from credentials import in_seconds, livekit
from livekit_api import PATIENCE_S, LiveKit
from livekit_messages import KEY, SECRET, event, launch_beside_livekit
from server import make_certificate
from wire import ALLOCATE, UDP

HUGE = 1 << 30


@pytest.fixture(scope="module")
def workers() -> int:
    return 2


@pytest.fixture
def sfu():
    with LiveKit() as running:
        yield running


def launch_beside(launch, sfu: LiveKit, scheme: str = "http", host: str = "127.0.0.1", **keys):
    return launch_beside_livekit(launch, {"url": f"{scheme}://{host}:{sfu.port}", "reconcile_s": 1, **keys})


def participant(server, sid: str) -> Client:
    return Client(server, **livekit(KEY, SECRET, sid, in_seconds(300)))


def allocate_code(server, sid: str) -> int:
    with participant(server, sid) as client:
        return client.ask(client.signed(ALLOCATE, [UDP])).code


def test_whom_two_answers_do_without_loses_the_relay(launch, sfu):
    sfu.rooms = {"r1": {"alice": "PA_gone", "bob": "PA_stays"}, "r 2": {"alice": "PA_other"}}
    server, http = launch_beside(launch, sfu, webhook=True)
    assert "rooms=2 participants=3" in server.wait_for_log("reconciliation_works", PATIENCE_S)
    with (
        participant(server, "PA_gone") as gone,
        participant(server, "PA_stays") as stays,
        participant(server, "PA_other") as other,
        Client(server) as configured,
        Peer() as peer,
    ):
        relay, others_relay = gone.relay(), stays.relay()
        assert gone.bind(0x4000, peer.address) == stays.bind(0x4000, peer.address) == 0
        other.relay(), configured.relay()
        sfu.wait_for_rounds(2)
        assert gone.refresh().code == 0
        began = time.monotonic()
        del sfu.rooms["r1"]["alice"]
        assert is_closed_within(relay, PATIENCE_S)
        print(f"relay closed {time.monotonic() - began:.1f} s after LiveKit lost the participant, asked every second")
        stays.send_channel(0x4000, b"still here")
        assert peer.receive() == (b"still here", others_relay)
        assert allocate_code(server, "PA_gone") == 403
        sfu.wait_for_rounds(2)
        assert [client.refresh().code for client in (stays, other, configured)] == [0, 0, 0]
    revoked = server.wait_for_lines(" revoked ", 1)
    assert len(revoked) == 1 and all(part in revoked[0] for part in ("PA_gone", "reason=reconciliation", "allocations=1"))
    sfu.rooms["r1"]["alice"] = "PA_gone"  # so LiveKit was wrong
    sfu.wait_for_rounds(1)
    assert allocate_code(server, "PA_gone") == 0


def test_who_is_in_a_room_is_learnt_after_a_restart(launch, sfu):
    sfu.rooms = {"r1": {"alice": "PA_1"}}
    server, http = launch_beside(launch, sfu, webhook=True)
    server.wait_for_log("reconciliation_works", PATIENCE_S)
    with participant(server, "PA_1") as client:
        relay = client.relay()
        assert http.hook(event("room_finished", room="r1")) == 200
        assert is_closed_within(relay, PATIENCE_S)


def slow(handler) -> None:
    time.sleep(11)
    handler.close_connection = True


def cut_off(handler) -> None:
    handler.answer(200, b'{"rooms":[]', size=100)
    handler.close_connection = True


# What LiveKit does when it is asked, and what is said of it.
FAULTS = {
    "an error": ("ListRooms", lambda handler: handler.answer(500), "ListRooms: status 500"),
    "an error for one room": ("ListParticipants", lambda handler: handler.answer(503), "ListParticipants: status 503"),
    "another web page": ("ListRooms", lambda handler: handler.answer(200, b"<html></html>"), "LiveKit would not give"),
    "no list": ("ListParticipants", lambda handler: handler.answer(200, b"{}"), "LiveKit would not give"),
    "a huge answer": ("ListRooms", lambda handler: handler.answer(200, b'{"rooms":[', HUGE), "an answer of more than 16777216 bytes"),
    "half an answer": ("ListRooms", cut_off, "partial message"),
    "a redirection": ("ListRooms", lambda handler: handler.answer(307), "status 307"),
    "a slow answer": ("ListParticipants", slow, "no answer within 10 s"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_who_is_missing_from_no_answer_is_let_be(launch, sfu, name):
    method, fault, reason = FAULTS[name]
    sfu.rooms = {"r1": {"alice": "PA_1"}}
    server, _ = launch_beside(launch, sfu)
    server.wait_for_log("reconciliation_works", PATIENCE_S)
    with participant(server, "PA_1") as client:
        client.relay()
        sfu.faults[method] = fault
        sfu.rooms["r1"] = {}
        log = server.wait_for_log("reconciliation_fails", PATIENCE_S)
        assert reason in log and "warning" in log
        if fault is not slow:
            time.sleep(2.5)  # two questions more
        assert client.refresh().code == 0
        sfu.rooms["r1"] = {"alice": "PA_1"}
        sfu.faults.clear()
        server.wait_for_lines("reconciliation_works", 2, PATIENCE_S)
        assert client.refresh().code == 0
    assert server.log().count("reconciliation_fails") == 1
    assert SECRET not in server.log()


def test_an_answer_needs_a_date(launch, sfu):
    sfu.has_clock = False
    server, _ = launch_beside(launch, sfu)
    assert "an answer without a date" in server.wait_for_log("reconciliation_fails", PATIENCE_S)


def test_a_livekit_that_begins_anew_ends_nobody_before_it_has_said_it_twice(launch):
    with LiveKit() as before:
        before.rooms = {"r1": {"alice": "PA_1"}}
        server, _ = launch_beside(launch, before)
        server.wait_for_log("reconciliation_works", PATIENCE_S)
        client = participant(server, "PA_1")
        client.relay()
    assert "Connection refused" in server.wait_for_log("reconciliation_fails", PATIENCE_S)
    with LiveKit(before.port) as after, client:
        while after.questions < 2:
            time.sleep(0.01)
        after.rooms = {"r1": {"alice": "PA_1"}}
        after.wait_for_rounds(2)
        assert client.refresh().code == 0
        after.rooms = {}
        after.wait_for_rounds(3)
        assert client.refresh().code == 437


def test_a_reload_changes_the_key(launch, sfu):
    sfu.secret = "another-secret-of-at-least-32-characters"
    server, _ = launch_beside(launch, sfu)
    assert "status 401" in server.wait_for_log("reconciliation_fails", PATIENCE_S)
    server.config["credentials"]["livekit_keys"] = {KEY: sfu.secret}
    server.reload()
    server.wait_for_log("reconciliation_works", PATIENCE_S)


@pytest.mark.parametrize(
    "name, trusted, expected",
    [
        ("localhost", True, "reconciliation_works"),
        ("localhost", False, "the certificate is refused: self-signed certificate"),
        ("elsewhere", True, "the certificate is refused: hostname mismatch"),
    ],
)
def test_tls_is_verified(launch, tmp_path, monkeypatch, name, trusted, expected):
    certificate = make_certificate(tmp_path, name)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    with LiveKit(certificate=certificate) as sfu:
        server, _ = launch_beside(launch, sfu, scheme="wss", host="localhost")
        server.wait_for_log(expected, PATIENCE_S)
