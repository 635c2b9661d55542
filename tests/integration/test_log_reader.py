"""Whoever reads the log may stop, or leave: the relay goes on, the process ends in time, and what was lost is counted."""

import fcntl
import json
import os
import select
import signal
import subprocess
import time

import pytest

from client import Client, Peer
from conftest import STOP_MAX_S
from credentials import in_seconds, rest
from server import BINARY, REST_SECRETS, Server, die_with_parent

F_SETPIPE_SZ = 1031  # of linux/fcntl.h
PIPE_BYTES = 4096
FLOOD = 2000  # allocations; two lines each, with a long name more than the queue holds
LONG_NAME = "x" * 450


class PipedServer(Server):
    """A server whose standard output is a pipe that this test reads when it wants to. `is_full`: from the start."""

    def __init__(self, *arguments, is_full: bool):
        super().__init__(*arguments)
        self.is_full = is_full

    def start(self) -> "PipedServer":
        self.write_config()
        self.reader, writer = os.pipe()
        fcntl.fcntl(writer, F_SETPIPE_SZ, PIPE_BYTES)
        if self.is_full:
            os.write(writer, bytes(PIPE_BYTES))
        with self.log_file.open("wb") as errors:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--config", str(self.config_file)],
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=errors,
                preexec_fn=die_with_parent,
            )
        os.close(writer)
        self.wait_until_up()
        return self

    def read_until(self, text: str, seconds: float = 20) -> str:
        """What comes through the pipe, up to a line with `text`."""
        read, until = "", time.monotonic() + seconds
        while text not in read or not read.endswith("\n"):
            assert time.monotonic() < until, read[-4000:]
            if select.select([self.reader], [], [], seconds)[0]:
                read += os.read(self.reader, PIPE_BYTES).decode()
        return read

    def leave(self) -> None:
        os.close(self.reader)


@pytest.fixture
def piped(workers, certificate, tmp_path):
    servers = []

    def start(is_full: bool, extra: dict | None = None) -> PipedServer:
        config = {"log": {"format": "json"}, **(extra or {})}
        servers.append(PipedServer(tmp_path, certificate, workers, config, is_full=is_full).start())
        return servers[-1]

    yield start
    for running in servers:
        code, seconds = running.stop()
        assert (code, running.log()) == (0, "")
        assert seconds < STOP_MAX_S


def delete(client) -> None:
    assert client.refresh(0).code == 0
    client.has_allocation = False  # to delete it again would be refused, which is an event


def relays(server) -> bool:
    with Client(server) as client, Peer() as peer:
        client.relay()
        assert client.permit(peer.address) == 0
        client.send_to(peer.address, b"through")
        has_come = peer.receive()[0] == b"through"
        delete(client)
        return has_come


def allocate_and_delete(client, times: int) -> None:
    for _ in range(times):
        client.allocate()
        delete(client)


def test_a_pipe_that_is_full_from_the_start_keeps_nobody_from_relaying(piped):
    assert relays(piped(is_full=True))


def test_a_flood_of_events_that_nobody_reads_keeps_nobody_from_relaying_and_is_counted(piped):
    server = piped(is_full=False)
    with Client(server, **rest(REST_SECRETS[0], LONG_NAME, in_seconds(60))) as client:
        allocate_and_delete(client, FLOOD)
    assert relays(server)
    records = [json.loads(line) for line in server.read_until("log_lines_dropped").splitlines()]
    (dropped,) = (record for record in records if record["event"] == "log_lines_dropped")
    events = [record["event"] for record in records]
    written = events.count("allocation_started") + events.count("allocation_ended")
    assert dropped["level"] == "warning"
    assert written + dropped["count"] == 2 * (FLOOD + 1)
    assert relays(server)
    server.read_until("allocation_ended")


def test_a_reader_who_leaves_ends_nothing(piped):
    server = piped(is_full=False)
    server.read_until("started")
    server.leave()
    assert relays(server) and relays(server)


def wait_for_file(path, text: str) -> None:
    until = time.monotonic() + 10
    while not path.exists() or text not in path.read_text():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_reload_that_names_a_file_frees_a_log_that_nobody_reads(piped, tmp_path):
    server = piped(is_full=True)
    server.config["log"]["file"] = str(tmp_path / "turnpike.log")
    server.reload()
    wait_for_file(tmp_path / "turnpike.log", "reloaded")


def test_no_line_is_lost_or_torn_while_the_file_is_reopened(launch, tmp_path):
    path = tmp_path / "turnpike.log"
    server = launch({"log": {"file": str(path), "format": "json"}})
    with Client(server) as client:
        for number in range(5):
            path.rename(tmp_path / f"turnpike.log.{number}")
            server.process.send_signal(signal.SIGHUP)
            allocate_and_delete(client, 40)
            wait_for_file(path, "reloaded")
    server.stop()
    text = "".join(file.read_text() for file in tmp_path.glob("turnpike.log*"))
    events = [json.loads(line)["event"] for line in text.splitlines()]
    assert (events.count("allocation_started"), events.count("allocation_ended")) == (200, 200)
