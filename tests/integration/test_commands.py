"""The commands that talk to a server that runs: what they print, how they end, and that names of others do no harm."""

import contextlib
import json
import os
import pty
import re
import select
import subprocess
import time
from contextlib import ExitStack

import pytest

import wire
from client import Client, Peer
from server import BINARY, die_with_parent

CHANNEL = 0x4000
COLUMNS_MAX = 100
PATIENCE_S = 10
DONE, FAILED, USAGE = 0, 1, 2


class Console:
    """Commands for one server."""

    def __init__(self, server, *where: str):
        self.where = where or ("--config", str(server.config_file))

    def run(self, *arguments: str) -> tuple[int, str, str]:
        # An environment of its own: nobody's TURNPIKE_ or XDG_RUNTIME_DIR.
        done = subprocess.run([BINARY, *arguments, *self.where], env={}, capture_output=True, text=True, timeout=30)
        for line in done.stdout.splitlines():
            assert "--json" in arguments or len(line) <= COLUMNS_MAX, line
            assert line.isprintable(), line
        return done.returncode, done.stdout, done.stderr

    def out(self, *arguments: str) -> str:
        code, out, err = self.run(*arguments)
        assert (code, err) == (DONE, ""), f"{code}: {err}"
        return out

    def refused(self, *arguments: str) -> tuple[int, str]:
        """The code and the one line that says why."""
        code, out, err = self.run(*arguments)
        assert out == "" and err.count("\n") == 1, out + err
        assert err.startswith("turnpike: "), err
        return code, err


@pytest.fixture
def start(launch):
    """start() gives a server with a control socket, and its console."""

    def place(**sections):
        server = launch({"control": {"socket": "{directory}/control.sock"}} | sections)
        return server, Console(server)

    return place


def test_they_find_the_server_by_configuration_or_by_socket(start):
    server, console = start()
    by_socket = Console(server, "--control.socket", server.config["control"]["socket"])
    first = console.out("status").splitlines()[0]
    assert re.fullmatch(r"turnpike \S+: ready, 0 allocations, 0 bit/s", first)
    assert by_socket.out("status").splitlines()[0] == first
    nowhere = Console(server, "--control.socket", str(server.directory / "none"))
    for command in (["status"], ["sessions"], ["top"], ["explain", "a"], ["end", "a"], ["bar", "a"], ["drain"], ["reload"], ["log-level"], ["certificates"], ["fleet"],
                    ["drain", "--fleet"]):
        code, why = nowhere.refused(*command)
        assert code == FAILED and "no server answers" in why and command[0] in why
    code, why = Console(server, "--control.socket", "").refused("status")
    assert code == FAILED and "control.socket" in why


def test_status_and_certificates_are_one_screen(start):
    server, console = start()
    with Client(server) as client:
        client.relay()
        status = console.out("status")
        assert len(status.splitlines()) <= 24
        for part in ("1 allocation,", f"udp:127.0.0.1:{server.port}", "ports: 1 leased", "engine: sockets", "refused: no_credentials 1"):
            assert part in status
        assert json.loads(console.out("status", "--json"))["allocations"] == 1
    assert "names: localhost" in console.out("certificates")
    assert json.loads(console.out("certificates", "--json"))["certificates"][0]["names"] == ["localhost"]


def test_certificates_are_those_of_all_names(start, certificate):
    files = {"certificate": str(certificate[0]), "key": str(certificate[1])}
    server, console = start(tls={"names": {"turn.example.org": files}})
    assert [each["certificate"] for each in json.loads(console.out("certificates", "--json"))["certificates"]] == [str(certificate[0])] * 2


def test_sessions_are_listed_for_people_and_for_programs(start):
    server, console = start()
    assert console.out("sessions") == "0 allocations\n" and console.out("sessions", "--json") == ""
    with ExitStack() as stack:
        peer = stack.enter_context(Peer())
        client = stack.enter_context(Client(server))
        relay = client.relay()
        client.bind(CHANNEL, peer.address)
        stack.enter_context(Client(server, "tls", user="user2")).relay()
        text = console.out("sessions")
        for part in (f"udp 127.0.0.1:{client.address[1]} to", "relayed %s:%d" % relay, "0x4000 %s:%d" % peer.address, "2 allocations"):
            assert part in text
        found = [json.loads(line) for line in console.out("sessions", "--json").splitlines()]
        assert {each["user"] for each in found} == {"user", "user2"}
        for each in found:
            assert each["allocation"] in text
        assert console.out("sessions", "--user", "user2").count("tls") == 1
        assert console.out("sessions", "--room", "none", "--json") == ""
        for _ in range(520):  # more than a page
            stack.enter_context(Client(server)).relay()
        assert len(console.out("sessions", "--json").splitlines()) == 522


