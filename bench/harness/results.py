"""From measurements to RESULTS.md: medians, ratios to the reference, goals and what was reached, by what a user has."""

import statistics

from .measures import ALLOCATIONS, CLIENTS, MEASURES, NET, OTHER_HOST, REFERENCES, SAME_HOST, SECTIONS, TCP, TLS, WEB, section_of
from .rounds import FAULTS
from .servers import DIRECT, HAPROXY, LIMITS, LIVE, LIVEKIT, REFERENCE
from .spread import spread

NOISE_MAX_PERCENT = 3  # of all CPU time
RATIO_MAX = 100  # more says only that nearly nothing was left to measure
FREE = "net ≤ 0"
FORWARDS = (
    "`forwarder` is the floor, and no relay: one read, one run of datagrams (UDP_SEGMENT, UDP_GRO) and one write a frame, a fixed peer, no TURN, no rules."
)
# What a reader of each part must know.
ABOUT = {
    SAME_HOST: "The SFU is `turnpike-bench --echo`: one socket for all clients and a system call a datagram, as in pion, or batches where the row says so. "
    "It shares address and core with the relay; clients come over a cable. *Net of the generator*: less what the same traffic costs in the same "
    "round that goes from clients to the SFU without a relay; packets a second are bounded by that one core, SFU included. "
    f"`{LIVEKIT}` is LiveKit's server with its embedded relay, and `{LIMITS}` the kernel engine with a limit of bytes that nobody reaches. "
    "The last row is a program that writes to another one on loopback, both on the server's core, beside an idle relay or without one.",
    OTHER_HOST: "Clients, server and SFU are on three hosts. *Net of the generator*: less what the same traffic costs that is sent directly over one cable. "
    "That may be the dearer way, as all of it happens on one core in smaller batches (net ≤ 0). `forwarder` has a socket a client and a call a packet: "
    "no TURN, no rules. The kernel engine's program alone, in test runs of one packet, has the packet's user and room with limits or without, in turn. "
    f"`{LIVE}` is the kernel engine's program alone between two cables, fed with frames as by a driver "
    "(BPF_F_TEST_XDP_LIVE_FRAMES); net of the source, and of what drops the frames where they arrive.",
    TCP: FORWARDS,
    TLS: FORWARDS,
    WEB: f"Visitors over TLS 1.3 (AES-128-GCM), the proxy on its core, and the site behind it on the visitors': where these are busy the rate is theirs, and the "
    f"CPU of the proxy's process tells more. `{HAPROXY}` has one thread; turnpike has a worker, which ends TLS, and its main thread, which speaks HTTP, on one core.",
    ALLOCATIONS: "",
}


def values_of(results, server, measure):
    return [r[measure.field] for r in results if (r["server"], r["scenario"]) == (server, measure.scenario) and measure.field in r]


def median_of(results, server, measure):
    values = values_of(results, server, measure)
    return statistics.median(values) if values else None


def times_better(measure, own, reference):
    """Nothing where there is nothing to compare. What costs less than can be measured is no infinite gain, either."""
    better, worse = (own, reference) if measure.more else (reference, own)
    return better / worse if better and worse and better > 0 and worse > 0 else None


def is_free(measure, value):
    """Relayed traffic cost no more than the same traffic sent directly."""
    return measure.field == NET and value is not None and value <= 0


def show_ratio(ratio):
    return "> 100" if ratio > RATIO_MAX else f"{ratio:.2f}" if ratio >= 1 else f"{ratio:.3f}"


def show(value):
    return "-" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def show_quartiles(values):
    _, first, _, third, _ = spread(values)
    return f" ({show(first)} to {show(third)})"


