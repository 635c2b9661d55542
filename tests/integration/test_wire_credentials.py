"""TURN REST secrets and LiveKit's own credentials on real sockets (draft-uberti-behave-turn-rest-00 2.2)."""

import time

import pytest

import wire
from client import Client
from credentials import base62, in_seconds, livekit, rest
from server import REALM, REST_SECRETS
from wire import ALLOCATE, SHA256, UDP

LIVEKIT_KEY, LIVEKIT_SECRET = "APItestkey", "an-api-secret-of-at-least-32-characters"
CONFIG = {"credentials": {"livekit_keys": {LIVEKIT_KEY: LIVEKIT_SECRET}}, "limits": {"allocations_per_user": 2}}


def make(kind: str, user_id: str, expiry: int) -> dict[str, str]:
    return livekit(LIVEKIT_KEY, LIVEKIT_SECRET, user_id, expiry) if kind == "livekit" else rest(REST_SECRETS[0], user_id, expiry)


def allocate_code(client: Client) -> int:
    return client.ask(client.signed(ALLOCATE, [UDP])).code


def test_the_encodings_agree_with_published_vectors():
    assert rest("north", "alice", 1700000000) == {"user": "1700000000:alice", "password": "Cd/49soE35ICqcJF/bCTn8Z4OyE="}
    vectors = {"f3": "zD", "ff4d": "N9P", "9e182215": "VICGeE", "0040e8566209385c6601": "BYGX4kgYWhOQAA"}
    assert {text: base62(bytes.fromhex(text)) for text in vectors} == vectors


@pytest.mark.parametrize("algorithm", [wire.MD5, SHA256], ids=["md5", "sha256"])
@pytest.mark.parametrize("kind", ["rest", "livekit"])
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_derived_credentials_allocate_CRED_01(server, transport, kind, algorithm):
    with Client(server, transport, algorithm=algorithm, **make(kind, f"{transport}-{algorithm}", in_seconds(60))) as client:
        assert client.allocate().code == 0 and client.refresh().code == 0


@pytest.mark.parametrize("secret, code", [(REST_SECRETS[0], 0), (REST_SECRETS[1], 0), ("retired", 401)])
def test_several_secrets_are_valid_at_once_CRED_03(server, secret, code):
    with Client(server, **rest(secret, "bob", in_seconds(60))) as client:
        assert allocate_code(client) == code


def test_a_name_that_is_only_an_expiry_is_enough_CRED_01(server):
    with Client(server, **rest(REST_SECRETS[0], None, in_seconds(60))) as client:
        assert allocate_code(client) == 0


@pytest.mark.parametrize("expiry", [in_seconds(-1), 0, "soon", "-5", "", "0x7fffffff", "99999999999999999999999"])
def test_expired_or_malformed_names_are_refused_CRED_02(server, expiry):
    with Client(server, **rest(REST_SECRETS[0], "carol", expiry)) as client:
        assert allocate_code(client) == 401


@pytest.mark.parametrize("damage", [{"user": "!"}, {"password": "x"}, {"user": "A"}])
def test_damaged_livekit_credentials_are_refused(server, damage):
    good = livekit(LIVEKIT_KEY, LIVEKIT_SECRET, "PA_damaged", in_seconds(60))
    with Client(server, **{name: value + damage.get(name, "") for name, value in good.items()}) as client:
        assert allocate_code(client) == 401
    for other in (
        livekit("APIother", LIVEKIT_SECRET, "PA_x", in_seconds(60)),
        livekit(LIVEKIT_KEY, "another secret", "PA_x", in_seconds(60)),
        livekit(LIVEKIT_KEY, LIVEKIT_SECRET, "PA_x", in_seconds(-1)),
        livekit(LIVEKIT_KEY, LIVEKIT_SECRET, "PA|x", in_seconds(60)),
    ):
        with Client(server, **other) as client:
            assert allocate_code(client) == 401


@pytest.mark.parametrize("kind", ["rest", "livekit"])
def test_the_quota_and_441_go_by_the_user_id_CRED_04_CRED_05(server, kind):
    clients = [Client(server, **make(kind, f"dave-{kind}", in_seconds(60 + n))) for n in range(3)]
    assert [allocate_code(client) for client in clients] == [0, 0, 486]
    first = clients[0]
    first.user, first.password = make(kind, f"dave-{kind}", in_seconds(300)).values()
    assert first.refresh().code == 0
    first.user, first.password = make(kind, f"eve-{kind}", in_seconds(300)).values()
    assert first.refresh().code == 441
    for client in clients:
        client.close()


@pytest.mark.parametrize("check, code", [("allocate", 0), ("always", 401)])
def test_expiry_is_judged_at_allocate_or_always_AUTH_39(launch, check, code):
    strict = launch({"credentials": {"check_expiry": check}})
    credentials = rest(REST_SECRETS[0], "frank", in_seconds(2))
    with Client(strict, **credentials) as client, Client(strict, **credentials) as late:
        client.allocate()
        time.sleep(3.1)
        assert client.ask(client.signed(wire.REFRESH)).code == code
        assert client.ask(client.signed(wire.CREATE_PERMISSION, [wire.peer(("127.0.0.1", 9))])).code == code
        assert allocate_code(late) == 401


@pytest.mark.parametrize("prefix", ["", "0x"])
def test_a_stored_key_of_coturn_allocates_and_then_MD5_alone_is_offered(launch, prefix):
    key = wire.long_term_key("stored", REALM, "secret", wire.MD5).hex()
    server = launch({"credentials": {"user_keys": {"stored": prefix + key}}})
    for user, password, code in [("stored", "secret", 0), ("user", None, 0), ("stored", "wrong", 401)]:
        with Client(server, user=user, password=password) as client:
            assert client.challenge().get(wire.PASSWORD_ALGORITHMS) is None
            if code == 0:
                client.allocate()
            else:
                assert client.ask(client.signed(wire.ALLOCATE, [wire.UDP])).code == code
