"""The log: a line at the start and one at the end of an allocation, without secrets and without the control characters of a client."""

import json
import signal
import socket
import ssl
import subprocess
import time

import pytest

import wire
from client import Client, Peer
from credentials import in_seconds, rest
from server import BINARY, REST_SECRETS, USERS

EVIL = '%s%x%n{}{0}\n\x1b[31m "quoted" \u00e9'


def events(server, name: str, count: int) -> list[dict]:
    """The JSON records of this event, once there are so many; every line of the log must be a record."""
    until = time.monotonic() + 2
    while True:
        records = [json.loads(line) for line in server.log().splitlines()]
        found = [record for record in records if record["event"] == name]
        if len(found) >= count or time.monotonic() > until:
            assert len(found) == count, server.log()
            return found
        time.sleep(0.02)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_an_allocation_has_a_line_at_its_start_and_one_at_its_end_SEC_07(launch, transport):
    server = launch({"log": {"format": "json"}})
    with Client(server, transport) as client, Peer() as first, Peer("127.0.0.2") as second:
        relay = client.relay()
        address = f"{transport}:127.0.0.1:{client.address[1]}"
        (started,) = events(server, "allocation_started", 1)
        assert (started["client"], started["user"], started["relayed"]) == (address, "user", [f"127.0.0.1:{relay[1]}"])
        assert client.permit(first.address) == 0 and client.bind(0x4000, second.address) == 0
        client.send_to(first.address, bytes(100))
        client.send_channel(0x4000, bytes(50))
        assert len(first.receive()[0]) == 100 and len(second.receive()[0]) == 50
        for number in range(3):
            first.send(bytes(10), relay)
            assert client.receive_data() == (first.address, bytes(10))
        assert client.refresh(0).code == 0
        (ended,) = events(server, "allocation_ended", 1)
    assert (ended["client"], ended["user"], ended["relayed"]) == (started["client"], started["user"], started["relayed"])
    assert ended["allocation"] == started["allocation"] and ended["reason"] == "deleted"
    assert sorted(peer.rsplit(":")[0] for peer in ended["peers"]) == ["127.0.0.1", "127.0.0.2"]
    assert (ended["bytes_from_client"], ended["bytes_to_client"]) == (150, 30)
    assert (ended["packets_from_client"], ended["packets_to_client"]) == (2, 3)


def test_the_first_line_of_a_server_that_runs_says_what_it_is(launch):
    server = launch({"log": {"format": "json"}, "relay": {"ports": "50000-50999"}, "limits": {"allocations": 700}})
    (started,) = events(server, "started", 1)
    version = subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    addresses = [f"{host}:{port}" for port in (server.port, server.tls_port) for host in ("127.0.0.1", "[::1]")]
    plain, tls = addresses[:2], addresses[2:]
    expected = [f"udp:{each}" for each in plain] + [f"tcp:{each}" for each in plain] + [f"tls:{each}" for each in tls]
    assert started["version"] == version and started["configuration"] == str(server.config_file)
    assert started["listeners"] == expected
    assert (started["relay_addresses"], started["relay_ports"]) == (["127.0.0.1", "::1"], "50000-50999")
    assert (started["engine"], started["workers"]) == ("sockets", server.config["workers"])
    assert started["allocations_max"] == 700
    assert 0 < started["connections_max"] < started["descriptors_max"]


