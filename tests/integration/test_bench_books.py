"""The load generator's books: against this server nothing is lost, and a forwarder that harms packets has done what they say."""

import contextlib
import json
import os
import random
import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from server import USERS, Server, free_port

BENCH = os.environ.get("TEST_BENCH", "turnpike-bench")
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from harness.measure import PROGRAM_LINE  # noqa: E402

SHORT = ["--seconds", "0.3", "--warm-up", "0.1", "--clients", "4", "--json"]
HARMLESS = {"lost": 0, "duplicated": 0, "reordered": 0, "corrupt": 0, "refused": 0}


def bench(target: str, *words: str) -> list[dict]:
    """What the generator says of each scenario."""
    done = subprocess.run([BENCH, target, *words, *SHORT], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def roomy_server(certificate, tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("server"), certificate, 1, {"limits": {"connections_per_ip": 0}}).start()
    yield server
    server.stop()


def against(server: Server, *words: str) -> list[dict]:
    credentials = ["--username", "user", "--password", USERS["user"], "--tls-port", str(server.tls_port)]
    return bench(f"turn:127.0.0.1:{server.port}", *words, *credentials, "--server-pid", str(server.process.pid))


@pytest.mark.parametrize("gso", [[], ["--gso"]], ids=["single", "gso"])
@pytest.mark.parametrize("scenario", ["audio", "video", "indications", "pair", "fanout", "tcp", "tcp-frames", "tls", "tls-frames", "room"])
def test_this_server_harms_nothing(roomy_server, scenario, gso):
    (result,) = against(roomy_server, scenario, *gso)
    assert {field: result[field] for field in HARMLESS} == HARMLESS
    assert result["sent"] == result["received"] > 0
    assert result["relayed"] > 0 and result["latency_us"]["count"] > 0
    assert result["segment"] is bool(gso)


def test_a_flood_over_tcp_arrives_whole_as_far_as_it_arrives(roomy_server):
    (result,) = against(roomy_server, "tcp-flood")
    assert result["received"] > 0 and result["corrupt"] == result["duplicated"] == result["reordered"] == 0
    assert result["sent"] == result["received"] + result["lost"]


def test_allocations_are_counted(roomy_server):
    held, churned = against(roomy_server, "many", "churn")
    assert held["allocations"] == 4 and held["failed"] == 0
    assert churned["allocations"] > 4 and churned["failed"] == 0


class HarmfulForwarder:
    """Hands what clients send to one peer. Of 100 packets one is harmed in each way that is asked for, none in two ways."""

    HARMS = ("dropped", "copied", "swapped", "changed")

    def __init__(self, harms: tuple[str, ...], peer_port: int):
        self.harms, self.peer = harms, ("127.0.0.1", peer_port)
        self.done = Counter()
        self.held = {}  # client -> the packet that leaves after its next one
        self.chance = random.Random(1)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.01)
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()
        self.socket.close()

    def run(self):
        while not self.stopping.is_set():
            with contextlib.suppress(TimeoutError):
                self.forward(*self.socket.recvfrom(2048))

    def forward(self, packet, client):
        dice = self.chance.randrange(100)
        harm = self.harms[dice] if dice < len(self.harms) else None
        if client in self.held:
            packets, harm = [packet, self.held.pop(client)], "swapped"
        elif harm == "swapped":
            packets, harm = [], None  # once it has happened
            self.held[client] = packet
        elif harm == "changed":
            place = self.chance.randrange(len(packet))
            packets = [packet[:place] + bytes([packet[place] ^ 1 << self.chance.randrange(8)]) + packet[place + 1 :]]
        else:
            packets = [packet] * {"dropped": 0, "copied": 2}.get(harm, 1)
        self.done[harm] += 1
        for each in packets:
            self.socket.sendto(each, self.peer)


@pytest.mark.parametrize("harms", [(), *((harm,) for harm in HarmfulForwarder.HARMS), HarmfulForwarder.HARMS], ids="+".join)
def test_the_books_agree_with_a_forwarder_that_harms(harms):
    peer_port = free_port()
    with HarmfulForwarder(harms, peer_port) as forwarder:
        words = ["audio", "--direction", "to_peer", "--rate", "500", "--frame", "2", "--peer-port", str(peer_port)]
        (result,) = bench(f"forwarder:127.0.0.1:{forwarder.socket.getsockname()[1]}", *words)
    assert result["sent"] > 1000
    found = {"dropped": result["lost"] - len(forwarder.held)}
    found |= {harm: result[name] for harm, name in (("copied", "duplicated"), ("swapped", "reordered"), ("changed", "corrupt"))}
    assert found == {harm: forwarder.done[harm] for harm in HarmfulForwarder.HARMS}
    assert all(found[harm] > 0 for harm in harms)
    assert result["sent"] == result["received"] + result["lost"] + result["corrupt"]


