"""The token exchange: an access token of LiveKit becomes a credential that allocates, and that ends with its participant."""

import json

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


def test_CRED_09_a_token_becomes_a_credential_for_room_and_identity(place):
    server, http = place
    status, ice = exchange(http, access_token("r1", "alice"))
    assert status == 200 and ice["urls"] == URLS and ice["ttl"] == 120
    with Client(server, user=ice["username"], password=ice["credential"]) as client:
        relay = client.relay()
        assert http.hook(event("participant_left", "PA_other", REMOVED, identity="bob")) == 200
        assert client.refresh().code == 0
        assert http.hook(event("participant_left", "PA_alice", REMOVED, identity="alice")) == 200
        assert is_closed_within(relay, PATIENCE_S)
    # Whoever has a token may join again, so they may relay again.
    with Client(server, user=ice["username"], password=ice["credential"]) as client:
        assert client.ask(client.signed(ALLOCATE, [UDP])).code == 0


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
