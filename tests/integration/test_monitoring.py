"""Prometheus scrapes a server while clients come, relay and go: each expression of the board and of the alerts gives a value."""

import contextlib
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from client import Client, Peer
from livekit_messages import event, launch_beside_livekit
from prometheus import Prometheus
from redis_server import RedisServer
from server import free_port

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/tidy"))
import pages  # noqa: E402

BOARD = json.loads((ROOT / "conf/grafana/turnpike.json").read_text())
RULES = ROOT / "conf/prometheus/turnpike.rules.yml"
CHANNEL = 0x4000
ROUNDS_MAX = 20
PACKETS_OF_A_ROUND = 3 * 5 * 2
COMPARISON = re.compile(r" (==|!=|>=|<=|>|<) ")
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]


@pytest.fixture(scope="module")
def workers() -> int:
    return 2


def expressions_of_the_board() -> list[str]:
    """With what Grafana puts in for its variables."""
    variables = {"$__rate_interval": "5s", "$job": ".*", "$instance": ".*"}
    found = []
    for target in (target for panel in PANELS for target in panel["targets"]):
        expression = target["expr"]
        for name, value in variables.items():
            expression = expression.replace(name, value)
        assert "$" not in expression
        found.append(expression)
    return found


def sides_of_the_alerts(prometheus: Prometheus) -> list[str]:
    """What each alert compares, and with shorter times: where all is well its comparison gives nothing."""
    rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert rules and all(rule["health"] == "ok" for rule in rules)
    sides = []
    for rule in rules:
        for part in re.split(r" (?:and|unless)(?: on \([a-z, ]*\))? ", re.sub(r"\s+", " ", rule["query"])):
            left, *right = COMPARISON.split(re.sub(r"\[\d+m\]", "[5s]", part))
            assert right, part
            sides.append(left)
    return sides


def come_and_go(server, hooks) -> None:
    """Something of everything."""
    with contextlib.ExitStack() as stack, Peer() as peer:
        for transport in ("udp", "tcp", "tls"):
            client = stack.enter_context(Client(server, transport))
            relay = client.relay()
            assert client.bind(CHANNEL, peer.address) == 0
            for _ in range(5):
                client.send_channel(CHANNEL, bytes(100))
                assert peer.receive()
                peer.send(bytes(200), relay)
                assert client.receive()
    assert hooks.hook(event("participant_joined", "PA_somebody")) == 200
    with socket.create_connection(("127.0.0.1", server.tls_port)) as no_tls:
        no_tls.sendall(b"no TLS at all, but long enough to see that\r\n")


def test_each_expression_of_board_and_alerts_gives_a_value(launch, tmp_path):
    redis = RedisServer(tmp_path)
    sections = {"http": {"upstream": f"127.0.0.1:{free_port()}"}, "fleet": {"redis": {"url": redis.url}}}
    server, hooks = launch_beside_livekit(launch, {"webhook": True, "ice_urls": ["turn:127.0.0.1:3478"]}, **sections)
    with redis, Prometheus(tmp_path, hooks.base.removeprefix("http://"), RULES) as prometheus:
        missing = expressions_of_the_board() + sides_of_the_alerts(prometheus)
        assert len(missing) > 60
        for rounds in range(1, ROUNDS_MAX + 1):
            come_and_go(server, hooks)
            missing = [each for each in missing if not any(value == value for value in prometheus.values(each))]  # and not NaN
            if not missing:
                break
        assert missing == []
        assert prometheus.wait_for(f"sum(turnpike_relayed_packets_total) == {PACKETS_OF_A_ROUND * rounds}")
        assert prometheus.values('ALERTS{alertstate="firing"}') == []


def test_alerts_fire_when_they_should(tmp_path):
    """The cases are Prometheus's own."""
    cases = Path(__file__).with_name("alerts.yml")
    done = subprocess.run(["promtool", "test", "rules", cases], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    tested = set(re.findall(r"alertname: (\w+)", cases.read_text()))
    assert tested == set(re.findall(r"alert: (\w+)", RULES.read_text())), "and each has a case"


def test_promtool_takes_the_configuration_of_the_page(tmp_path):
    (found,) = [body for _, info, body in pages.blocks_of((ROOT / "docs/monitoring.md").read_text()) if info == "yaml prometheus.yml"]
    (tmp_path / RULES.name).write_text(RULES.read_text())
    (tmp_path / "prometheus.yml").write_text(found)
    done = subprocess.run(["promtool", "check", "config", "--lint=all", "--lint-fatal", tmp_path / "prometheus.yml"], capture_output=True, text=True)
    assert done.returncode == 0 and "1 rule files found" in done.stdout, done.stdout + done.stderr


def test_promtool_takes_the_rules():
    done = subprocess.run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", RULES], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_documentation_has_every_alert():
    alerts = re.findall(r"- alert: (\w+)[\s\S]*?severity: (\w+)", RULES.read_text())
    documented = re.findall(r"^\| `(Turnpike\w+)` \| (\w+) \|", (ROOT / "docs/monitoring.md").read_text(), re.MULTILINE)
    assert documented == alerts


def test_the_board_is_one_that_grafana_can_show():
    panels = BOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert max(x for x, _ in cells) < 24 and not cells & taken, panel["title"]
        taken |= cells
    for panel in PANELS:
        assert panel["title"] and panel["description"].endswith(".") and panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"] == {"type": "prometheus", "uid": "${datasource}"}
        assert len({target["refId"] for target in panel["targets"]}) == len(panel["targets"]) > 0
    assert {row["title"] for row in panels if row["type"] == "row"} >= {"Health", "Traffic", "Allocations", "Requests and refusals", "Kernel engine", "Load"}
