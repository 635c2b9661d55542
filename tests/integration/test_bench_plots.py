"""Results and plots of the measurements: written anew from the rounds that are kept, the same each time, and no label over another."""

import itertools
import json
import subprocess
import sys
import xml.etree.ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from harness import results, rounds, sizing  # noqa: E402

PYTHON = "/usr/bin/python3"  # Debian's, for it has matplotlib
SERVERS = ["turnpike-kernel", "turnpike-limits", "turnpike-sockets", "coturn", "pion", "livekit", "forwarder", "turnpike-xdp", "haproxy"]
# Scenarios and the fields that plots show of them.
DRAWN = {
    **dict.fromkeys(["near-1200", "near-video", "audio", "video", "video-gso", "indications", "fanout"], ["net_us_per_packet"]),
    "near-audio": ["net_us_per_packet", "relayed_per_s"],
    "neighbour": ["gigabits_per_s"],
    **dict.fromkeys(["tcp", "tcp-frames", "tls", "tls-frames"], ["server_us_per_packet"]),
    "tcp-flood": ["relayed_per_s"],
    **dict.fromkeys(["web-download", "web-upload"], ["gigabits_per_s", "server_ms_per_gigabyte"]),
    "web-requests": ["requests_per_s", "server_us_per_request"],
}
PLOTS = ["latency.svg", "loss.svg", "other-host.svg", "same-host.svg", "tcp.svg", "tls.svg", "web.svg"]
RATES = [20_000, 25_000, 31_000, 119_000, 455_000]
USAGE = {"server_us": 1, "peer_us": 0, "generator_us": 1, "kernel_us": 1, "busy_us": 3, "stolen_us": 0, "cores_busy": [0.5, 0.5]}
FAULTS = dict.fromkeys(["duplicated", "reordered", "corrupt", "refused", "late_frames"], 0)
CONDITIONS = {
    "rounds": 5,
    "seconds": 0.8,
    "many": 10_000,
    "server_cpu": 0,
    "load_cpu": 1,
    "cpu": "64 cores (A processor whose maker could not stop at a short name, with frequency and stepping)",
    "kernel": "Linux 6.18.44-some-long-suffix",
    "turnpike": "0.1.0",
    "coturn": "4.6.1-1",
    "pion": "v5.1.3, go version go1.26.8 linux/amd64",
    "livekit": "v1.13.5",
    "load_before": 0.1,
    "load_after": 0.2,
    "near": "loopback",
    "far": "loopback",
    "unavailable": {},
    "shown": SERVERS,
    "loss_free_rate": 76_000,
}
# What a server's cost and latency are in each round, by the number of the server.
SPREADS = {
    "one round": lambda server: [3.0 + server],
    "rounds that agree": lambda server: [12.5] * 5,
    "rounds far apart": lambda server: [0.01, 5.0, 9.0, 10.0, 1_000.0 * (server + 1)],
    "less than nothing": lambda server: [-4.0 + server, -0.01, 0.0],
    "nothing at all": lambda server: [0.0, 0.0],
}


def rounds_of(spread):
    for (place, server), (scenario, fields) in itertools.product(enumerate(SERVERS), DRAWN.items()):
        for number, value in enumerate(spread(place)):
            common = {"server": server, "round": number, "seconds": 0.8, "usage": USAGE, "sent": 1000, **FAULTS}
            yield {**common, "scenario": scenario, "lost": 0, **dict.fromkeys(fields, value)}
            for step, rate in enumerate(RATES if scenario == "audio" else []):
                latency_us = max(100.0, abs(value) * 10 ** (step + place))
                yield {**common, "scenario": "sweep", "lost": step**4, "offered_per_s": rate, "p99_us": latency_us}


def keep_rounds(folder, rounds):
    """Where they are kept: beside the RESULTS.md that is yet to be written."""
    path = folder / "results/rounds.jsonl"
    path.parent.mkdir()
    lines = [{"conditions": CONDITIONS}, *rounds]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def redraw(output):
    """Name -> text of what was written."""
    command = [ROOT / "scripts/bench", "--redraw", "--output", output]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return {path.name: path.read_text() for path in [output, *output.parent.glob("results/*.svg")]}


def test_the_same_rounds_are_the_same_plots(tmp_path):
    keep_rounds(tmp_path, rounds_of(SPREADS["rounds far apart"]))
    output = tmp_path / "RESULTS.md"
    first = redraw(output)
    assert sorted(first) == ["RESULTS.md", *PLOTS]
    assert redraw(output) == first
    for name in PLOTS:
        assert f"![{name}](results/{name})" in first["RESULTS.md"]
        words = "".join(xml.etree.ElementTree.fromstring(first[name]).itertext())
        assert "turnpike-kernel" in words and "5 rounds, 0.8 s a measurement" in words
        assert "date" not in first[name] and "matplotlib.org" not in first[name]


