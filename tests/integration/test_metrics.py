"""/metrics tells what real clients did, names nobody, and is served whatever scrapers do."""

import collections
import concurrent.futures
import contextlib
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

import wire
from client import Client, Peer
from control_socket import ControlSocket
from credentials import in_seconds, livekit
from kernel_scene import CONFIG as IN_KERNEL
from kernel_scene import Call, three_hosts
from livekit_messages import KEY, SECRET, Http, event, launch_beside_livekit
from metrics_page import Page
from namespace import connect
from server import merged

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/monitoring.md"
CHANNEL = 0x4000
PATIENCE_S = 5
EVERYTHING = {"webhook": True, "ice_urls": ["turn:127.0.0.1:3478"]}
UPSTREAM = "127.0.0.1:7880"


def scrape(http: Http) -> Page:
    status, text, fields = http.request("GET", "/metrics")
    assert status == 200 and fields["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Page(text)


def start(launch, **sections) -> tuple:
    """A server and its control listener."""
    return launch_beside_livekit(launch, EVERYTHING, **sections)


def until_page(http: Http, holds) -> Page:
    """The first one that it holds for."""
    until = time.monotonic() + PATIENCE_S
    while not holds(page := scrape(http)):
        assert time.monotonic() < until, page.samples
    return page


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_packets_and_bytes_are_those_that_clients_and_peers_sent(launch, transport):
    server, http = start(launch)
    sizes = [10, 200, 1000]
    with Peer() as peer, Client(server, transport) as client:
        relay = client.relay()
        assert client.bind(CHANNEL, peer.address) == 0
        for size in sizes:
            client.send_channel(CHANNEL, bytes(size))
            assert peer.receive() == (bytes(size), relay)
        peer.send(bytes(50), relay)
        assert client.receive().data == bytes(50)
        page = scrape(http)
        whose = {"transport": transport, "engine": "sockets"}
        for direction, packets, volume in (("from_client", len(sizes), sum(sizes)), ("to_client", 1, 50)):
            assert page.value("turnpike_relayed_packets_total", direction=direction, **whose) == packets
            assert page.value("turnpike_relayed_bytes_total", direction=direction, **whose) == volume
            assert page.value("turnpike_queueing_duration_seconds_count", direction=direction) == 1
            assert page.value("turnpike_relayed_packets_total", direction=direction) == packets, "and nothing of others"
        assert page.value("turnpike_allocations", transport=transport) == page.value("turnpike_allocations") == 1
        assert page.value("turnpike_relay_ports", state="leased") == 1
        assert page.value("turnpike_requests_total", method="allocate", code="0") == 1
        assert page.value("turnpike_requests_total", method="allocate", code="401") == 1
        assert page.value("turnpike_requests_total", method="channel_bind", code="0") == 1
        assert page.value("turnpike_refusals_total", cause="no_credentials") == 1
        assert page.value("turnpike_connections", standing="client") == (transport != "udp")
        assert page.value("turnpike_handshake_duration_seconds_count") == (transport == "tls")
        assert 0 < page.value("turnpike_allocate_duration_seconds_sum") < 1
        assert client.refresh(0).code == 0
        client.has_allocation = False
        page = scrape(http)
        assert page.value("turnpike_allocations") == 0 and page.value("turnpike_allocations_ended_total", reason="deleted") == 1


def test_drops_refusals_and_failures_are_told_by_cause(launch):
    server, http = start(launch)
    with Peer() as peer, Client(server) as client, Client(server, password="wrong") as guesser:
        relay = client.relay()
        for _ in range(3):
            peer.send(b"from whom nothing is permitted", relay)
        assert guesser.ask(guesser.signed(wire.ALLOCATE, [wire.UDP])).code == 401
        with socket.create_connection(("127.0.0.1", server.tls_port)) as no_tls:
            no_tls.sendall(b"GET / HTTP/1.1\r\n\r\n")
            no_tls.settimeout(PATIENCE_S)
            # OpenSSL 3.5 leaves what it did not read, for which the kernel resets.
            with contextlib.suppress(ConnectionResetError):
                no_tls.recv(100)
        page = until_page(http, lambda page: page.value("turnpike_dropped_packets_total", reason="no_route") == 3)
    assert page.value("turnpike_refusals_total", cause="wrong_integrity") == 1
    assert page.value("turnpike_handshakes_failed_total", cause="not_tls") == 1
    assert page.value("turnpike_connections_closed_total", cause="handshake_failed") == 1


def test_LiveKit_is_told_of_in_numbers(launch, tmp_path):
    path = str(tmp_path / "control.sock")
    server, http = start(launch, control={"socket": path})
    with Client(server, **livekit(KEY, SECRET, "PA_alice", in_seconds(300))) as client:
        client.relay()
        assert http.hook(event("participant_joined", "PA_alice", room="secret-room", later_s=-1)) == 200
        assert http.hook(b"{}", "rubbish") == 401
        assert http.request("POST", "/livekit/ice-servers", Authorization="Bearer rubbish")[0] == 401
        assert ControlSocket(path).room("secret-room")  # has the accounts read ahead of their time
        page = scrape(http)
        assert page.value("turnpike_participants") == page.value("turnpike_rooms") == 1
        assert http.hook(event("participant_left", "PA_alice", "PARTICIPANT_REMOVED", room="secret-room")) == 200
        page = scrape(http)
        client.has_allocation = False
    assert page.value("turnpike_barred_participants") >= 1
    assert page.value("turnpike_webhooks_total", result="done") == 2
    assert page.value("turnpike_webhooks_total") == 3
    assert page.value("turnpike_token_exchanges_total", result="refused") == 1
    assert page.value("turnpike_allocations_ended_total", reason="revoked") == 1


def test_what_the_kernel_relays_is_told_once_before_and_after_the_end(launch):
    with three_hosts("metrics-", connect) as hosts:
        server = launch(IN_KERNEL, hosts[0])

        def page() -> Page:
            control = ControlSocket(server.config["control"]["socket"])
            control.request("GET", "/metrics")
            return Page(control.getresponse().read().decode())

        def of_kernel(page: Page) -> list[float]:
            names = ("turnpike_relayed_packets_total", "turnpike_relayed_bytes_total")
            return [page.value(name, engine="kernel", direction=way) for name in names for way in ("from_client", "to_client")]

        assert page().value("turnpike_kernel_engine") == 1
        with Call(hosts, server, "4", "4") as call:
            before = page()
            assert before.value("turnpike_kernel_flows") == before.value("turnpike_kernel_flows_added_total") == 2
            assert before.value("turnpike_kernel_interfaces", engine="tc") == 3
            call.exchange([bytes(100), bytes(23)])
            assert of_kernel(page()) == [2, 2, 123, 123]
            assert of_kernel(page()) == [2, 2, 123, 123]
            call.exchange([bytes(7)])
            assert of_kernel(page()) == [3, 3, 130, 130]
            assert call.client.refresh(0).code == 0
            call.client.has_allocation = False
            after = page()
            assert of_kernel(after) == [3, 3, 130, 130]
            assert after.value("turnpike_relayed_packets_total", engine="sockets") == 0
            assert after.value("turnpike_kernel_packets_total", event="relayed") == 6 and after.value("turnpike_kernel_flows") == 0


def test_a_page_names_nobody(launch):
    server, http = start(launch)
    with Peer() as peer, Client(server, **livekit(KEY, SECRET, "PA_alice", in_seconds(300))) as client:
        client.relay()
        assert client.bind(CHANNEL, peer.address) == 0
        assert http.hook(event("participant_joined", "PA_alice", room="secret-room", identity="alice")) == 200
        text = http.request("GET", "/metrics")[1]
    assert [word for word in ("127.0.0.1", "::1", "PA_alice", "secret-room", "alice", KEY) if word in text] == []


def test_the_certificate_and_the_last_reload_are_told(launch):
    server, http = start(launch)
    page = scrape(http)
    left_s = page.value("turnpike_certificate_expiry_timestamp_seconds") - time.time()
    assert 1.9 * 86400 < left_s <= 2 * 86400
    assert page.value("turnpike_config_last_reload_successful") == 1
    good = server.config
    server.config = merged(good, {"realm": 7, "nonsense": True})
    server.reload()
    server.wait_for_log("reload_refused")
    assert scrape(http).value("turnpike_config_last_reload_successful") == 0
    server.config = good
    server.reload()
    until_page(http, lambda page: page.value("turnpike_config_last_reload_successful") == 1)


def test_why_no_new_client_is_served_is_told_as_readyz_tells_it(launch):
    server, http = start(launch)
    with Client(server) as client:
        client.relay()
        assert (http.get("/readyz"), scrape(http).value("turnpike_ready")) == (200, 1)
        server.process.send_signal(signal.SIGUSR1)
        page = until_page(http, lambda page: page.value("turnpike_ready") == 0)
        assert http.request("GET", "/readyz")[:2] == (503, "draining\n")
        assert page.value("turnpike_obstacle", reason="draining") == page.value("turnpike_obstacle") == 1
    assert server.process.wait(PATIENCE_S) == 0


def test_all_of_a_workers_time_is_told(launch, workers):
    _, http = start(launch)
    before, began = scrape(http), time.monotonic()
    while time.monotonic() < began + 0.5:
        after = scrape(http)
    passed_s = time.monotonic() - began
    for worker in map(str, range(workers)):
        names = ("turnpike_worker_working_seconds_total", "turnpike_worker_waiting_seconds_total")
        told_s = sum(page.value(name, worker=worker) * sign for name in names for page, sign in ((after, 1), (before, -1)))
        assert 0.7 * passed_s < told_s < 1.3 * passed_s
        assert after.value(names[0], worker=worker) > before.value(names[0], worker=worker)


def test_scrapers_in_crowds_share_collections_and_media_go_on(launch):
    server, http = start(launch)
    with Peer() as peer, Client(server) as client, concurrent.futures.ThreadPoolExecutor(20) as crowd:
        relay = client.relay()
        assert client.bind(CHANNEL, peer.address) == 0
        began = time.monotonic()
        pages = [crowd.submit(scrape, http) for _ in range(200)]
        for number in range(200):
            client.send_channel(CHANNEL, number.to_bytes(2, "big"))
            assert peer.receive() == (number.to_bytes(2, "big"), relay)
        counts = sorted(page.result().value("turnpike_relayed_packets_total", direction="from_client") for page in pages)
        passed_s = time.monotonic() - began
    assert len(set(counts)) <= passed_s / 0.1 + 2, "no more collections than ten a second"
    assert scrape(http).value("turnpike_relayed_packets_total", direction="from_client") == 200


@pytest.mark.parametrize(
    ("request_line", "fields", "status"),
    [
        ("POST /metrics HTTP/1.1", "Content-Length: 0\r\n", 405),
        ("GET /metrics/ HTTP/1.1", "", 404),
        ("GET /metrics HTTP/1.1", f"X: {'x' * 9000}\r\n", 431),
        ("GET /metrics HTTP/1.1", "Content-Length: 100000\r\n", 413),
        ("GET /metrics HTTP/9.9", "", 400),
        ("GET /metrics?name[]=x HTTP/1.1", "", 200),
        ("HEAD /metrics HTTP/1.1", "", 200),
    ],
)
def test_bad_requests_get_what_the_other_endpoints_give(launch, request_line, fields, status):
    _, http = start(launch)
    host, port = http.base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(f"{request_line}\r\nHost: {host}:{port}\r\n{fields}\r\n".encode())
        answer = connection.recv(12)
    assert answer == f"HTTP/1.1 {status}".encode()
    assert scrape(http)


def test_the_control_socket_serves_the_same(launch, tmp_path):
    path = str(tmp_path / "control.sock")
    _, http = start(launch, control={"socket": path})
    control = ControlSocket(path)
    control.request("GET", "/metrics")
    response = control.getresponse()
    assert response.status == 200 and Page(response.read().decode()).kinds == scrape(http).kinds


def test_promtool_finds_nothing_to_complain_of(launch):
    _, http = start(launch)
    done = subprocess.run(["promtool", "check", "metrics"], input=http.request("GET", "/metrics")[1], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def rows_of(title: str) -> list[list[str]]:
    """The cells of the table in this section of the page."""
    section = DOCUMENT.read_text().split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]
    table = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def code(words) -> str:
    return " ".join(f"`{word}`" for word in words)


def test_the_documentation_has_every_metric_as_it_is_exposed(launch):
    _, http = start(launch, http={"upstream": UPSTREAM}, fleet={"redis": {"url": "redis://127.0.0.1:1"}})
    page = scrape(http)
    units = {name: (re.findall(r"_(seconds|bytes)(?:_total)?$", name) or [""])[0] for name in page.kinds}
    exposed = [[f"`{name}`", kind, units[name], code(page.labels(name)), page.helps[name]] for name, kind in page.kinds.items()]
    assert sorted(rows_of("Metrics")) == sorted(exposed)


def test_the_documentation_has_every_value_of_every_label(launch, workers):
    _, http = start(launch, http={"upstream": UPSTREAM}, fleet={"redis": {"url": "redis://127.0.0.1:1"}})
    page = scrape(http)
    exposed = collections.defaultdict(list)
    for name in page.kinds:
        for label, values in page.labels(name).items():
            exposed[label, tuple(values)].append(name)
    assert exposed.pop(("worker", tuple(map(str, range(workers)))))
    assert exposed.pop(("upstream", (UPSTREAM,)))
    assert exposed.pop(("version", tuple(page.labels("turnpike_build_info")["version"])))
    assert exposed.pop(("code", ("0",))), "and the codes of refusals, once there are some"
    documented = {(label.strip("`"), tuple(values.replace("`", "").split())): metrics.replace("`", "").split() for metrics, label, values in rows_of("Labels")}
    assert {key: sorted(names) for key, names in documented.items()} == {key: sorted(names) for key, names in exposed.items()}


def test_the_documentation_has_every_word_of_readyz(launch):
    _, http = start(launch)
    words = [cells[0].strip("`") for cells in rows_of("Ready or not")]
    assert words == scrape(http).labels("turnpike_obstacle")["reason"]
    assert all(re.fullmatch(r"[a-z_]+", word) for word in words)