def test_frames_as_a_driver_brings_them_are_relayed():
    program = Path(BENCH).with_name("turnpike-live")
    assert os.geteuid() == 0 and program.exists(), "needs root and a build with the kernel engine"
    done = subprocess.run([program, "20000", "0"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [result["scenario"] for result in results] == ["audio", "video"]
    assert all(result["alone_us_per_packet"] > 0 for result in results)


def test_what_limits_add_to_the_program_is_told_for_both_hooks():
    program = Path(BENCH).with_name("turnpike-program")
    assert os.geteuid() == 0 and program.exists(), "needs root and a build with the kernel engine"
    done = subprocess.run([program, "5"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = [line for line in map(PROGRAM_LINE.match, done.stdout.splitlines()) if line]
    asked = [(hook, limits) for hook in ("tc", "xdp") for limits in ("no limits", "of a user and a room")]
    assert set(asked) <= {(line[1], line[2]) for line in lines}, done.stdout
    assert all(0 < int(line[3]) < 100_000 for line in lines)


@contextlib.contextmanager
def echo(*words: str):
    """The address that it says it has, and its pid."""
    with subprocess.Popen([BENCH, "--echo", "127.0.0.1:0", *words], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().removeprefix("echo at ").strip(), str(process.pid)
        finally:
            process.kill()


@pytest.mark.parametrize("batch", [[], ["--batch"]], ids=["single", "batch"])
@pytest.mark.parametrize("scenario", ["audio", "video", "indications", "tls"])
def test_the_peer_may_be_another_process_that_echoes(roomy_server, scenario, batch):
    with echo(*batch) as (address, pid):
        (result,) = against(roomy_server, scenario, "--peer", address, "--peer-pid", pid)
    assert {field: result[field] for field in HARMLESS} == HARMLESS
    assert result["sent"] == result["received"] > 0
    assert result["relayed"] == 2 * result["latency_us"]["count"]
    assert 0 < result["usage"]["peer_us"] < 1e6 * result["seconds"]


def test_a_peer_that_only_echoes_is_none_for_one_way(roomy_server):
    words = ["fanout", "--peer", "127.0.0.1:9", "-u", "user", "-w", USERS["user"], *SHORT]
    done = subprocess.run([BENCH, f"turn:127.0.0.1:{roomy_server.port}", *words], capture_output=True, text=True, timeout=10)
    assert done.returncode == 1 and "a peer of another process can only echo" in done.stderr


def test_a_comparison_becomes_a_table_and_plots(tmp_path):
    """On loopback and much too short to mean anything."""
    script = [ROOT / "scripts/bench", "--no-build", "--loopback", "--rounds", "1", "--seconds", "0.2", "--many", "32"]
    servers = "turnpike-sockets,forwarder,livekit,direct"
    words = ["--scenarios", "near-audio,audio,tls,churn", "--only", "same-host,other-host,allocations", "--servers", servers, "--bin", Path(BENCH).parent]
    output = ["--output", tmp_path / "RESULTS.md", "--raw", tmp_path / "raw.jsonl"]
    done = subprocess.run([*script, *words, *output], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "RESULTS.md").read_text()
    rows = [line.split(" | ") for line in text.splitlines() if line.startswith("| `")]
    assert any(row[0].startswith("| `churn`: rate") and re.match(r"[\d,.]+", row[2]) for row in rows), rows
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == [
        "Goals",
        "The SFU on the same host, clients over UDP",
        "The SFU on another host, clients over UDP",
        "Allocations",
        "Packets",
    ]
    measured = [json.loads(line) for line in (tmp_path / "raw.jsonl").read_text().splitlines()]
    assert [(m["server"], m["scenario"]) for m in measured[1:]] == [
        ("direct", "near-audio"),
        ("turnpike-sockets", "near-audio"),
        ("livekit", "near-audio"),
        ("direct", "audio"),
        ("turnpike-sockets", "audio"),
        ("forwarder", "audio"),
        ("turnpike-sockets", "churn"),
    ]
    assert all(m["lost"] == 0 and m["received"] > 0 for m in measured if m.get("scenario") == "near-audio")
    assert (tmp_path / "results/same-host.svg").read_text().startswith("<svg")
