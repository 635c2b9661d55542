"""The journal of systemd as the log: a stand-in for journald, in a mount namespace, gets entries with priorities and fields. Needs root."""

import contextlib
import json
import os
import socket
import time
from pathlib import Path

import pytest

import wire
from client import Client
from server import Server

SOCKET = "/run/systemd/journal/socket"
# The folder that has the stand-in's socket is where the journal's is, for the server alone.
IN_NAMESPACE = """set -e
mount -t tmpfs tmpfs /run
mkdir -p "${0%/*}"
mount --bind "$1" "${0%/*}"
shift
exec "$@"
"""


class Journald:
    """Takes entries; where its socket is."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(folder / "socket"))
        self.entries: list[dict[str, str]] = []

    def command(self) -> list[str]:
        return ["unshare", "--mount", "--propagation", "private", "sh", "-c", IN_NAMESPACE, SOCKET, str(self.folder)]

    def entered(self):
        return contextlib.nullcontext()

    def next(self, event: str, seconds: float = 5) -> dict[str, str]:
        """The next entry of this event; what comes before is kept in `entries`."""
        until = time.monotonic() + seconds
        while True:
            self.socket.settimeout(max(until - time.monotonic(), 0.001))
            lines = self.socket.recv(1 << 16).decode().splitlines()
            entry = dict(line.split("=", 1) for line in lines)
            self.entries.append(entry)
            if entry["TURNPIKE_EVENT"] == event:
                return entry


@pytest.fixture
def journald(tmp_path):
    stand_in = Journald(tmp_path / "journal")
    with stand_in.socket:
        yield stand_in


@pytest.fixture
def launch_in_journal(journald, certificate, tmp_path, monkeypatch):
    """A server whose standard output is said to be the journal's, or another file."""
    servers = []

    def launch(extra: dict | None = None, is_journal: bool = True) -> Server:
        server = Server(tmp_path, certificate, 1, extra, journald)
        server.log_file.touch()
        status = os.stat(server.log_file)
        monkeypatch.setenv("JOURNAL_STREAM", f"{status.st_dev}:{status.st_ino + (0 if is_journal else 1)}")
        servers.append(server.start())
        return server

    yield launch
    for server in servers:
        assert server.stop()[0] == 0


def test_an_allocation_is_entries_with_fields_and_one_id(launch_in_journal, journald):
    server = launch_in_journal()
    started = journald.next("started")
    assert started["MESSAGE"].startswith("started version=") and started["PRIORITY"] == "6"
    assert started["SYSLOG_IDENTIFIER"] == "turnpike"
    with Client(server) as client:
        relay = client.relay()
        began = journald.next("allocation_started")
    ended = journald.next("allocation_ended")
    assert began["TURNPIKE_USER"] == "user" and began["TURNPIKE_RELAYED"] == f"127.0.0.1:{relay[1]}"
    assert began["TURNPIKE_ALLOCATION"] == ended["TURNPIKE_ALLOCATION"] and len(began["TURNPIKE_ALLOCATION"]) == 16
    assert f"allocation={began['TURNPIKE_ALLOCATION']} " in ended["MESSAGE"]
    assert server.log() == ""


def test_what_a_client_writes_makes_no_field(launch_in_journal, journald):
    server = launch_in_journal()
    with Client(server, user="x\nPRIORITY=0\nMESSAGE=forged", password="wrong") as client:
        client.challenge()
        assert client.ask(client.signed(wire.ALLOCATE, [wire.UDP])).code == 401
    server.process.terminate()
    journald.next("stopped")
    server.process.wait(5)
    assert {entry["PRIORITY"] for entry in journald.entries} <= {"4", "6", "7"}
    assert not any(entry["MESSAGE"] == "forged" for entry in journald.entries)
    assert any("PRIORITY=0" in entry.get("TURNPIKE_USER", "") for entry in journald.entries)


def test_priorities_are_those_of_the_levels(launch_in_journal, journald):
    launch_in_journal({"relay": {"ports": "50000-50003"}, "log": {"level": "debug"}})
    journald.next("started")
    told = {entry["TURNPIKE_EVENT"]: entry["PRIORITY"] for entry in journald.entries}
    assert told["started"] == "6" and told["configuration"] == "4"


def test_json_is_the_message_as_a_whole(launch_in_journal, journald):
    launch_in_journal({"log": {"format": "json"}})
    entry = journald.next("started")
    record = json.loads(entry["MESSAGE"])
    assert (record["event"], record["level"], record["version"]) == ("started", "info", entry["TURNPIKE_VERSION"])


def test_another_standard_output_gets_lines(launch_in_journal, journald):
    server = launch_in_journal(is_journal=False)
    assert " started " in server.wait_for_log(" started ")
    journald.socket.settimeout(0.1)
    with pytest.raises(TimeoutError):
        journald.socket.recv(1)