def test_what_is_ended_or_barred_is_told(start):
    server, console = start()
    with Client(server) as one, Client(server) as two, Client(server, user="user2") as other:
        for client in (one, two, other):
            client.relay()
        first = json.loads(console.out("sessions", "--user", "user", "--json").splitlines()[0])
        ended = console.out("end", first["allocation"])
        assert f"ended {first['allocation']}  udp {first['client']}  user\n1 allocation ended\n" == ended
        assert json.loads(console.out("end", "user", "--json"))["ended_total"] == 1
        for what in ([first["allocation"]], ["user"], ["--room", "none"]):
            code, why = console.refused("end", *what)
            assert code == FAILED and "no such allocation" in why
        assert console.out("bar", "user2", "--for", "60").endswith("1 allocation ended\nuser2 is barred for 1m\n")
        assert other.request(wire.ALLOCATE, [wire.UDP]).code == 403
        assert "user2: 0 allocations, barred for " in console.out("explain", "user2")
        assert console.out("bar", "user2", "--for", "0") == "user2 is barred no more\n"
        assert other.allocate().code == 0


def test_a_user_whose_name_looks_like_an_allocation_is_ended_too(start):
    name = "00000000000000ff"
    server, console = start(credentials={"users": {name: "pass"}})
    with Client(server, user=name, password="pass") as client:
        client.relay()
        assert "1 allocation ended" in console.out("end", name)


def test_explain_tells_causes_of_a_client_or_a_user(start):
    server, console = start()
    code, out, _ = console.run("explain", "user")
    assert code == FAILED and out.endswith("no refusal of user is remembered\n")
    with Client(server, password="wrong") as client:
        client.challenge()
        for _ in range(3):
            client.ask(client.signed(wire.ALLOCATE, [wire.UDP]))
        by_user = console.out("explain", "user")
        assert f"udp 127.0.0.1:{client.address[1]}  user (unproven)" in by_user
        assert "3 times: allocate 401 wrong_integrity: " in by_user
        by_client = console.out("explain", "127.0.0.1:%d" % client.address[1])
        assert "wrong_integrity" in by_client and "no_credentials" in by_client
        assert len(json.loads(console.out("explain", "127.0.0.1", "--json", "--limit", "2"))["refusals"]) == 2


def test_names_of_others_do_not_reach_the_terminal(start):
    server, console = start()
    with Client(server) as client:
        client.challenge()
        name = "\x1b]0;title\x07\x1b[2J\u202e\n".encode() + b"\xff"
        credentials = [(wire.USERNAME, name), (wire.REALM, client.realm.encode()), (wire.NONCE, client.nonce)]
        client.ask(wire.with_sha1(wire.message(wire.ALLOCATE, wire.REQUEST, [wire.UDP, *credentials]), b"k" * 16))
        out = console.out("explain", "127.0.0.1")  # which is looked through for what is not printable
        assert "title" in out
        for whom in ("\x1b[2J", "\u202e", "x" * 1000):
            assert console.run("explain", whom)[0] == FAILED


def test_a_server_without_a_fleet_says_so(start):
    _, console = start()
    assert console.out("fleet") == "this server is in no fleet: fleet.redis.url is not set\n"
    assert json.loads(console.out("fleet", "--json")) == {"is_in_fleet": False}
    code, why = console.refused("drain", "--fleet")
    assert code == FAILED and "this server is in no fleet" in why
    assert "ready" in console.out("status")


def test_wrong_use_is_2(start):
    server, console = start()
    for wrong in (["end"], ["end", "a", "--room", "b"], ["explain"], ["bar"], ["bar", "a", "--for", "-1"], ["bar", "a", "--for", "x"],
                  ["log-level", "loud"], ["drain", "--wait", "x"], ["drain", "--return", "1"], ["drain", "--fleet", "--return", "x"], ["explain", "a", "--limit", "0"], ["status", "--relay.ports", "1-2"],
                  ["explain", "x" * 1025], ["sessions", "--user", "x" * 1025]):
        assert console.refused(*wrong)[0] == USAGE, wrong