@pytest.mark.parametrize("spread", SPREADS)
def test_no_label_stands_over_another_or_beyond_the_edge(spread, tmp_path):
    kept = keep_rounds(tmp_path, rounds_of(SPREADS[spread]))
    command = [PYTHON, "-B", ROOT / "tests/integration/plot_labels.py", ROOT / "bench", kept]
    plots = json.loads(subprocess.run(command, capture_output=True, text=True, timeout=200, check=True).stdout)
    assert sorted(plots) == PLOTS
    for name, plot in plots.items():
        for text, x0, y0, x1, y1 in plot["labels"]:
            assert 0 <= x0 and x1 <= plot["width"] and 0 <= y0 and y1 <= plot["height"], f"{name}: {text}"
        for (one, *a), (other, *b) in itertools.combinations(plot["labels"], 2):
            apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
            assert apart, f"{name}: {one} and {other}"


# Scenario, field, what servers reached, and how the goal is judged: server, what is asked, reached, met.
GOALS = [
    ("near-audio", "net_us_per_packet", {"turnpike-kernel": 2, "coturn": 12}, ["turnpike-kernel", "5 × coturn", "6.00", "yes"]),
    ("near-audio", "net_us_per_packet", {"turnpike-kernel": 2, "turnpike-sockets": 7}, ["turnpike-kernel", "4 × turnpike-sockets", "3.50", "no"]),
    ("near-audio", "net_us_per_packet", {"turnpike-kernel": -1, "coturn": 12}, ["turnpike-kernel", "5 × coturn", "net ≤ 0", "yes"]),
    ("near-audio", "net_us_per_packet", {"turnpike-kernel": -1}, ["turnpike-kernel", "5 × coturn", "-", "not measured"]),
    ("tcp-frames", "server_us_per_packet", {"turnpike-sockets": 10, "forwarder": 9}, ["turnpike-sockets", "0.9 × forwarder", "0.900", "yes"]),
    ("tcp-flood", "relayed_per_s", {"turnpike-sockets": 89, "forwarder": 100}, ["turnpike-sockets", "0.9 × forwarder", "0.890", "no"]),
    ("neighbour", "gigabits_per_s", {"turnpike-kernel": 99, "direct": 100}, ["turnpike-kernel", "0.98 × no relay", "0.990", "yes"]),
    ("web-download", "gigabits_per_s", {"turnpike-sockets": 26, "haproxy": 50}, ["turnpike-sockets", "0.5 × haproxy", "0.520", "yes"]),
    ("web-upload", "server_ms_per_gigabyte", {"turnpike-sockets": 500, "haproxy": 200}, ["turnpike-sockets", "0.5 × haproxy", "0.400", "no"]),
    ("limits-xdp", "program_ns", {"turnpike-limits": 200, "turnpike-kernel": 170}, ["turnpike-limits", "turnpike-kernel + 25 ns at most", "+30.0", "no"]),
    ("limits-tc", "program_ns", {"turnpike-limits": 210, "turnpike-kernel": 200}, ["turnpike-limits", "0.909 × turnpike-kernel", "0.952", "yes"]),
    ("half-rate", "p90_us", {"turnpike-sockets": 101, "coturn": 100}, ["turnpike-sockets", "1 × coturn", "0.990", "no"]),
]


@pytest.mark.parametrize(("scenario", "field", "reached", "judged"), GOALS, ids=[f"{goal[0]}-{goal[3][-1]}" for goal in GOALS])
def test_goals_are_judged_by_the_medians_of_the_servers_that_they_name(scenario, field, reached, judged):
    rounds = [{"scenario": scenario, "server": server, "round": i, field: value + i} for server, value in reached.items() for i in (-1, 0, 1)]
    table = results.goals(rounds).splitlines()
    assert [row for row in table if row.endswith("| " + " | ".join(judged) + " |")], table


def test_the_page_of_sizes_has_the_tables_that_follow_from_the_rounds():
    """Else: python3 -B -m harness.sizing, in bench/."""
    page = sizing.PAGE.read_text()
    assert page.count("<!-- end -->") == 4
    assert sizing.filled(page, rounds.read(ROOT / "bench/results/rounds.jsonl")[1]) == page
