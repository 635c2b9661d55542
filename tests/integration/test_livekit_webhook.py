"""Webhooks end relays: allocations with LiveKit's embedded credentials on one side, signed events of participants on the other."""

import signal
import time

import pytest

from client import Client, Peer, is_closed_within
from credentials import in_seconds, livekit
from livekit_messages import KEY, REMOVED, SECRET, event, launch_beside_livekit, sign, token
from wire import ALLOCATE, REFRESH, UDP

PROMPT_S = 0.1  # what is promised of an idle machine; what is measured is printed
PATIENCE_S = 2


@pytest.fixture
def place(launch):
    """A server that takes webhooks, and its control listener."""
    return launch_beside_livekit(launch, {"webhook": True})


def participant(server, sid: str, transport: str = "udp") -> Client:
    return Client(server, transport, **livekit(KEY, SECRET, sid, in_seconds(300)))


def allocate_code(server, sid: str) -> int:
    with participant(server, sid) as client:
        return client.ask(client.signed(ALLOCATE, [UDP])).code


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_who_is_removed_loses_the_relay_and_is_barred_until_they_join_again(place, transport):
    server, http = place
    with participant(server, "PA_gone", transport) as client, participant(server, "PA_stays") as other, Peer() as peer:
        relay, others_relay = client.relay(), other.relay()
        assert client.bind(0x4000, peer.address) == other.bind(0x4000, peer.address) == 0
        began = time.monotonic()
        assert http.hook(event("participant_left", "PA_gone", REMOVED)) == 200
        assert is_closed_within(relay, PATIENCE_S)
        print(f"relay closed {1000 * (time.monotonic() - began):.1f} ms after the webhook was sent (promised: {1000 * PROMPT_S:.0f} ms)")
        assert client.ask(client.signed(REFRESH)).code == 437
        client.send_channel(0x4000, b"nobody's")
        other.send_channel(0x4000, b"still here")
        assert peer.receive() == (b"still here", others_relay)
        assert allocate_code(server, "PA_gone") == 403
        assert http.hook(event("participant_joined", "PA_gone", later_s=-60)) == 200
        assert allocate_code(server, "PA_gone") == 403
        assert http.hook(event("participant_joined", "PA_gone", later_s=1)) == 200
        assert allocate_code(server, "PA_gone") == 0
    assert http.hook(event("participant_left", "PA_without_a_relay")) == 200
    revoked = server.wait_for_lines(" revoked ", 1)
    assert len(revoked) == 1 and all(part in revoked[0] for part in ("participant=PA_gone", REMOVED, "allocations=1"))


def test_every_allocation_of_the_participant_ends_on_every_worker(place):
    server, http = place
    clients = [participant(server, "PA_many", ("udp", "tcp")[n % 2]) for n in range(10)]
    relays = [client.relay() for client in clients]
    assert http.hook(event("participant_connection_aborted", "PA_many")) == 200
    assert all(is_closed_within(relay, PATIENCE_S) for relay in relays)
    for client in clients:
        client.close()


def test_room_finished_ends_those_who_were_in_the_room(place):
    server, http = place
    for room, sid in (("over", "PA_1"), ("over", "PA_2"), ("other", "PA_3")):
        assert http.hook(event("participant_joined", sid, room=room, identity=sid)) == 200
    clients = [participant(server, sid) for sid in ("PA_1", "PA_2", "PA_3")]
    relays = [client.relay() for client in clients]
    assert http.hook(event("room_finished", room="over")) == 200
    assert is_closed_within(relays[0], PATIENCE_S) and is_closed_within(relays[1], PATIENCE_S)
    assert clients[2].refresh().code == 0
    assert [allocate_code(server, sid) for sid in ("PA_1", "PA_2", "PA_3")] == [403, 403, 0]
    for client in clients:
        client.close()


def test_a_duplicate_identity_throws_out_the_earlier_participant_only(place):
    server, http = place
    with participant(server, "PA_old") as old, participant(server, "PA_new") as new:
        relay, _ = old.relay(), new.relay()
        assert http.hook(event("participant_left", "PA_old", "DUPLICATE_IDENTITY")) == 200
        assert is_closed_within(relay, PATIENCE_S)
        assert http.hook(event("participant_joined", "PA_new")) == 200
        assert new.refresh().code == 0


def test_who_will_resume_keeps_the_relay(place):
    server, http = place
    with participant(server, "PA_moving") as client:
        client.relay()
        for reason in ("MIGRATION", "SIGNAL_CLOSE"):
            assert http.hook(event("participant_left", "PA_moving", reason)) == 200
        assert client.refresh().code == 0 and allocate_code(server, "PA_moving") == 0


def test_what_livekit_did_not_sign_changes_nothing(place):
    server, http = place
    body = event("participant_left", "PA_target", REMOVED)
    with participant(server, "PA_target") as client:
        client.relay()
        forgeries = {
            "unsigned": "",
            "another secret": sign(body, secret="another secret"),
            "an unknown key": sign(body, key="APIother"),
            "an expired signature": sign(body, life_s=-120),
            "the signature of another body": sign(body + b" "),
            "no hash": token({}),
            "no token": "nonsense",
        }
        assert {name: http.hook(body, forged) for name, forged in forgeries.items()} == dict.fromkeys(forgeries, 401)
        assert [http.hook(b"{}"), http.hook(b"not JSON")] == [400, 400]
        assert client.refresh().code == 0 and allocate_code(server, "PA_target") == 0
        assert http.hook(body) == 200
        assert allocate_code(server, "PA_target") == 403
    assert SECRET not in server.log() and sign(body).split(".")[0] not in server.log()


def test_health_is_told_on_the_same_listener(place):
    server, http = place
    assert [http.get("/healthz"), http.get("/readyz"), http.get("/livekit"), http.get("/livekit/webhook")] == [200, 200, 404, 405]
    with Client(server) as client:
        client.relay()
        server.process.send_signal(signal.SIGUSR1)
        server.wait_for_log("draining")
        assert [http.get("/healthz"), http.get("/readyz")] == [200, 503]
    assert server.process.wait(5) == 0
