"""From measurements to RESULTS.md: medians, ratios to the reference, goals and what was reached."""

import statistics

from .measures import CLIENTS, MEASURES, NET
from .rounds import FAULTS
from .servers import DIRECT, REFERENCE

NOISE_MAX_PERCENT = 3  # of all CPU time
RATIO_MAX = 100  # more says only that nearly nothing was left to measure
FREE = "net ≤ 0"


def median_of(results, server, measure):
    values = [r[measure.field] for r in results if (r["server"], r["scenario"]) == (server, measure.scenario) and measure.field in r]
    return statistics.median(values) if values else None


def times_better(measure, own, reference):
    """Nothing where there is nothing to compare. What costs less than can be measured is no infinite gain, either."""
    better, worse = (own, reference) if measure.more else (reference, own)
    return better / worse if better and worse and better > 0 and worse > 0 else None


def is_free(measure, value):
    """Relayed traffic cost no more than the same traffic sent directly."""
    return measure.field == NET and value is not None and value <= 0


def show_ratio(ratio):
    return "> 100" if ratio > RATIO_MAX else f"{ratio:.2f}"


def show(value):
    return "-" if value is None else f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}"


def to_table(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def goals(results):
    rows = []
    for measure in MEASURES:
        reference = median_of(results, REFERENCE, measure)
        for server, goal in measure.goals.items():
            value = median_of(results, server, measure)
            reached = times_better(measure, value, reference)
            met = "not measured" if reached is None else "yes" if reached >= goal else "no"
            shown = "-" if reached is None else show_ratio(reached)
            if is_free(measure, value) and not is_free(measure, reference):
                met, shown = "yes", FREE
            rows.append([measure.title, server, f"{goal:g}", shown, met])
    return to_table(["measure", "server", f"goal: times better than {REFERENCE}", "reached", "met"], rows)


def measurements(results, servers):
    rows = []
    for measure in MEASURES:
        medians = {name: median_of(results, name, measure) for name in servers}
        if all(value is None for value in medians.values()):
            continue
        row = [measure.title, measure.unit]
        for name in servers:
            ratio = times_better(measure, medians[name], medians.get(REFERENCE)) if name != REFERENCE else None
            row.append(show(medians[name]) + (f" (**{show_ratio(ratio)}**)" if ratio else ""))
        rows.append(row)
    return to_table(["measure", "unit", *servers], rows)


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
    return usage["busy_us"] - usage["server_us"] - usage["generator_us"] - usage["kernel_us"]


def conditions(facts, results):
    results = [r for r in results if "usage" in r]
    strange, stolen = share(results, strange_us), share(results, lambda usage: usage["stolen_us"])
    noise = " (**too much: measure again when nothing else runs**)" if max(strange, stolen) > NOISE_MAX_PERCENT else ""
    lines = [
        f"{facts['cpu']}, {facts['kernel']}; turnpike {facts['turnpike']}, coturn {facts['coturn']}, pion {facts['pion']}",
        f"{facts['place']}; the server on core {facts['server_cpu']}, the generator on core {facts['load_cpu']}; "
        "one worker or relay thread each; a server is started anew for each measurement",
        f"{facts['rounds']} rounds, {facts['seconds']:g} s a measurement; medians; servers take turns within each scenario; "
        "the rounds themselves are in [rounds.jsonl](results/rounds.jsonl)",
        f"load average {facts['load_before']:.2f} at the start and {facts['load_after']:.2f} at the end; "
        f"of all CPU time {strange:.1f} % went to others and {stolen:.1f} % to other machines of the host{noise}",
        f"closed loop with {CLIENTS} clients except `fanout`, `room` and the rates; the generator sends single packets, with GSO "
        f"(UDP_SEGMENT) only in `video-gso`, and receives with GRO; `many` holds {facts['many']:,} allocations",
        "an echo is two relayed packets; *CPU of all* is the exact run time of the server, the generator and the kernel's packet "
        "threads (NAPI, soft interrupts); *net of the generator*: less that of the same traffic sent directly over one cable, which may be the "
        "dearer one, as all of it happens on one core in smaller batches (net ≤ 0)",
        "`forwarder` is a socket a client and a call a packet for UDP; for TCP and TLS one read, one run of datagrams (UDP_SEGMENT, UDP_GRO) and "
        "one write a frame: no TURN, no rules",
        "`turnpike-xdp` is the kernel engine's program alone between two cables, fed with frames as by a driver (BPF_F_TEST_XDP_LIVE_FRAMES); net of "
        "the source, and of what drops the frames where they arrive",
    ]
    if facts["loss_free_rate"]:
        lines.append(f"{REFERENCE}'s loss-free rate of `audio`: {facts['loss_free_rate']:,.0f} relayed packets/s")
    lines += [f"not available: {name} ({reason})" for name, reason in facts["unavailable"].items()]
    return "\n".join(f"- {text}" for text in lines)


def document(facts, results, servers, plots):
    """`plots`: their names."""
    sections = [
        "# What turnpike costs, measured beside others",
        "Written by `scripts/bench`. What takes the time, and what was tried where a goal is missed: [NOTES.md](NOTES.md).",
        conditions(facts, results),
        "## Goals",
        goals(results),
        "## Everything",
        f"In brackets: times better than {REFERENCE}.",
        measurements(results, servers),
        "\n".join(f"![{name}](results/{name})" for name in plots),
        "## Packets",
        "All rounds, without the flood and the sweep over rates. Refused packets and late frames are the generator's own.",
        faults(results, servers),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"
