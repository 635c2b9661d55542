"""Integrity, fingerprint and long-term credentials on real sockets (RFC 8489 7, 9.2 and 14)."""

import re
import time

import pytest

import wire
from client import Client, Peer, answers_to
from server import USERS
from wire import ALLOCATE, BINDING, CHANNEL_BIND, CREATE_PERMISSION, MD5, REFRESH, REQUEST, SHA256, UDP

CONFIG = {"credentials": {"users": {**USERS, "a\u00a0b": "e\u0301 and more"}}}

FRESH_CHALLENGE = {wire.ERROR_CODE, wire.REALM, wire.NONCE, wire.PASSWORD_ALGORITHMS}
CREDENTIALS = {wire.USERNAME, wire.USERHASH, wire.REALM, wire.NONCE}


def unsigned(client: Client, method: int = ALLOCATE, attributes=(UDP,)) -> bytes:
    """A request with all credentials and no integrity yet."""
    if not client.nonce:
        client.challenge()
    return wire.message(method, REQUEST, [*attributes, *client.credentials()])


def is_challenge(answer: wire.Message, code: int) -> bool:
    return answer.code == code and set(answer.kinds()) - {wire.SOFTWARE, wire.FINGERPRINT} == FRESH_CHALLENGE


@pytest.mark.parametrize("size", [0, 4, 12, 16, 20, 28, 36])
def test_truncated_or_longer_sha256_integrity_is_refused_INT_03(server, size):
    with Client(server, algorithm=SHA256) as client:
        raw = unsigned(client)
        value = (wire.mac(raw, size, client.key, "sha256") + bytes(4))[:size]
        answer = client.ask(wire.appended(raw, wire.attribute(wire.MESSAGE_INTEGRITY_SHA256, value)))
        assert answer.code in (400, 401) and not CREDENTIALS & {wire.USERNAME, wire.USERHASH} & set(answer.kinds())


@pytest.mark.parametrize("algorithm", [MD5, SHA256], ids=["sha1", "sha256"])
def test_attributes_behind_the_integrity_have_no_effect_INT_04_INT_05(server, algorithm):
    with Client(server, algorithm=algorithm) as client:
        client.allocate()
        raw = client.sign(unsigned(client, REFRESH, [(wire.LIFETIME, wire.u32(1200))]))
        behind = wire.attribute(wire.LIFETIME, wire.u32(0)) + wire.attribute(0x7F01, b"") + wire.attribute(wire.SOFTWARE, b"x")
        answer = client.ask(wire.with_fingerprint(wire.appended(raw, behind)))
        assert (answer.code, answer.lifetime_s()) == (0, 1200)


@pytest.mark.parametrize("sha1_is_good, sha256_is_good, code", [(True, True, 0), (True, False, 401), (False, True, 0)])
def test_of_two_integrity_attributes_only_the_sha256_one_counts_INT_06(server, sha1_is_good, sha256_is_good, code):
    with Client(server, algorithm=SHA256) as client:
        raw = wire.with_sha1(unsigned(client), client.key if sha1_is_good else b"wrong")
        assert client.ask(wire.with_sha256(raw, client.key if sha256_is_good else b"wrong")).code == code


def test_sha1_behind_sha256_is_ignored_INT_08(server):
    with Client(server, algorithm=SHA256) as client:
        raw = wire.with_sha256(unsigned(client), client.key)
        assert client.ask(wire.appended(raw, wire.attribute(wire.MESSAGE_INTEGRITY, bytes(20)))).code == 0


def test_bad_or_misplaced_fingerprints_are_dropped_INT_10_INT_12(server):
    good = wire.with_fingerprint(wire.binding())
    packets = {f"bit {bit} flipped": good[:-1] + bytes([good[-1] ^ 1 << bit]) for bit in range(8)}
    packets["not last"] = wire.appended(good, wire.attribute(wire.SOFTWARE, b"x"))
    assert answers_to(server, packets) == []


