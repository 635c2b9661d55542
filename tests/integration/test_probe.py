"""`turnpike probe` shows that a server works: turnpike itself, coturn, and neither where there is none."""

import json
from subprocess import CompletedProcess, run

import pytest

from conftest import end
from server import BINARY, USERS, Server, free_port

LEGS = ["udp", "tcp", "tls"]


@pytest.fixture(scope="module", params=["turnpike", "coturn"])
def probed(request, workers, certificate, tmp_path_factory):
    running = Server(tmp_path_factory.mktemp("probed"), certificate, workers, is_coturn=request.param == "coturn").start()
    yield running
    end(running)


def uris(server) -> list[str]:
    plain = f"turn:127.0.0.1:{server.port}?transport="
    return [plain + "udp", plain + "tcp", f"turns:localhost:{server.tls_port}?transport=tcp"]


def probe(*arguments: str, password: str = USERS["user"]) -> CompletedProcess:
    return run([BINARY, "probe", "-u", "user", "-w", password, "-n", "50", *arguments], capture_output=True, text=True, timeout=30)


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


def test_a_wrong_uri_is_exit_code_2():
    assert probe("http://localhost").returncode == 2
