"""Clients as they are, on real sockets: old ones, such as keep a connection open in their own way, and names in the forms that sites write."""

import socket
import struct
import unicodedata

import pytest

import wire
from client import Client, Peer
from credentials import in_seconds, rest
from server import REST_SECRETS, USERS
from wire import ALLOCATE, BINDING, REQUEST, UDP

COMPOSED = "m\u00fcller"
CONFIG = {
    "compat": {"rfc3489": True},
    "credentials": {"users": USERS | {COMPOSED: "g\u00fcnther"}, "rest_separator": "#", "rest_ttl_max_s": 3600},
}
CHANGE_REQUEST, MAPPED_ADDRESS = 0x0003, 0x0001


def allocate_code(client: Client) -> int:
    return client.ask(client.signed(ALLOCATE, [UDP])).code


@pytest.mark.parametrize("attributes", [[], [(CHANGE_REQUEST, bytes(4))]], ids=["bare", "asking for no change"])
def test_a_client_of_rfc_3489_is_told_its_address_LEG_01(server, attributes):
    request = bytearray(wire.message(BINDING, REQUEST, attributes))
    request[4:8] = b"old!"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(2)
        client.connect(("127.0.0.1", server.port))
        client.send(request)
        answer = client.recv(2048)
        assert answer[:2] == b"\x01\x01" and answer[4:20] == request[4:20]
        port, host = struct.unpack_from(">H4s", answer, 26)
        assert struct.unpack_from(">HHBB", answer, 20) == (MAPPED_ADDRESS, 8, 0, 1)
        assert (socket.inet_ntoa(host), port) == client.getsockname()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_a_binding_that_asks_for_no_change_is_a_binding(server, transport):
    with Client(server, transport) as client:
        assert client.ask(wire.message(BINDING, REQUEST, [(CHANGE_REQUEST, bytes(4))])).code == 0
        assert client.ask(wire.message(BINDING, REQUEST, [(CHANGE_REQUEST, b"\0\0\0\2")])).code == 420


@pytest.mark.parametrize("transport", ["tcp", "tls"])
def test_line_ends_between_messages_keep_a_connection_open(server, transport):
    with Client(server, transport) as client, Peer() as peer:
        client.send(b"\r\n\r\n")
        client.allocate()
        assert client.bind(0x4000, peer.address) == 0
        client.send(b"\r\n\r\n" + wire.channel_data(0x4000, b"data") + b"\r\n")
        assert peer.receive()[0] == b"data"
        assert client.is_alive()


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("algorithm", [wire.MD5, wire.SHA256], ids=["md5", "sha256"])
def test_names_and_passwords_work_as_they_are_typed_AUTH_26(server, form, algorithm):
    name, password = (unicodedata.normalize(form, text) for text in (COMPOSED, "g\u00fcnther"))
    with Client(server, user=name, password=password, algorithm=algorithm) as client:
        assert allocate_code(client) == 0


@pytest.mark.parametrize(
    "make, code",
    [
        (lambda: f"{in_seconds(60)}#alice", 0),
        (lambda: f"alice#{in_seconds(60)}", 0),
        (lambda: f"alice:b#{in_seconds(60)}", 0),
        (lambda: f"alice#{in_seconds(-60)}", 401),
        (lambda: f"{in_seconds(60)}:alice", 401),
        (lambda: f"{in_seconds(7200)}#alice", 401),
        (lambda: f"{in_seconds(60) * 1000}#alice", 401),
    ],
    ids=["expiry first", "user first", "a colon in the user", "expired", "another separator", "too far ahead", "milliseconds"],
)
def test_names_of_rest_credentials_are_taken_or_refused_CRED_01_CRED_02_CRED_04(server, make, code):
    name = make()
    with Client(server, user=name, password=rest(REST_SECRETS[0], None, name)["password"]) as client:
        assert allocate_code(client) == code


def test_a_name_in_milliseconds_is_told_by_its_cause(launch):
    server = launch()
    name = f"{in_seconds(60) * 1000}:alice"
    with Client(server, user=name, password=rest(REST_SECRETS[0], None, name)["password"]) as client:
        assert allocate_code(client) == 401
    assert "cause=expiry_too_far" in server.wait_for_log("expiry_too_far")