def to_table(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def judge(measure, goal, value, other):
    """(what is asked, what was reached, whether that is enough), as words."""
    than = "no relay" if goal.than == DIRECT else goal.than
    if goal.more_max is not None:
        asked = f"{than} + {goal.more_max:g} {measure.unit.split()[0]} at most"
        if value is None or other is None:
            return asked, "-", "not measured"
        return asked, f"{value - other:+.1f}", "yes" if value - other <= goal.more_max else "no"
    asked, reached = f"{goal.times:.3g} × {than}", times_better(measure, value, other)
    if is_free(measure, value) and other is not None and not is_free(measure, other):
        return asked, FREE, "yes"
    if reached is None:
        return asked, "-", "not measured"
    return asked, show_ratio(reached), "yes" if reached >= goal.times else "no"


def goals(results):
    rows = []
    for section, title in SECTIONS.items():
        for measure, goal in [(m, goal) for m in MEASURES for goal in m.goals if section_of(m.scenario) == section]:
            value, other = median_of(results, goal.server, measure), median_of(results, goal.than, measure)
            asked, shown, met = judge(measure, goal, value, other)
            rows.append([title.split(",")[0], measure.title, goal.server, asked, shown, met])
    return to_table(["with", "measure", "server", "goal (×: times better than)", "reached", "met"], rows)


def measurements(results, servers, section):
    """Of one part; empty if nothing of it was measured."""
    measures = [m for m in MEASURES if section_of(m.scenario) == section]
    servers = [name for name in servers if any(values_of(results, name, measure) for measure in measures)]
    reference = REFERENCES.get(section, REFERENCE)
    rows = []
    for measure in measures:
        medians = {name: median_of(results, name, measure) for name in servers}
        if all(value is None for value in medians.values()):
            continue
        row = [measure.title, measure.unit]
        for name in servers:
            ratio = times_better(measure, medians[name], medians.get(reference)) if name != reference else None
            between = show_quartiles(values_of(results, name, measure)) if measure.quartiles and medians[name] is not None else ""
            row.append(show(medians[name]) + between + (f" (**{show_ratio(ratio)}**)" if ratio else ""))
        rows.append(row)
    return to_table(["measure", "unit", *servers], rows) if rows else ""


def faults(results, servers):
    rows = []
    for name in [*servers, DIRECT]:
        own = [r for r in results if r["server"] == name and "sent" in r and r["scenario"] not in ("tcp-flood", "sweep")]
        if own:
            rows.append([name, *(f"{sum(r[field] for r in own):,}" for field in FAULTS)])
    return to_table(["server", *(field.replace("_", " ") for field in FAULTS)], rows)


def share(results, part):
    """Of the CPU time of all measurements, in percent."""
    whole = sum(r["seconds"] * len(r["usage"]["cores_busy"]) for r in results)
    return 100 * sum(part(r["usage"]) for r in results) * 1e-6 / max(whole, 1e-9)


def strange_us(usage):
    return usage["busy_us"] - usage["server_us"] - usage["peer_us"] - usage["generator_us"] - usage["kernel_us"]


def conditions(facts, results):
    results = [r for r in results if "usage" in r]
    strange, stolen = share(results, strange_us), share(results, lambda usage: usage["stolen_us"])
    noise = " (**too much: measure again when nothing else runs**)" if max(strange, stolen) > NOISE_MAX_PERCENT else ""
    lines = [
        f"{facts['cpu']}, {facts['kernel']}; turnpike {facts['turnpike']}, coturn {facts['coturn']}, pion {facts['pion']}, "
        f"LiveKit {facts['livekit']}, HAProxy {facts.get('haproxy', '-')}",
        f"the SFU on another host: {facts['far']}",
        f"the SFU on the same host: {facts['near']}",
        f"the server on core {facts['server_cpu']}, the generator on core {facts['load_cpu']}; "
        "one worker or relay thread each; a server is started anew for each measurement",
        f"{facts['rounds']} rounds, {facts['seconds']:g} s a measurement; medians; servers take turns within each scenario; "
        "the rounds themselves are in [rounds.jsonl](results/rounds.jsonl)",
        f"load average {facts['load_before']:.2f} at the start and {facts['load_after']:.2f} at the end; "
        f"of all CPU time {strange:.1f} % went to others and {stolen:.1f} % to other machines of the host{noise}",
        f"closed loop with {CLIENTS} clients except `fanout`, `room` and the rates; the generator sends single packets, with GSO "
        f"(UDP_SEGMENT) only in `video-gso`, and receives with GRO; `many` holds {facts['many']:,} allocations",
        "an echo is two relayed packets; *CPU of all* is the exact run time of the server, the SFU, the generator and the kernel's packet "
        "threads (NAPI, soft interrupts)",
    ]
    if facts["loss_free_rate"]:
        lines.append(f"{REFERENCE}'s loss-free rate of `audio`: {facts['loss_free_rate']:,.0f} relayed packets/s")
    lines += [f"not available: {name} ({reason})" for name, reason in facts["unavailable"].items()]
    return "\n".join(f"- {text}" for text in lines)


def part(facts, results, section, plots):
    """Its table and its plots, or nothing."""
    table = measurements(results, facts["shown"], section)
    shown = "\n".join(f"![{name}](results/{name})" for name in plots)
    return [f"## {SECTIONS[section]}", ABOUT[section], table, shown] if table else []


def document(facts, results, plots):
    """`plots`: section -> the names of its plots."""
    parts = [text for section in SECTIONS for text in part(facts, results, section, plots.get(section, []))]
    sections = [
        "# What turnpike costs, measured beside others",
        "Written by `scripts/bench`. What takes the time, and what was tried where a goal is missed: [NOTES.md](NOTES.md).",
        conditions(facts, results),
        "## Goals",
        goals(results),
        f"In the tables below, in brackets: times better than {REFERENCE}, of a web site than {HAPROXY}; where medians move much, the quartiles of the rounds, "
        "too.",
        *parts,
        "## Packets",
        "All rounds, without the flood and the sweep over rates. Refused packets and late frames are the generator's own.",
        faults(results, facts["shown"]),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"