def test_the_cause_of_a_refusal_is_told_once_and_then_counted(launch):
    server = launch({"log": {"format": "json"}})
    with Client(server, password="wrong") as client:
        for _ in range(30):
            assert client.ask(client.signed(wire.ALLOCATE, [wire.UDP])).code == 401
    with Client(server, user="user2") as client:
        client.allocate()
        assert client.refresh(0).code == 0
        client.has_allocation = False
        assert client.permit(("127.0.0.1", 9)) == 437
    causes = {"wrong_integrity": "user", "no_allocation": "user2"}
    assert {each["cause"]: each["user"] for each in events(server, "request_refused", 2)} == causes
    server.stop()
    (repeated,) = events(server, "causes_repeated", 1)
    assert (repeated["of"], repeated["cause"], repeated["count"]) == ("request_refused", "wrong_integrity", 29)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_password_guesses_are_one_warning_with_the_address_and_their_number(launch, transport):
    server = launch({"log": {"format": "json"}, "limits": {"unauthenticated_per_second_per_ip": 1000}})
    with Client(server, transport) as client:
        client.challenge()
        for guess in range(200):
            client.password = f"guess {guess}"
            assert client.ask(client.signed(wire.ALLOCATE, [wire.UDP])).code == 401
    server.stop()
    (guessed,) = events(server, "passwords_guessed", 1)
    assert (guessed["level"], guessed["from"], guessed["count"]) == ("warning", "127.0.0.1", 200)
    assert len(events(server, "request_refused", 1)) == 1


def test_what_the_server_lacks_is_a_warning(launch):
    server = launch({"log": {"format": "json"}, "relay": {"ports": "50000-50000"}})
    with Client(server) as first, Client(server) as second:
        first.allocate()
        assert second.request(wire.ALLOCATE, [wire.UDP]).code == 508
        (exhausted,) = events(server, "relay_ports_exhausted", 1)
        (refused,) = events(server, "request_refused", 1)
    assert (exhausted["level"], exhausted["cause"]) == ("warning", "no_free_port")
    assert (refused["level"], refused["cause"], refused["user"]) == ("info", "no_free_port", "user")


def connect_with_openssl(server, *options: str) -> None:
    """openssl's own client, which is refused or refuses."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.tls_port}", "-brief", *options]
    assert subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10).returncode != 0


def visit(port: int, sent: bytes) -> None:
    """Sends this on a connection of its own and waits for the end of it."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass


def test_handshakes_that_fail_are_told_with_cause_and_reason(launch):
    server = launch({"log": {"format": "json"}})
    connect_with_openssl(server, "-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0")
    connect_with_openssl(server, "-tls1_2", "-cipher", "AES128-SHA")
    connect_with_openssl(server, "-verify_return_error")
    for _ in range(30):
        visit(server.tls_port, b"GET / HTTP/1.1\r\n\r\n")
    socket.create_connection(("127.0.0.1", server.tls_port)).close()  # who only tries the port is no event
    failed = events(server, "tls_handshake_failed", 4)
    assert [each["cause"] for each in failed] == ["no_shared_version", "no_shared_cipher", "refused_by_client", "not_tls"]
    assert [each["reason"].split(" (")[0] for each in failed] == [
        "unsupported protocol",
        "no shared cipher",
        "tlsv1 alert unknown ca",
        "http request",
    ]
    assert {each["server"] for each in failed} == {f"127.0.0.1:{server.tls_port}"}
    assert all(each["from"].startswith("tls:127.0.0.1:") and each["level"] == "info" for each in failed)
    server.stop()
    (repeated,) = events(server, "causes_repeated", 1)
    assert (repeated["of"], repeated["cause"], repeated["count"]) == ("tls_handshake_failed", "not_tls", 29)


def test_garbage_behind_a_handshake_is_no_failed_handshake(launch):
    server = launch({"log": {"format": "json"}})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    received, to_send = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = context.wrap_bio(received, to_send)
    with socket.create_connection(("127.0.0.1", server.tls_port)) as connection:
        connection.settimeout(2)
        while True:
            try:
                client.do_handshake()
                break
            except ssl.SSLWantReadError:
                connection.sendall(to_send.read())
                received.write(connection.recv(65536))
        connection.sendall(to_send.read() + b"\xff" * 32)
        (failed,) = events(server, "connection_failed", 1)
    assert (failed["level"], failed["cause"]) == ("info", "tls_error") and failed["reason"]
    assert events(server, "tls_handshake_failed", 0) == []


