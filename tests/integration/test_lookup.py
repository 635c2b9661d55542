"""Names in place of addresses, and the public address of relays: asked of the network at the start and again while the server runs.

/etc/hosts is the test's own, in a mount namespace. Needs root."""

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

import wire
from client import Client, Peer
from livekit_messages import KEY, SECRET, Http
from server import BINARY, Server, free_port
from udp_service import udp_service

PUBLIC, OTHER_PUBLIC = "203.0.113.5", "203.0.113.6"
# A name is asked for again after 30 seconds, or sooner where it had no address.
AGAIN_S = 40
IN_NAMESPACE = """set -e
mount --bind "$0/hosts" /etc/hosts
mount --bind "$0/nsswitch.conf" /etc/nsswitch.conf
mount --bind "$0/resolv.conf" /etc/resolv.conf
exec "$@"
"""


class Names:
    """Where the server's names come from."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.set({})
        (folder / "nsswitch.conf").write_text("hosts: files\n")
        (folder / "resolv.conf").write_text("")

    def set(self, names: dict[str, str]) -> None:
        """Written in place: the file is mounted."""
        lines = ["127.0.0.1 localhost", *(f"{address} {name}" for name, address in names.items())]
        (self.folder / "hosts").write_text("\n".join(lines) + "\n")

    def command(self) -> list[str]:
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", IN_NAMESPACE, str(self.folder)]

    def entered(self):
        return contextlib.nullcontext()


@pytest.fixture
def names(tmp_path):
    return Names(tmp_path)


def allowed(server, address: str) -> bool:
    """Whether a client may send there."""
    with Client(server) as client:
        client.allocate()
        code = client.permit((address, 9))
    assert code in (0, 403)
    return code == 0


def becomes(condition, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.25)
    return True


def test_a_name_in_the_rules_is_the_address_that_it_has_and_then_the_one_that_it_gets(launch, names):
    names.set({"sfu": "127.0.0.2"})
    server = launch({"peers": {"allow": ["sfu:7000-8000"]}}, names)
    server.wait_for_log("name_found name=sfu addresses=[127.0.0.2]")
    with Peer("127.0.0.2", 7882) as sfu, Client(server) as client:
        relay = client.relay()
        assert client.bind(0x4000, sfu.address) == 0
        client.send_channel(0x4000, b"media")
        assert sfu.receive() == (b"media", relay)
        assert client.bind(0x4001, ("127.0.0.2", 9000)) == 403 and client.permit(("127.0.0.3", 9)) == 403
        names.set({"sfu": "127.0.0.3"})
        assert becomes(lambda: allowed(server, "127.0.0.3"), AGAIN_S)
        # What is no longer allowed ends, as by a reload.
        client.send_channel(0x4000, b"too late")
        assert sfu.receive(0.5) is None
    assert not allowed(server, "127.0.0.2")
    server.wait_for_log("name_found name=sfu addresses=[127.0.0.3]")


def test_a_reload_asks_at_once_and_takes_names_that_are_new(launch, names):
    names.set({"sfu": "127.0.0.2", "other": "127.0.0.4"})
    server = launch({"peers": {"allow": ["sfu"]}}, names)
    names.set({"sfu": "127.0.0.3", "other": "127.0.0.4"})
    server.config["peers"]["allow"].append("other")
    server.write_config()
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log(" reloaded", 5)
    assert [allowed(server, f"127.0.0.{last}") for last in (2, 3, 4)] == [False, True, True]


def test_a_server_may_start_before_its_SFU_has_an_address(launch, names):
    server = launch({"peers": {"allow": ["sfu"]}}, names)
    assert "sfu has no address yet, and is asked for again" in server.log()
    assert not allowed(server, "127.0.0.2")
    names.set({"sfu": "127.0.0.2"})
    assert becomes(lambda: allowed(server, "127.0.0.2"), AGAIN_S)
    names.set({})
    time.sleep(0.1)
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log("name_not_found name=sfu", 5)
    assert allowed(server, "127.0.0.2"), "the last address that was known stands"


@pytest.mark.parametrize("section, key, value", [("peers", "deny", ["sfu"]), ("listen", "udp", ["sfu:3478"]), ("relay", "addresses", ["sfu"])])
def test_what_cannot_be_without_its_address_does_not_start(names, certificate, tmp_path, section, key, value):
    server = Server(tmp_path, certificate, 1, {section: {key: value}}, names)
    server.write_config()
    for command in ([], ["check"]):
        result = subprocess.run([*names.command(), BINARY, *command, "--config", server.config_file], capture_output=True, text=True, timeout=20)
        assert result.returncode == 2 and f"{section}.{key}: sfu has no address" in result.stderr, result.stderr


def test_check_says_what_names_stand_for(names, certificate, tmp_path):
    names.set({"sfu": "127.0.0.2"})
    server = Server(tmp_path, certificate, 1, {"peers": {"allow": ["sfu:7882"]}}, names)
    server.write_config()
    result = subprocess.run([*names.command(), BINARY, "check", "--config", server.config_file], capture_output=True, text=True, timeout=20)
    assert result.returncode == 0, result.stderr
    assert "# names: sfu is 127.0.0.2\n" in result.stdout and "allow: [sfu:7882]" in result.stdout


def test_a_resolver_that_keeps_silent_holds_up_neither_service_nor_the_end(launch, names):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.53.0.1", 53))
        (names.folder / "nsswitch.conf").write_text("hosts: files dns\n")
        (names.folder / "resolv.conf").write_text("nameserver 127.53.0.1\n")
        control = free_port()
        server = launch({"peers": {"allow": ["sfu"]}, "control": {"listen": f"127.0.0.1:{control}"}}, names)
        assert "no answer within 5000 ms" in server.log()
        health = Http(f"127.0.0.1:{control}")
        until = time.monotonic() + 4  # in which it asks again
        slowest = 0.0
        while time.monotonic() < until:
            began = time.monotonic()
            assert health.request("GET", "/healthz")[0] == 200
            slowest = max(slowest, time.monotonic() - began)
            time.sleep(0.05)
        assert slowest < 1
        code, seconds = server.stop()
        assert code == 0 and seconds < 2


def test_a_resolver_that_keeps_silent_about_LiveKit_does_not_hold_up_the_end(launch, names):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.53.0.2", 53))
        silent.settimeout(5)
        (names.folder / "nsswitch.conf").write_text("hosts: files dns\n")
        (names.folder / "resolv.conf").write_text("nameserver 127.53.0.2\n")
        keys = {"livekit_keys": {KEY: SECRET}}
        server = launch({"credentials": keys, "livekit": {"url": "https://livekit.example.org"}, "peers": {"allow": ["192.0.2.7"]}}, names)
        assert b"livekit" in silent.recv(512)
        code, seconds = server.stop()
        assert code == 0 and seconds < 1


@contextlib.contextmanager
def stun_server():
    """Says what `seen` holds, or nothing."""
    seen = [PUBLIC]

    def answer(served, data, sender):
        if seen[0]:
            mapped = wire.xor_address((seen[0], sender[1]), data[8:20])
            served.sendto(wire.message(wire.BINDING, wire.SUCCESS, [(wire.XOR_MAPPED_ADDRESS, mapped)], data[8:20]), sender)

    with udp_service(answer) as address:
        yield seen, "%s:%d" % address


def relay_address(server) -> str:
    with Client(server) as client:
        return client.relay()[0]


def test_STUN_servers_say_what_others_see_of_relays_and_changes_are_followed(launch):
    with stun_server() as (seen, address):
        server = launch({"relay": {"addresses": ["127.0.0.1"], "external": "auto", "stun_servers": [address]}})
        server.wait_for_log(f"external_found address=127.0.0.1 external={PUBLIC}")
        assert relay_address(server) == PUBLIC
        seen[0] = None
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("external_not_found", 10)
        assert relay_address(server) == PUBLIC, "the last one stands"
        seen[0] = OTHER_PUBLIC
        assert becomes(lambda: relay_address(server) == OTHER_PUBLIC, AGAIN_S)
        server.wait_for_log(f"external_found address=127.0.0.1 external={OTHER_PUBLIC}")
        seen[0] = "127.0.0.1"
        server.process.send_signal(signal.SIGHUP)
        server.wait_for_log("external_gone", 10)
        assert relay_address(server) == "127.0.0.1"


def test_a_public_address_alone_is_that_of_the_relays_and_its_name_is_followed(launch, names):
    names.set({"turn": PUBLIC})
    server = launch({"relay": {"addresses": ["127.0.0.1"], "external": "turn"}}, names)
    assert relay_address(server) == PUBLIC
    names.set({"turn": OTHER_PUBLIC})
    server.process.send_signal(signal.SIGHUP)
    server.wait_for_log(f"external={OTHER_PUBLIC}", 5)
    assert relay_address(server) == OTHER_PUBLIC


def test_auto_without_anybody_to_ask_is_refused(certificate, tmp_path):
    server = Server(tmp_path, certificate, 1, {"relay": {"external": "auto"}})
    server.write_config()
    result = subprocess.run([BINARY, "--config", server.config_file], capture_output=True, text=True, timeout=20)
    assert result.returncode == 2 and "relay.external: auto asks STUN servers" in result.stderr


def test_a_server_starts_where_no_STUN_server_answers_and_finds_it_later(launch):
    with stun_server() as (seen, address):
        seen[0] = None
        server = launch({"relay": {"addresses": ["127.0.0.1"], "external": "auto", "stun_servers": [address]}})
        assert relay_address(server) == "127.0.0.1" and "no STUN server has answered 127.0.0.1" in server.log()
        seen[0] = PUBLIC
        assert becomes(lambda: relay_address(server) == PUBLIC, AGAIN_S)
