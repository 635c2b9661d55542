"""Servers with one secret take what another one of them has given out, and a change of secrets refuses nobody."""

import json
import socket
import ssl
import subprocess

import pytest

import wire
from client import Client
from livekit_messages import access_token, launch_beside_livekit
from moved_clock import Clock
from server import BINARY, IS_SANITIZED
from wire import ALLOCATE, REFRESH, UDP

NORTH, SOUTH, WEST = ("a secret of the north, 32 bytes.", "a secret of the south, 32 bytes.", "the secret of another fleet 32 b")


@pytest.fixture(scope="module", params=[2], ids=["two_workers"])
def workers(request) -> int:
    return request.param


def fleet(secret: str, previous: str = "") -> dict:
    return {"fleet": {"secret": secret, "secret_previous": previous}}


def nonce_of(server) -> tuple[wire.Address, bytes]:
    """A nonce, and whom it was given to."""
    with Client(server) as client:
        client.challenge()
        return client.address, client.nonce


def allocate_with(client: Client, nonce: bytes) -> wire.Message:
    client.nonce = nonce
    return client.ask(client.signed(ALLOCATE, [UDP]))


def test_a_nonce_of_one_server_is_good_on_the_other_for_the_same_client_AUTH_36(launch):
    one, other = launch(fleet(NORTH)), launch(fleet(NORTH))
    address, nonce = nonce_of(one)
    with Client(other, source=address) as client, Client(other) as elsewhere:
        assert allocate_with(client, nonce).code == 0
        assert allocate_with(elsewhere, nonce).code == 438


@pytest.mark.parametrize("secret", [WEST, ""])
def test_a_server_with_another_secret_says_438_once_AUTH_17(launch, secret):
    one, other = launch(fleet(NORTH)), launch(fleet(secret))
    address, nonce = nonce_of(one)
    with Client(other, source=address) as client:
        answer = allocate_with(client, nonce)
        assert answer.code == 438 and answer.get(wire.NONCE)
        assert allocate_with(client, answer.get(wire.NONCE)).code == 0


def test_a_change_of_secrets_refuses_nobody_AUTH_21(launch):
    server = launch()
    steps = [fleet(NORTH), fleet(NORTH, SOUTH), fleet(SOUTH, NORTH), fleet(SOUTH)]
    with Client(server) as client:
        client.relay()
        for done, step in enumerate(steps):
            server.config |= step
            server.reload()
            server.wait_for_lines(" reloaded", done + 1)
            assert client.refresh().code == 0
            client.learn(client.ask(wire.message(REFRESH, wire.REQUEST)))


@pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer wants to be loaded first")
def test_clocks_may_differ_by_30_seconds_AUTH_17(launch, tmp_path, monkeypatch):
    clock = Clock(tmp_path)
    other = launch(fleet(NORTH))
    with monkeypatch.context() as patch:
        for name, value in clock.environment().items():
            patch.setenv(name, value)
        one = launch(fleet(NORTH))
    for ahead_s, code in [(25, 0), (100, 438), (-25, 0)]:
        clock.move(ahead_s - clock.ahead_s)
        address, nonce = nonce_of(one)
        with Client(other, source=address) as client:
            answer = allocate_with(client, nonce)
            assert answer.code == code, ahead_s
            if code == 438:
                assert answer.signed_by(client.key), "the nonce is genuine, so the answer to its user is signed"
                assert allocate_with(client, answer.get(wire.NONCE)).code == 0


def test_what_the_exchange_of_one_server_gives_is_good_on_the_other_CRED_09(launch):
    one, http = launch_beside_livekit(launch, {"ice_urls": ["turn:127.0.0.1"]}, **fleet(SOUTH, NORTH))
    other, stranger = launch(fleet(NORTH, SOUTH)), launch(fleet(WEST))
    status, body, _ = http.request("POST", "/livekit/ice-servers", Authorization=f"Bearer {access_token('r1', 'alice')}")
    ice = json.loads(body)
    assert status == 200 and ice["username"].startswith("fleet:")
    for server, code in [(one, 0), (other, 0), (stranger, 401)]:
        with Client(server, user=ice["username"], password=ice["credential"]) as client:
            client.challenge()
            assert client.ask(client.signed(ALLOCATE, [UDP])).code == code


def test_a_session_of_tls_1_3_is_resumed_by_the_other_server(launch):
    one, other, stranger = launch(fleet(NORTH)), launch(fleet(SOUTH, NORTH)), launch(fleet(WEST))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode, context.minimum_version = False, ssl.CERT_NONE, ssl.TLSVersion.TLSv1_3

    def connect(server, session=None) -> tuple[ssl.SSLSession, bool]:
        with socket.create_connection(("127.0.0.1", server.tls_port)) as plain, context.wrap_socket(plain, session=session) as tls:
            tls.settimeout(2)
            tls.sendall(wire.message(wire.BINDING, wire.REQUEST))
            assert tls.recv(2048)
            return tls.session, tls.session_reused

    session, was_resumed = connect(one)
    assert not was_resumed
    assert [connect(server, session)[1] for server in (other, stranger)] == [True, False]


def test_mint_makes_a_credential_by_the_secret_alone(launch, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text(f"# of the fleet\n{NORTH}\n")
    command = [BINARY, "mint", "--config", "/dev/null", "--fleet.secret_file", secret, "--participant", "PA_1", "--url", "turn:a"]
    ice = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    with Client(launch(fleet(NORTH)), user=ice["username"], password=ice["credential"]) as client:
        assert client.allocate().code == 0