@pytest.mark.parametrize("with_one", [True, False])
def test_a_fingerprint_is_answered_with_one_and_never_required_INT_11_INT_13(server, with_one):
    with Client(server) as client:
        request = wire.with_fingerprint(wire.binding()) if with_one else wire.binding()
        answer = client.ask(request)
        assert answer.code == 0 and (wire.FINGERPRINT in answer.kinds()) == with_one
        signed = client.signed(ALLOCATE, [UDP])
        answer = client.ask(wire.with_fingerprint(signed) if with_one else signed)
        assert answer.code == 0 and (wire.FINGERPRINT in answer.kinds()) == with_one


@pytest.mark.parametrize("sign", [wire.with_sha1, wire.with_sha256])
def test_a_sha256_key_is_answered_with_sha256_whichever_hmac_the_request_had_INT_15_AUTH_23(server, sign):
    with Client(server, algorithm=SHA256) as client:
        answer = client.ask(sign(unsigned(client), client.key))
        assert answer.code == 0 and answer.signed_by(client.key) == [wire.MESSAGE_INTEGRITY_SHA256]


def test_md5_clients_get_sha1_integrity_and_no_credentials_back_INT_16_INT_17_AUTH_09_AUTH_22(server):
    with Client(server) as client:
        answer = client.allocate()
        assert answer.signed_by(client.key) == [wire.MESSAGE_INTEGRITY]
        assert not CREDENTIALS & set(answer.kinds())


@pytest.mark.parametrize("method", [ALLOCATE, REFRESH, CREATE_PERMISSION, CHANNEL_BIND])
def test_every_turn_method_is_challenged_AUTH_01_AUTH_02_TURN_ALLOC_01(server, method):
    with Client(server) as client:
        assert is_challenge(client.ask(wire.message(method, REQUEST, [UDP])), 401)


def test_no_two_clients_get_the_same_nonce_AUTH_03(server):
    clients = [Client(server) for _ in range(200)]
    for client in clients:
        client.challenge()
    assert len({client.nonce for client in clients}) == 200
    for client in clients:
        client.close()


def test_a_nonce_of_another_address_is_stale_AUTH_04(server):
    with Client(server) as owner, Client(server) as other:
        owner.challenge()
        other.nonce, other.algorithms = owner.nonce, owner.algorithms
        answer = other.ask(other.signed(ALLOCATE, [UDP]))
        assert answer.code == 438 and FRESH_CHALLENGE <= set(answer.kinds())
        other.learn(answer)
        other.allocate()


def test_the_nonce_cookie_tells_of_the_algorithms_AUTH_05_AUTH_06_AUTH_34(server):
    with Client(server) as client:
        answer = client.challenge()
        assert re.fullmatch(rb"obMatJos2[gw]AAA[!-~]+", client.nonce)  # bit 0: password algorithms
        assert answer.get(wire.PASSWORD_ALGORITHMS) == wire.password_algorithms(SHA256, MD5)


def test_user_names_are_anonymous_where_every_user_is_configured_AUTH_07_AUTH_25(launch):
    for credentials, cookie in (({}, b"obMatJos2gAAA"), ({"rest_secrets": []}, b"obMatJos2wAAA")):
        with Client(launch({"credentials": credentials})) as client:
            client.challenge()
            assert client.nonce.startswith(cookie)


@pytest.mark.parametrize("missing", ["USERNAME", "REALM", "NONCE"])
def test_missing_credentials_get_a_bare_400_AUTH_08(server, missing):
    with Client(server) as client:
        client.challenge()
        attributes = [each for each in client.credentials() if each[0] != getattr(wire, missing)]
        answer = client.ask(client.sign(wire.message(ALLOCATE, REQUEST, [UDP, *attributes])))
        assert answer.code == 400 and set(answer.kinds()) <= {wire.ERROR_CODE, wire.SOFTWARE}


