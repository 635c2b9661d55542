"""Under load, with churn, scrapes, questions and reloads, memory and descriptors stay as they are, and the server has counted what the
generator has sent. TEST_SOAK_S says for how long; scripts/nightly takes its time."""

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import time

import pytest

from client import Client, Peer
from control_socket import ControlSocket
from livekit_messages import Http, event, launch_beside_livekit
from metrics_page import Page
from server import BINARY, USERS, die_with_parent, make_certificate

BENCH = os.environ.get("TEST_BENCH", "turnpike-bench")
SOAK_S = float(os.environ.get("TEST_SOAK_S", "120"))
LOAD = 0.6  # of what goes on this machine, with the generator on it, too
RATE = 50  # packets a second of an audio client
CLIENTS_MIN, CLIENTS_MAX = 50, 2000
UNLOADED_LOST_MAX = 0.01  # up to here the machine carries the load
LOST_MAX = 0.05  # as the system takes the processor away for a moment; the books know of each
ROUND_S = 2
SHIFT_S = 60
HANDS = 2  # that make and end allocations all the time
TRANSPORTS = ("udp", "tcp", "tls")
CHANNEL = 0x4000
ASKED = ("/rooms", "/engine")
COMMANDS = ("status", "sessions")
# What may be more at the end than it was, in descriptors of what comes and goes, and in what the allocator keeps.
DESCRIPTORS_MORE = 2 * HANDS + 8
MEMORY_MORE, MEMORY_MORE_BYTES = 0.02, 1 << 20
ENDS_WITHIN_S = 30


@pytest.fixture(scope="module")
def workers() -> int:
    return 2


class Scene:
    """A server with a certificate of its own, whom it is asked through, and the generator."""

    def __init__(self, launch, folder):
        self.certificates = [make_certificate(folder, name) for name in ("one", "two")]
        self.in_use = [folder / "in-use.crt", folder / "in-use.key"]
        self.renew(0)
        socket = str(folder / "control.sock")
        sections = {
            "tls": {"certificate": str(self.in_use[0]), "key": str(self.in_use[1])},
            "control": {"socket": socket},
            "limits": {"connections_per_ip": 0},
        }
        self.server, self.http = launch_beside_livekit(launch, {"webhook": True, "ice_urls": ["turn:127.0.0.1:3478"]}, **sections)
        self.control = ControlSocket(socket)

    def renew(self, number: int) -> None:
        for source, target in zip(self.certificates[number % 2], self.in_use, strict=True):
            shutil.copyfile(source, target)

    def bench(self, scenario: str, seconds: float, *words: str) -> subprocess.Popen:
        credentials = ["--username", "user", "--password", USERS["user"], "--tls-port", str(self.server.tls_port)]
        measured = ["--json", "--warm-up", "0", "--seconds", str(seconds)]
        command = [BENCH, f"turn:127.0.0.1:{self.server.port}", scenario, *credentials, *measured, *words]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent)

    def page(self) -> Page:
        return scraped(self.http)


def scraped(http: Http) -> Page:
    status, text, _ = http.request("GET", "/metrics")
    assert status == 200
    return Page(text)


def books(generator: subprocess.Popen, seconds: float) -> dict:
    """What it says in the end."""
    out, errors = generator.communicate(timeout=seconds + ENDS_WITHIN_S)
    assert generator.returncode == 0, errors
    return json.loads(out)


def clients_for_the_load(scene: Scene) -> int:
    """This part of as many as this machine has room for, each sending at the rate, without a loss."""
    most, next_ones = CLIENTS_MIN, CLIENTS_MIN
    while next_ones < CLIENTS_MAX:
        run = books(scene.bench("audio", 2, "--clients", str(next_ones), "--rate", str(RATE)), 2)
        if run["lost"] > UNLOADED_LOST_MAX * run["sent"]:
            break
        most, next_ones = next_ones, next_ones * 5 // 4
    return int(LOAD * most)


def allocations_of_a_room(scene: Scene) -> int:
    before = scene.page().value("turnpike_allocations_started_total")
    books(scene.bench("room", 1), 1)
    return int(scene.page().value("turnpike_allocations_started_total") - before)


def settled(scene: Scene) -> Page:
    """Once every allocation and connection has gone."""
    until = time.monotonic() + ENDS_WITHIN_S
    while True:
        page = scene.page()
        if page.value("turnpike_allocations") == page.value("turnpike_connections") == page.value("turnpike_relay_ports", state="leased") == 0:
            return page
        assert time.monotonic() < until, page.samples
        time.sleep(0.2)


