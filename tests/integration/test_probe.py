"""`turnpike probe` shows that a server works: turnpike itself, coturn, and neither where there is none."""

import json
import signal
import socket
import subprocess
from subprocess import CompletedProcess, run

import pytest

import wire
from conftest import end
from namespace import Namespace, connect
from server import BINARY, USERS, Server, die_with_parent, free_port
from udp_service import udp_service

LEGS = ["udp", "tcp", "tls"]


@pytest.fixture(scope="module", params=["turnpike", "coturn"])
def probed(request, workers, certificate, tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("probed"), certificate, workers, is_coturn=request.param == "coturn").start()
    yield running
    end(running)


def uris(server) -> list[str]:
    plain = f"turn:127.0.0.1:{server.port}?transport="
    return [plain + "udp", plain + "tcp", f"turns:localhost:{server.tls_port}?transport=tcp"]


def probe_alone(*arguments: str, **environment: str) -> CompletedProcess:
    """With this environment and no other."""
    return run([BINARY, "probe", "-n", "50", *arguments], capture_output=True, text=True, timeout=30, env=environment)


def probe(*arguments: str, password: str = USERS["user"]) -> CompletedProcess:
    return probe_alone("-u", "user", "-w", password, *arguments)


def answer_binding(served, data, sender):
    mapped = (wire.XOR_MAPPED_ADDRESS, sender)
    served.sendto(wire.message(wire.BINDING, wire.SUCCESS, [mapped], wire.parse(data).transaction), sender)


def have_ended(server: Server, count: int) -> bool:
    """So many allocations were made, and all of them have ended."""
    for event in ("allocation_started", "allocation_ended"):
        server.wait_for_lines(f" {event} ", count)
    return server.log().count(" allocation_started ") == count


@pytest.mark.parametrize("peer", ["relay", "self"])
def test_every_leg_relays_every_packet(probed, certificate, peer):
    result = probe("--json", "--ca", str(certificate[0]), "--peer", peer, *uris(probed))
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert [leg["transport"] for leg in report["legs"]] == LEGS
    for leg in report["legs"]:
        assert leg["ok"] and leg["relayed_address"] and leg["binding_rtt_ms"] > 0
        assert (leg["traffic"]["sent"], leg["traffic"]["received"], leg["traffic"]["lost"]) == (50, 50, 0)


def test_the_table_has_a_line_for_each_leg(probed, certificate):
    result = probe("--ca", str(certificate[0]), *uris(probed))
    assert result.returncode == 0
    assert [line.split()[0] for line in result.stdout.splitlines() if line.split()[:1] and line.split()[0] in LEGS] == LEGS


def test_a_wrong_password_an_untrusted_certificate_and_a_closed_port_are_told(probed):
    udp, tcp, tls = uris(probed)
    closed = f"turn:127.0.0.1:{free_port()}?transport=tcp"
    for uri, password in ((udp, "wrong"), (tcp, "wrong"), (tls, USERS["user"]), (closed, USERS["user"])):
        result = probe("--timeout", "1", uri, password=password)
        assert result.returncode == 1 and uri in result.stdout


def test_a_stun_server_as_peer_answers_and_sees_the_relay(launch):
    server = launch()
    with udp_service(answer_binding) as (host, port):
        result = probe("--json", "--peer", f"{host}:{port}", *uris(server)[:2])
    assert result.returncode == 0, result.stdout + result.stderr
    for leg in json.loads(result.stdout)["legs"]:
        assert leg["address_seen_by_peer"] == leg["relayed_address"] and leg["traffic"]["received"] == 50
    assert have_ended(server, 2)


def test_a_peer_that_does_not_answer_or_is_closed_is_told_so(launch):
    server = launch()
    with udp_service(lambda *_: None) as (host, port):
        silent = probe("--timeout", "0.3", "--peer", f"{host}:{port}", uris(server)[0])
    assert silent.returncode == 1 and "no Binding was answered" in silent.stdout
    closed = probe("--timeout", "0.3", "--peer", f"127.0.0.1:{free_port()}", uris(server)[0])
    assert closed.returncode == 1 and "nothing listens at the peer UDP 127.0.0.1:" in closed.stdout
    assert have_ended(server, 2)


def test_with_its_configuration_every_listener_is_probed_with_a_credential_of_its_own(launch, certificate):
    server = launch()
    result = probe_alone("--json", "--config", str(server.config_file), "--ca", str(certificate[0]))
    assert result.returncode == 0, result.stdout + result.stderr
    report = json.loads(result.stdout)
    assert [leg["transport"] for leg in report["legs"]] == ["udp", "udp", "tcp", "tcp", "tls", "tls"]
    assert all(leg["verdict"] == "ok" for leg in report["legs"])
    assert any("relay ports from outside" in line and "49152-65535" in line for line in report["untested"])
    assert "user=PA_probe" in server.log()


def test_the_certificate_of_the_configuration_is_judged_as_clients_do(launch):
    server = launch()
    result = probe_alone("--config", str(server.config_file))
    assert result.returncode == 1 and "the certificate is refused: self-signed certificate" in result.stdout