ALGORITHM_FAULTS = {
    "the list alone, AUTH_10": (wire.password_algorithms(SHA256, MD5), None),
    "the choice alone, AUTH_10": (None, wire.password_algorithms(SHA256)),
    "the list reversed, AUTH_11": (wire.password_algorithms(MD5, SHA256), wire.password_algorithms(SHA256)),
    "bid down, AUTH_11": (wire.password_algorithms(MD5), wire.password_algorithms(MD5)),
    "an entry more, AUTH_11": (wire.password_algorithms(SHA256, MD5, 3), wire.password_algorithms(SHA256)),
    "not in the list, AUTH_12": (wire.password_algorithms(SHA256, MD5), wire.password_algorithms(3)),
    "other parameters, AUTH_12": (wire.password_algorithms(SHA256, MD5), b"\0\2\0\4abcd"),
}


@pytest.mark.parametrize("name", ALGORITHM_FAULTS)
def test_a_changed_list_of_algorithms_gets_400_AUTH_10_AUTH_11_AUTH_12(server, name):
    offered, chosen = ALGORITHM_FAULTS[name]
    with Client(server) as client:
        client.challenge()
        attributes = [UDP, *client.credentials()]
        attributes += [(wire.PASSWORD_ALGORITHMS, offered)] if offered else []
        attributes += [(wire.PASSWORD_ALGORITHM, chosen)] if chosen else []
        raw = wire.message(ALLOCATE, REQUEST, attributes)
        client.algorithm = SHA256 if chosen == wire.password_algorithms(SHA256) else MD5
        assert client.ask(client.sign(raw)).code == 400


def test_an_unknown_user_and_a_wrong_password_look_alike_AUTH_14_AUTH_15_AUTH_16(server):
    shapes = []
    for user, password in (("nobody", "x"), ("user", "wrong")):
        with Client(server, user=user, password=password) as client:
            answer = client.ask(client.signed(ALLOCATE, [UDP]))
            assert is_challenge(answer, 401)
            shapes.append((answer.kinds(), len(answer.get(wire.NONCE)), len(answer.raw)))
    assert shapes[0] == shapes[1]


def test_a_stale_nonce_gets_438_and_the_allocation_lives_on_AUTH_17_AUTH_19_AUTH_20_AUTH_21(launch):
    with Client(launch({"nonce_life_s": 1})) as client, Peer() as peer:
        relay = client.relay()
        time.sleep(2.1)
        answer = client.ask(client.signed(REFRESH))
        assert answer.code == 438 and FRESH_CHALLENGE <= set(answer.kinds())
        assert answer.signed_by(client.key) in ([], [wire.MESSAGE_INTEGRITY])
        client.learn(answer)
        assert client.refresh().code == 0
        assert client.bind(0x4000, peer.address) == 0
        client.send_channel(0x4000, b"same relay")
        assert peer.receive() == (b"same relay", relay)


def test_a_bad_hmac_with_an_invented_nonce_is_refused_AUTH_18(server):
    with Client(server, password="wrong") as client:
        client.challenge()
        client.nonce = b"obMatJos2gAAAinvented"
        answer = client.ask(client.signed(ALLOCATE, [UDP]))
        assert answer.code in (401, 438) and FRESH_CHALLENGE <= set(answer.kinds())


@pytest.mark.parametrize("user", ["user", "user2"])
def test_a_user_hash_and_a_user_name_are_the_same_user_AUTH_24_AUTH_29(launch, user):
    with Client(launch({"credentials": {"rest_secrets": []}}), user=user, algorithm=SHA256) as client:
        answer = client.ask(client.signed(ALLOCATE, [UDP], userhash=True))
        assert answer.code == 0 and answer.signed_by(client.key) == [wire.MESSAGE_INTEGRITY_SHA256]
        assert client.refresh(700).lifetime_s() == 700
        assert client.ask(client.signed(REFRESH, userhash=True)).lifetime_s() == 600


def test_an_unknown_user_hash_is_challenged_AUTH_14(launch):
    with Client(launch({"credentials": {"rest_secrets": []}}), user="nobody", password="x", algorithm=SHA256) as client:
        assert is_challenge(client.ask(client.signed(ALLOCATE, [UDP], userhash=True)), 401)


def test_configured_names_and_passwords_are_normalised_AUTH_26(server):
    with Client(server, user="a b", password="\u00e9 and more") as client:
        assert client.allocate().code == 0


