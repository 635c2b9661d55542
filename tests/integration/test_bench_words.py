"""What the load generator says when it cannot begin: who does not answer, who refuses, and what is to be done about it."""

import contextlib
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest

from server import USERS, free_port
from udp_service import udp_service

BENCH = os.environ.get("TEST_BENCH", "turnpike-bench")
AS_USER = ["-u", "user", "-w", USERS["user"]]


def refusal(target: str, *words: str, seconds: float = 6) -> str:
    """Its one line on standard error."""
    done = subprocess.run([BENCH, target, *words], capture_output=True, text=True, timeout=seconds)
    assert done.returncode == 1 and done.stdout == "" and len(done.stderr.splitlines()) == 1, done
    return done.stderr


@contextlib.contextmanager
def mute_listener():
    """Takes TCP connections and says nothing."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(100)
        yield listener.getsockname()[1]


@pytest.mark.parametrize("scenario", ["audio", "churn", "many"])
def test_nobody_who_answers_over_udp_is_told_within_five_seconds(scenario):
    with udp_service(lambda *_: None) as (host, port):
        began = time.monotonic()
        words = refusal(f"turn:{host}:{port}", scenario, *AS_USER)
    assert time.monotonic() - began < 5
    assert f"UDP 127.0.0.1:{port} does not answer: nothing listens there, or a firewall drops it" in words


@pytest.mark.parametrize(("scenario", "words"), [("tcp", "answers no Binding"), ("tls", "answers no TLS handshake")])
def test_a_listener_that_says_nothing_is_told_within_five_seconds(scenario, words):
    with mute_listener() as port:
        began = time.monotonic()
        line = refusal(f"turn:127.0.0.1:{port}", scenario, "--tls-port", str(port), *AS_USER)
    assert time.monotonic() - began < 5 and f"TCP 127.0.0.1:{port} takes connections" in line and words in line


@pytest.mark.parametrize(("scenario", "protocol"), [("audio", "UDP"), ("tcp", "TCP"), ("tls", "TCP")])
def test_a_closed_port_is_told_at_once(scenario, protocol):
    port = free_port()
    began = time.monotonic()
    line = refusal(f"turn:127.0.0.1:{port}", scenario, "--tls-port", str(port), *AS_USER)
    assert time.monotonic() - began < 2 and f"nothing listens at {protocol} 127.0.0.1:{port} (connection refused)" in line


def test_a_name_that_leads_nowhere_is_told():
    assert "name.invalid leads to no address" in refusal("turn:name.invalid:3478", *AS_USER)


def test_a_host_name_is_taken(launch):
    server = launch()
    command = [BENCH, f"turn:localhost:{server.port}", "audio", "tls", "--local", "127.0.0.1"]
    command += ["--tls-port", str(server.tls_port), "--seconds", "0.2", "--warm-up", "0", "--clients", "2", *AS_USER]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and "audio" in done.stdout, done.stderr


def test_a_wrong_or_missing_password_is_told_by_method_and_hint(launch):
    target = f"turn:127.0.0.1:{launch().port}"
    wrong = refusal(target, "-u", "user", "-w", "wrong")
    assert "Allocate was refused: 401 " in wrong and "does not take this name and password" in wrong
    assert "no --username was given" in refusal(target)


def test_a_peer_that_the_rules_refuse_is_named_with_the_key(launch):
    line = refusal(f"turn:127.0.0.1:{launch({'peers': {'allow': []}}).port}", *AS_USER)
    assert "ChannelBind to 127.0.0.1:" in line and " was refused: 403 " in line and "peers.allow" in line


@pytest.mark.parametrize(("scenario", "needed"), [("audio", 20), ("many", 70)])
def test_a_quota_is_told_with_the_key_what_is_allowed_and_what_is_needed_and_leaves_nothing_behind(launch, scenario, needed):
    server = launch({"limits": {"allocations_per_user": 12}})
    for _ in range(2):
        line = refusal(f"turn:127.0.0.1:{server.port}", scenario, "--clients", str(needed), *AS_USER)
        assert "Allocate was refused: 486 " in line and "limits.allocations_per_user" in line
        assert "limits.allocations_per_shared_user" in line
        assert f"the server allowed 12 of the {needed} allocations that are needed" in line


def test_a_quota_ends_a_churn_too(launch):
    server = launch({"limits": {"allocations_per_user": 3}})
    line = refusal(f"turn:127.0.0.1:{server.port}", "churn", *AS_USER)
    assert "486" in line and "of the 16 allocations" in line


def test_it_is_installed_beside_the_server(tmp_path):
    build = Path(BENCH).resolve().parents[1]
    subprocess.run(["cmake", "--install", build, "--prefix", tmp_path], check=True, capture_output=True, timeout=60)
    done = subprocess.run([tmp_path / "bin" / "turnpike-bench", "--list"], capture_output=True, text=True, timeout=10)
    assert done.returncode == 0 and "audio" in done.stdout