def test_connections_that_are_refused_or_fail_are_told_with_their_causes(launch):
    server = launch({"log": {"format": "json"}, "limits": {"connections_per_ip": 2}})
    visit(server.port, b"GET / HTTP/1.1\r\n\r\n")
    (failed,) = events(server, "connection_failed", 1)
    assert (failed["level"], failed["cause"], failed["server"]) == ("info", "malformed", f"127.0.0.1:{server.port}")
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    (refused,) = events(server, "connection_refused", 1)
    assert (refused["level"], refused["cause"]) == ("info", "address_is_full")
    assert refused["from"] in {f"tcp:127.0.0.1:{each.getsockname()[1]}" for each in connections}
    for each in connections:
        each.close()


def test_a_balancer_without_a_header_is_told(launch):
    server = launch({"log": {"format": "json"}, "listen": {"proxy_protocol": ["127.0.0.1/32"]}})
    visit(server.port, wire.binding())
    (refused,) = events(server, "proxy_header_refused", 1)
    assert (refused["level"], refused["cause"]) == ("info", "malformed")
    assert refused["from"].startswith("tcp:127.0.0.1:")


@pytest.mark.parametrize("end, reason", [("expiry", "expired"), ("close", "client closed"), ("stop", "shutdown")])
def test_the_reason_of_the_end_is_logged_SEC_07(launch, end, reason):
    server = launch({"log": {"format": "json"}, "limits": {"lifetime_default_s": 1 if end == "expiry" else 600}})
    with Client(server, "tcp") as client:
        client.allocate()
        if end == "close":
            client.socket.close()
        if end == "stop":
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(2) == 0
        (ended,) = events(server, "allocation_ended", 1)
    assert ended["reason"] == reason


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_hostile_user_name_stays_one_harmless_line_S20(launch, form):
    server = launch({"log": {"format": form, "level": "debug"}})
    with Client(server, **rest(REST_SECRETS[0], EVIL, in_seconds(60))) as client:
        client.allocate()
        assert client.refresh(0).code == 0
        log = server.wait_for_log("allocation_ended")
    assert "\x1b" not in log and "%s%x%n{}{0}" in log
    assert sum("%s%x%n{}{0}" in line for line in log.splitlines()) == 2  # allocation_started and allocation_ended
    if form == "json":
        (started,) = events(server, "allocation_started", 1)
        assert started["user"].startswith('%s%x%n{}{0}\n\x1b[31m "quoted" ')


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_and_no_nonce_is_logged_at_any_level_SEC_09(launch, form):
    server = launch({"log": {"format": form, "level": "debug"}})
    secrets = [*USERS.values(), *REST_SECRETS]
    for transport in ("udp", "tcp", "tls"):
        derived = rest(REST_SECRETS[0], "alice", in_seconds(60))
        for credentials in ({}, {"password": "wrong-pa55word"}, derived):
            with Client(server, transport, **credentials) as client:
                client.ask(client.signed(3, [(0x0019, b"\x11\0\0\0")]))
                secrets += [client.nonce.decode(), client.password, client.key.hex()]
    server.reload()
    log = server.wait_for_log("reloaded")
    assert [secret for secret in secrets if secret in log] == []


def test_a_log_file_is_reopened_by_a_reload(launch, tmp_path):
    path = tmp_path / "turnpike.log"
    server = launch({"log": {"file": str(path), "format": "json"}})
    with Client(server) as client:
        client.allocate()
        path.rename(tmp_path / "turnpike.log.1")
        server.reload()
        until = time.monotonic() + 2
        while not path.exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        assert client.refresh(0).code == 0
        while "allocation_ended" not in path.read_text():
            assert time.monotonic() < until + 2
            time.sleep(0.02)
    assert "allocation_started" in (tmp_path / "turnpike.log.1").read_text()
