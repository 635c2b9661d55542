"""The token exchange: an access token of LiveKit becomes a credential that allocates, and that ends with its participant."""

import json
import time

import pytest

from client import Client, is_closed_within
from livekit_messages import REMOVED, Http, access_token, event, launch_beside_livekit, token
from wire import ALLOCATE, UDP

URLS = ["turn:127.0.0.1:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"]
SITE = "https://meet.example.org"
PATH = "/livekit/ice-servers"
PATIENCE_S = 2


@pytest.fixture
def place(launch):
    keys = {"webhook": True, "ice_urls": URLS, "ice_ttl_s": 120, "cors_origins": [SITE], "exchanges_per_second_per_ip": 20}
    return launch_beside_livekit(launch, keys)


def exchange(http: Http, bearer: str, **headers: str) -> tuple[int, dict]:
    status, body, _ = http.request("POST", PATH, Authorization=f"Bearer {bearer}", **headers)
    return status, json.loads(body)


def test_a_token_becomes_a_credential_for_room_and_identity_CRED_09(place):
    server, http = place
    status, ice = exchange(http, access_token("r1", "alice"))
    assert status == 200 and ice["urls"] == URLS and ice["ttl"] == 120
    with Client(server, user=ice["username"], password=ice["credential"]) as client:
        relay = client.relay()
        assert http.hook(event("participant_left", "PA_other", REMOVED, identity="bob")) == 200
        assert client.refresh().code == 0
        assert http.hook(event("participant_left", "PA_alice", REMOVED, identity="alice")) == 200
        assert is_closed_within(relay, PATIENCE_S)
    assert allocate_code(server, ice) == 403


def allocate_code(server, ice: dict) -> int:
    with Client(server, user=ice["username"], password=ice["credential"]) as client:
        return client.ask(client.signed(ALLOCATE, [UDP])).code


def test_whoever_is_removed_allocates_nothing_with_the_token_that_they_had_until_they_join_again(place):
    server, http = place
    bearer = access_token("r1", "alice")
    _, before = exchange(http, bearer)
    assert http.hook(event("participant_left", "PA_alice", REMOVED)) == 200
    _, again = exchange(http, bearer)
    assert [allocate_code(server, before), allocate_code(server, again)] == [403, 403]
    assert http.hook(event("participant_joined", "PA_early", later_s=-60)) == 200
    assert http.hook(event("participant_joined", "PA_bob", identity="bob", later_s=1)) == 200
    assert allocate_code(server, again) == 403
    assert http.hook(event("participant_joined", "PA_alice_again", later_s=1)) == 200
    assert [allocate_code(server, before), allocate_code(server, again)] == [0, 0]


@pytest.mark.parametrize("claim", ["nbf", "iat"])
def test_a_token_that_was_issued_after_the_removal_allocates_and_earlier_ones_do_not(place, claim):
    server, http = place
    now = int(time.time())
    assert http.hook(event("participant_left", "PA_alice", REMOVED, later_s=-20)) == 200
    for when, code in ((now - 30, 403), (now - 20, 403), (now - 10, 0)):
        _, ice = exchange(http, access_token("r1", "alice", issued={claim: when}))
        assert allocate_code(server, ice) == code, when - now


def test_nbf_says_when_a_token_was_issued_and_iat_only_without_it(place):
    server, http = place
    now = int(time.time())
    assert http.hook(event("participant_left", "PA_alice", REMOVED, later_s=-20)) == 200
    _, ice = exchange(http, access_token("r1", "alice", issued={"nbf": now - 60, "iat": now}))
    assert allocate_code(server, ice) == 403


@pytest.mark.parametrize(
    "reason, later_s, code",
    [(REMOVED, -300, 403), ("CLIENT_INITIATED", 0, 0)],
    ids=["removed, by a webhook that is five minutes old", "left by themselves"],
)
def test_relays_end_with_their_participant_and_only_who_was_removed_cannot_come_back(place, reason, later_s, code):
    server, http = place
    _, ice = exchange(http, access_token("r1", "alice"))
    with Client(server, user=ice["username"], password=ice["credential"]) as client:
        relay = client.relay()
        assert http.hook(event("participant_left", "PA_alice", reason, later_s=later_s)) == 200
        assert is_closed_within(relay, PATIENCE_S)
    assert allocate_code(server, ice) == code


def test_a_credential_lasts_no_longer_than_its_token(place):
    _, http = place
    status, ice = exchange(http, access_token("r1", "alice", life_s=30))
    assert status == 200 and 0 < ice["ttl"] <= 30


@pytest.mark.parametrize(
    "bearer, expected",
    [
        ("", 401),
        (token({"sub": "alice", "video": {"room": "r1", "roomJoin": True}}, secret="another secret"), 401),
        (token({"sub": "alice", "video": {"room": "r1", "roomJoin": True}}, life_s=-120), 401),
        (token({"sub": "alice", "video": {"roomList": True}}), 403),
    ],
    ids=["none", "forged", "expired", "not for joining"],
)
def test_other_tokens_give_nothing(place, bearer, expected):
    _, http = place
    status, answer = exchange(http, bearer)
    assert status == expected and list(answer) == ["error"]


def test_scripts_of_the_configured_sites_may_read_it(place):
    _, http = place
    for method, headers in (
        ("OPTIONS", {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}),
        ("POST", {"Authorization": f"Bearer {access_token('r1', 'alice')}"}),
    ):
        for origin, allowed in ((SITE, SITE), ("https://elsewhere.example.org", None)):
            _, _, fields = http.request(method, PATH, Origin=origin, **headers)
            assert fields.get("Access-Control-Allow-Origin") == allowed, (method, origin)


def test_one_address_cannot_exchange_without_end(place):
    _, http = place
    assert any(http.request("POST", PATH)[0] == 429 for _ in range(2000))