def test_reload_and_the_level_of_the_log(start):
    server, console = start()
    assert console.out("log-level") == "info\n" and console.out("log-level", "warning") == "warning\n"
    assert console.out("log-level") == "warning\n"
    assert console.out("reload") == "reloaded\n" and console.out("log-level") == "info\n"
    server.config["realm"] = []
    server.write_config()
    code, why = console.refused("reload")
    assert code == USAGE and "realm" in why
    assert "last reload refused: " in console.out("status")


def test_drain_waits_until_all_have_gone_or_the_time_is_over(start):
    server, console = start()
    with Client(server, "tcp") as client:
        client.relay()
        assert console.out("drain") == "draining\n" and "draining, 1 allocation" in console.out("status")
        began = time.monotonic()
        code, why = console.refused("drain", "--wait", "1")
        assert code == FAILED and "1 allocation is left" in why and time.monotonic() - began >= 1
        waiting = subprocess.Popen([BINARY, "drain", "--wait", "60", *console.where], env={}, stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        server.wait_for_lines("action=drain", 3, PATIENCE_S)
    assert waiting.communicate(timeout=PATIENCE_S)[0] == "drained\n" and waiting.returncode == DONE
    assert server.process.wait(timeout=PATIENCE_S) == 0


class Screen:
    """`turnpike top` on a terminal of its own."""

    def __init__(self, console: Console, rows: int = 10, columns: int = 80):
        self.terminal, theirs = pty.openpty()
        size = {"LINES": str(rows), "COLUMNS": str(columns)}
        subprocess.run(["stty", "rows", str(rows), "cols", str(columns)], stdin=theirs, check=True)
        self.before = subprocess.run(["stty", "-g"], stdin=theirs, capture_output=True, check=True).stdout
        self.process = subprocess.Popen([BINARY, "top", *console.where], env=size, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        self.theirs = theirs
        self.seen = ""

    def wait_for(self, text: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while text not in self.seen:
            assert time.monotonic() < until, repr(self.seen)
            self.read(0.1)

    def read(self, seconds: float) -> None:
        if select.select([self.terminal], [], [], seconds)[0]:
            with contextlib.suppress(OSError):
                self.seen += os.read(self.terminal, 65536).decode()

    def close(self) -> bool:
        """Whether the terminal is as it was."""
        after = subprocess.run(["stty", "-g"], stdin=self.theirs, capture_output=True, check=True).stdout
        os.close(self.terminal), os.close(self.theirs)
        return after == self.before


@pytest.mark.parametrize("end", ["q", "SIGINT"])
def test_top_goes_on_until_somebody_has_seen_enough(start, end):
    server, console = start()
    with ExitStack() as stack:
        peer = stack.enter_context(Peer())
        clients = [stack.enter_context(Client(server)) for _ in range(12)]
        for client in clients:
            client.relay()
            client.bind(CHANNEL, peer.address)
        screen = Screen(console)
        screen.wait_for("; q ends")
        screen.wait_for("ALLOCATION")
        clients[3].send_channel(CHANNEL, bytes(1000))
        screen.wait_for("kbit/s")
        assert screen.seen.startswith("\x1b[?1049h\x1b[?25l")
        frame = screen.seen.split("\x1b[H")[1]
        lines = re.sub(r"\x1b\[\w", "", frame).split("\r\n")
        assert len(lines) <= 10 and all(len(line) <= 80 for line in lines), lines
        if end == "q":
            os.write(screen.terminal, b"q")
        else:
            screen.process.send_signal(2)
        assert screen.process.wait(timeout=PATIENCE_S) == DONE
        screen.wait_for("\x1b[?25h\x1b[?1049l")
        assert screen.close()


def test_top_is_one_table_where_there_is_no_terminal(start):
    server, console = start()
    with Peer() as peer, Client(server) as quiet, Client(server) as busy:
        for client in (quiet, busy):
            client.relay()
            client.bind(CHANNEL, peer.address)

        def shows_busy_first() -> bool:
            busy.send_channel(CHANNEL, bytes(1000))
            rows = console.out("top").splitlines()[3:]
            assert len(rows) == 2
            return f":{busy.address[1]}" in rows[0] and "kbit/s" in rows[0]

        until = time.monotonic() + PATIENCE_S
        while not shows_busy_first():
            assert time.monotonic() < until
            time.sleep(0.2)
        assert console.out("top", "--once").count("\n") == 5
