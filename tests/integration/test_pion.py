"""pion, in Go: its TURN client against echo peers, and two relay-only peer connections with a data channel."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from server import USERS

SOURCES = Path(__file__).parent / "pion"
GO = Path(sys.executable).parent / "go"  # of the same virtual environment as this test


@pytest.fixture(scope="session")
def program() -> Path:
    target = Path(os.environ["TEST_BUILD_DIR"]) / "pion-client"
    build = subprocess.run([GO, "build", "-mod=readonly", "-o", target, "."], cwd=SOURCES, capture_output=True, text=True)
    assert build.returncode == 0, build.stderr
    return target


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
@pytest.mark.parametrize("client", ["turn", "webrtc"])
def test_pion_receives_what_it_sent(server, certificate, program, client, transport):
    host, port = ("localhost", server.tls_port) if transport == "tls" else ("127.0.0.1", server.port)
    command = [program, "-client", client, "-transport", transport, "-host", host, "-port", str(port), "-password", USERS["user"]]
    environment = {**os.environ, "SSL_CERT_FILE": str(certificate[0])}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=40)
    assert run.returncode == 0, run.stdout + run.stderr
    sent, received = re.search(r"sent (\d+) received (\d+)", run.stdout).groups()
    assert sent == received and int(sent) > 50_000