def test_peers_that_the_rules_refuse_are_a_verdict_of_their_own(launch):
    server = launch({"peers": {"allow": []}})
    result = probe("--peer", "self", uris(server)[0])
    assert result.returncode == 0, result.stdout + result.stderr
    assert "udp  allocated  127.0.0.1:" in result.stdout and "peers refused by the rules" in result.stdout
    assert "not tested: the relaying of data" in result.stdout
    named = probe("--peer", "127.0.0.1:9", uris(server)[0])
    assert named.returncode == 1 and "does not name 127.0.0.1:9 (403)" in named.stdout
    assert have_ended(server, 2)


def test_a_probe_that_fails_again_and_again_leaves_room_for_the_next(launch):
    server = launch({"peers": {"allow": []}, "limits": {"allocations_per_user": 2}})
    for _ in range(4):
        result = probe("--peer", "127.0.0.1:9", uris(server)[0])
        assert result.returncode == 1 and "(486)" not in result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_allocations_too(launch, number):
    server = launch()
    command = [BINARY, "probe", "-u", "user", "-w", USERS["user"], "-n", "10000", "-r", "100", *uris(server)[:2]]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
    server.wait_for_lines(" allocation_started ", 2)
    process.send_signal(number)
    output, _ = process.communicate(timeout=5)
    assert process.returncode == 1 and "interrupted" in output
    assert have_ended(server, 2)


def test_an_allocation_whose_success_never_came_is_ended_too(launch):
    server = launch()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as behind:
        behind.connect(("127.0.0.1", server.port))
        behind.settimeout(1)

        def pass_on(served, data, sender):
            behind.send(data)
            answer = behind.recv(2048)
            if wire.parse_type(answer) != (wire.ALLOCATE, wire.SUCCESS):
                served.sendto(answer, sender)

        with udp_service(pass_on) as (host, port):
            result = probe("--peer", "self", "--timeout", "0.3", f"turn:{host}:{port}")
    assert result.returncode == 1 and "Binding was answered, but Allocate was not" in result.stdout
    assert have_ended(server, 1)


def test_the_password_comes_from_a_file_or_the_environment(launch, tmp_path):
    udp = uris(launch())[0]
    file = tmp_path / "password"
    file.write_text(USERS["user"] + "\n")
    assert probe_alone("-u", "user", "--password-file", str(file), udp).returncode == 0
    assert probe_alone("-u", "user", udp, TURNPIKE_PROBE_PASSWORD=USERS["user"]).returncode == 0
    without = probe_alone("-u", "user", udp)
    assert without.returncode == 1 and "does not take this name and password" in without.stdout
    assert "no --username was given" in probe_alone(udp).stdout


def test_causes_are_told_in_an_operators_words(launch):
    server = launch({"limits": {"allocations_per_user": 1}})
    udp, tcp, _ = uris(server)
    plain = f"turns:localhost:{server.port}?transport=tcp"
    with udp_service(lambda *_: None) as (host, port), socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        rows = {
            udp: "limits.allocations_per_user",
            f"turn:127.0.0.1:{free_port()}": "nothing listens at UDP 127.0.0.1:",
            f"turn:127.0.0.1:{free_port()}?transport=tcp": "nothing listens at TCP 127.0.0.1:",
            f"turn:{host}:{port}": "does not answer: nothing listens there, or a firewall drops it",
            f"turn:127.0.0.1:{mute.getsockname()[1]}?transport=tcp": "it is no STUN or TURN server",
            plain: "TLS",
        }
        for uri, words in rows.items():
            result = probe("--timeout", "0.4", uri)
            assert result.returncode == 1 and words in result.stdout, result.stdout
    assert have_ended(server, 1)


@pytest.fixture
def two_hosts():
    server_host, other = Namespace("server"), Namespace("other")
    try:
        connect(server_host, other)
        server_host.add_address("wire", "203.0.113.5/24")
        other.add_address("wire", "203.0.113.77/24")
        yield server_host, other
    finally:
        server_host.close()
        other.close()


NEW_UDP_IS_DROPPED = "add table ip filter; add chain ip filter input { type filter hook input priority 0; }; "
NEW_UDP_IS_DROPPED += "add rule ip filter input udp dport 49152-65535 ct state new drop"


@pytest.mark.parametrize("has_firewall", [False, True], ids=["open", "firewall"])
def test_from_another_host_it_shows_whether_relay_ports_can_be_reached_unasked(launch, two_hosts, has_firewall):
    server_host, other = two_hosts
    wire_address = "203.0.113.5:{port}"
    rules = {"peers": {"allow": ["203.0.113.77"]}, "relay": {"addresses": ["203.0.113.5"]}}
    server = launch({**rules, "listen": {"udp": [wire_address, "127.0.0.1:{port}"], "tcp": [], "tls": []}}, server_host)
    if has_firewall:
        run([*server_host.command(), "nft", NEW_UDP_IS_DROPPED], check=True)
    command = [*other.command(), BINARY, "probe", "-u", "user", "-w", USERS["user"], "--peer", "self", "--json", "-n", "10"]
    result = run([*command, f"turn:203.0.113.5:{server.port}"], capture_output=True, text=True, timeout=20)
    report = json.loads(result.stdout)
    assert result.returncode == 0 and report["legs"][0]["traffic"]["received"] == 10, report
    assert [line.split(": ")[1] for line in report["untested"]] == (
        ["what this host sent there unasked did not arrive"] if has_firewall else []
    )


def test_a_wrong_uri_is_exit_code_2():
    assert probe("http://localhost").returncode == 2