def test_another_user_on_the_same_five_tuple_gets_441_and_changes_nothing_AUTH_28(server):
    with Client(server) as client, Peer() as peer:
        client.relay()
        client.user, client.password = "user2", USERS["user2"]
        assert client.refresh(0).code == 441
        assert client.permit(peer.address) == 441
        assert client.bind(0x4000, peer.address) == 441
        assert client.request(ALLOCATE, [UDP]).code == 437  # TURN_ALLOC_02: 437 stands before 441
        client.user, client.password = "user", USERS["user"]
        assert client.refresh(700).lifetime_s() == 700
        client.send_to(peer.address, b"not permitted")
        assert peer.receive(0.05) is None


def test_another_realm_is_an_unknown_user_AUTH_30(server):
    with Client(server) as client:
        client.challenge()
        client.realm = "elsewhere"
        answer = client.ask(client.signed(ALLOCATE, [UDP]))
        assert is_challenge(answer, 401) and answer.get(wire.REALM) == b"realm"


def test_md5_and_sha256_clients_work_side_by_side_AUTH_33(server):
    with Client(server) as old, Client(server, algorithm=SHA256) as new:
        relays = {old.relay(), new.relay()}
        assert len(relays) == 2 and old.refresh().code == new.refresh().code == 0


def test_no_character_of_a_nonce_can_be_changed_AUTH_35(server):
    with Client(server) as client:
        client.challenge()
        genuine = client.nonce
        for at, octet in enumerate(genuine):
            client.nonce = genuine[:at] + (b"B" if octet == ord("A") else b"A") + genuine[at + 1 :]
            assert client.ask(client.signed(ALLOCATE, [UDP])).code in (400, 401, 438), at
        client.nonce = genuine
        client.allocate()


def test_unauthenticated_requests_leave_no_state_behind_AUTH_36_RTX_08(server):
    with Client(server) as client:
        credentials = [(wire.USERNAME, b"user"), (wire.REALM, b"realm"), (wire.NONCE, b"junk")]
        raw = wire.with_sha1(wire.message(ALLOCATE, REQUEST, [UDP, *credentials]), b"")
        before = None
        for number in range(12_000):
            client.send(wire.message(ALLOCATE, REQUEST, [UDP]) if number % 2 else raw[:8] + number.to_bytes(12, "big") + raw[20:])
            assert client.receive() is not None
            before = server.rss_kb() if number == 2000 else before
        assert server.rss_kb() - before < 1024


def test_a_binding_needs_no_credentials_AUTH_37(server):
    with Client(server) as client:
        assert client.ask(wire.message(BINDING, REQUEST, [(wire.USERNAME, b"nobody"), (wire.MESSAGE_INTEGRITY, bytes(20))])).code == 0


def test_every_error_after_authentication_is_signed_INT_18_ERR_06(server):
    with Client(server) as client:  # request() checks the signature of each
        codes = [client.refresh().code, client.permit(("127.0.0.1", 9)), client.bind(0x4000, ("127.0.0.1", 9))]
        codes += [client.request(ALLOCATE).code, client.request(ALLOCATE, [(wire.REQUESTED_TRANSPORT, bytes(4))]).code]
        codes += [client.request(ALLOCATE, [UDP, (wire.RESERVATION_TOKEN, bytes(8))]).code]
        codes += [client.request(ALLOCATE, [UDP, (wire.REQUESTED_ADDRESS_FAMILY, b"\3\0\0\0")]).code]
        client.relay()
        codes += [client.permit(("::1", 9)), client.permit(("10.0.0.1", 9)), client.bind(0x3FFF, ("127.0.0.1", 9))]
        assert codes == [437, 437, 437, 400, 442, 508, 440, 443, 403, 400]


def test_a_repeated_allocate_is_still_authenticated_RTX_10(server):
    with Client(server) as client:
        raw = client.signed(ALLOCATE, [UDP])
        first = client.ask(raw)
        assert first.code == 0
        assert client.ask(raw[:-1] + bytes([raw[-1] ^ 1])).code == 401
        assert client.ask(raw).relays() == first.relays()