def visit(scene: Scene, number: int) -> Page:
    """One round beside the load: somebody calls over each transport, joins and leaves a room, the operator asks, renews and reloads."""
    sid = f"PA_{number}"
    with contextlib.ExitStack() as stack, Peer() as peer:
        assert scene.http.hook(event("participant_joined", sid, room=f"room-{number % 7}")) == 200
        for transport in TRANSPORTS:
            client = stack.enter_context(Client(scene.server, transport))
            client.relay()
            assert client.bind(CHANNEL, peer.address) == 0
            client.send_channel(CHANNEL, bytes(100))
            assert peer.receive(seconds=10), "the load leaves no room"
        for path in ASKED:
            assert scene.control.get(path)
        for command in COMMANDS:
            told = subprocess.run([BINARY, command, "--control.socket", scene.control.path], check=True, capture_output=True, text=True, timeout=30)
            assert "allocations" in told.stdout
        assert scene.http.hook(event("participant_left", sid, room=f"room-{number % 7}")) == 200
    scene.renew(number)
    scene.server.config["limits"]["lifetime_max_s"] = 3600 + number
    scene.server.reload()
    return scene.page()


def grows(values: list[float], more: float) -> bool:
    """From the second quarter, when all is there that is needed, to the last one."""
    quarter = len(values) // 4
    return statistics.median(values[-quarter:]) > statistics.median(values[quarter : 2 * quarter]) + more


def assert_flat(pages: list[Page]) -> None:
    descriptors = [page.value("process_open_fds") for page in pages]
    memory = [page.value("process_resident_memory_bytes") for page in pages]
    print(f"descriptors {descriptors[:3]} ... {descriptors[-3:]}, MB {[round(each / 1e6, 1) for each in memory[:: max(1, len(memory) // 16)]]}")
    assert not grows(descriptors, DESCRIPTORS_MORE), descriptors
    assert not grows(memory, MEMORY_MORE * memory[len(memory) // 4] + MEMORY_MORE_BYTES), memory


def load_between(first: Page, last: Page) -> float:
    worked, waited = (last.value(f"turnpike_worker_{name}_seconds_total") - first.value(f"turnpike_worker_{name}_seconds_total") for name in ("working", "waiting"))
    return worked / (worked + waited)


def shift(scene: Scene, clients: int, pages: list[Page]) -> dict[str, dict]:
    """So long the generator keeps its clients, which refresh nothing; its books by scenario."""
    began, rounds = time.monotonic(), 0
    load = {
        "audio": scene.bench("audio", SHIFT_S, "--clients", str(clients), "--rate", str(RATE)),
        "room": scene.bench("room", SHIFT_S),
        "churn": scene.bench("churn", SHIFT_S, "--clients", str(HANDS)),
    }
    while time.monotonic() < began + SHIFT_S - ROUND_S:
        assert all(each.poll() is None for each in load.values()), "a generator has ended"
        pages.append(visit(scene, len(pages)))
        rounds += 1
        time.sleep(max(0.0, began + ROUND_S * rounds - time.monotonic()))
    return {scenario: books(each, ROUND_S) for scenario, each in load.items()}


def test_memory_and_descriptors_are_flat_and_the_books_agree(launch, tmp_path):
    scene = Scene(launch, tmp_path)
    clients, in_room = clients_for_the_load(scene), allocations_of_a_room(scene)
    before, pages = settled(scene), []
    shifts = [shift(scene, clients, pages) for _ in range(max(1, round(SOAK_S / SHIFT_S)))]
    after = settled(scene)

    def generated(scenario: str, field: str) -> int:
        return sum(each[scenario][field] for each in shifts)

    def grown(name: str, **labels: str) -> float:
        return after.value(name, **labels) - before.value(name, **labels)

    own = len(TRANSPORTS) * len(pages)
    sent = generated("audio", "sent") + generated("room", "sent")
    lost = generated("audio", "lost") + generated("room", "lost")
    print(f"{clients} clients at {RATE}/s, {len(pages)} rounds in {len(shifts)} shifts, workers busy {load_between(pages[0], pages[-1]):.0%}")
    print(f"sent {sent}, lost {lost}, relayed {grown('turnpike_relayed_packets_total'):.0f}, allocations {grown('turnpike_allocations_started_total'):.0f}")
    assert lost <= LOST_MAX * sent
    relayed = sent + generated("audio", "sent") + own  # an echo is relayed twice
    assert relayed - 2 * lost <= grown("turnpike_relayed_packets_total") <= relayed
    assert generated("churn", "failed") == 0
    started = len(shifts) * (clients + in_room) + generated("churn", "allocations") + own
    assert started <= grown("turnpike_allocations_started_total") <= started + HANDS * len(shifts), "and those that the end of a shift has cut short"
    assert grown("turnpike_allocations_ended_total") == grown("turnpike_allocations_started_total") == grown("turnpike_allocate_duration_seconds_count")
    assert grown("turnpike_webhooks_total", result="done") == 2 * len(pages)
    assert after.value("process_open_fds") <= before.value("process_open_fds") + 2
    assert max(page.value("turnpike_workers_late") for page in [*pages, after]) == 0
    assert_flat(pages)
