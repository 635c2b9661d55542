#!/usr/bin/python3
"""Runs fleets at scale, judges what became of them, and draws docs/fleet/*.svg: a bad day of a large fleet, and calm fleets of several sizes.

Needs build/scale/bin/fleet_scale:
    cmake --preset release -B build/scale -DTURNPIKE_TESTS=ON && cmake --build build/scale --target fleet_scale
A thousand nodes take more than ten minutes of a core and 9 GB.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator, PercentFormatter

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))

from harness.style import STYLE  # noqa: E402

SIZES = (5, 20, 50, 100, 200, 500)
BLUE, RED, GREEN, GREY = "#0b6e99", "#c8553d", "#2a9d4b", "#666666"
PLAIN = {**STYLE, "axes.grid": True, "axes.titlelocation": "center"}


def calm(nodes):
    return {"nodes": nodes, "participants": 50 * nodes, "capacity": 100, "arrivals": 6, "stay": 30, "seconds": 12, "revoked": nodes // 5, "moving": nodes // 5}


def bad_day(nodes):
    """Revocations all the time; greedy users, then a region dies, then Redis is away and comes back empty. Each client stands for hundreds."""
    people = {"participants": 20 * nodes, "capacity": 40, "arrivals": 4, "stay": 10, "revoked": nodes // 5, "moving": nodes // 10}
    storms = {"greedy": nodes // 2, "greedy-at": 2, "loud": max(nodes // 10, 1), "loud-at": 2, "region-dies-at": 10, "redis-away-at": 22, "redis-away": 2, "words": 2 * nodes}
    return {"nodes": nodes, "seconds": 40, "cuts": max(nodes * 60 // 1000, 6), **people, **storms}


def run(program, name, seed, scene, *flags):
    command = [program, *(f"--{option}={value}" for option, value in {"name": name, "seed": seed, **scene}.items()), *flags]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def seconds_of(result, first, last):
    """What Redis did in each of these seconds, which count from when everybody had come."""
    return result["redis"][int(result["begin_s"]) + first : int(result["begin_s"]) + last]


def when(result, since_s, holds):
    """Seconds from `since_s` until the last moment at which it did not hold."""
    late = [moment["at_s"] for moment in result["moments"] if moment["at_s"] >= since_s and not holds(moment)]
    return max(late, default=since_s) - since_s


def loud_of(day):
    """Rooms that want more than their budget on 20 nodes: what they relay, in their limits. Over a second, for budgets are of a second."""
    moments = [moment for moment in day["moments"] if moment["at_s"] >= day["loud_at_s"]]
    over = [sum(each["loud_over"] for each in moments[i : i + 4]) / 4 for i in range(len(moments) - 3)]
    worst = [sum(each["loud_worst"] for each in moments[i : i + 4]) / 4 for i in range(len(moments) - 3)]
    begin, died, away = moments[0]["at_s"], day["region_dies_at_s"], day["redis_away_at_s"]
    late = [moments[i]["at_s"] - begin for i in range(len(over)) if moments[i]["at_s"] < died and over[i] > 1.25]
    settled = [worst[i] for i in range(len(over)) if begin + 7 <= moments[i]["at_s"] < died]
    return {
        "most": max(over),
        "over_5_4_s": max(late, default=0),
        "settled_worst": max(settled, default=None),
        "after_region_died_most": max(over[i] for i in range(len(over)) if died <= moments[i]["at_s"] < away),
        "redis_away_most": max(over[i] for i in range(len(over)) if moments[i]["at_s"] >= away),
        "end": over[-1],
    }


def summary(day):
    died, away = day["region_dies_at_s"], day["redis_away_at_s"]
    greedy = day["greedy_at_s"]
    live = day["nodes"] * 4 // 5
    connected = sorted(after for _, after, was_cut in day["enforced"] if not was_cut)
    cut = sorted(after for _, after, was_cut in day["enforced"] if was_cut)
    storm = [moment for moment in day["moments"] if greedy <= moment["at_s"] < died]
    after = [moment for moment in day["moments"] if moment["at_s"] >= died]
    back = [moment for moment in day["moments"] if moment["at_s"] >= away + 2.25]
    busy = [second["busy"] for second in seconds_of(day, 0, died)]
    return {
        "revoked": len(day["enforced"]),
        "enforced_ms": {"p50": statistics.median(connected), "p99": connected[len(connected) * 99 // 100], "most": connected[-1]},
        "enforced_after_cut_ms": {"count": len(cut), "most": cut[-1] if cut else None},
        "unenforced": day["unenforced"],
        "greedy_most": max(moment["greedy_over"] for moment in storm),
        "greedy_over_s": when({"moments": storm}, greedy, lambda moment: moment["greedy_over"] <= 1.01),
        "loud": loud_of(day),
        "to_dead": after[-1]["to_dead"] - after[0]["to_dead"],
        "redirections": after[-1]["redirections"] - after[0]["redirections"],
        "circles": after[-1]["circles"] - after[0]["circles"],
        "share_most": max(moment["share_max"] for moment in after),
        "waits_s": day["waits_s"],
        "redirections_of_one": day["redirections_of_one"],
        "all_caught_up_s": when({"moments": back}, away + 2, lambda moment: moment["caught_up"] >= 0.99 * live),
        "all_complete_s": when({"moments": back}, away + 2, lambda moment: moment["complete"] >= 0.99 * live),
        "redis_busy": {"calm": statistics.median(busy), "most": max(second["busy"] for second in day["redis"])},
        "redis_waits_ms": day["redis_waits_ms"],
        "lost_for_slowness": day["lost_for_slowness"],
        "redis_bytes": day["redis_bytes"],
    }


def faults(found):
    """What must hold of every day."""
    checks = {
        "somebody who was revoked has an allocation": found["unenforced"] == 0,
        "a connected node took more than a second": found["enforced_ms"]["most"] < 1000,
        "quotas stayed over their limits": found["greedy_over_s"] < 8,
        "clients were led in circles": found["circles"] <= found["redirections"] / 10,
    }
    return [fault for fault, holds in checks.items() if not holds]


def figure_of(title, about, height_in=3.9):
    figure = Figure(figsize=(8.5, height_in), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    figure.supxlabel(about, x=0.01, ha="left", fontsize=8, color="#555555")
    return figure, figure.subplots()


def note_of(day):
    return f"bench/fleet/day.py, seed {day['seed']}: {day['nodes']:,} nodes, {day['people'] + day['participants'] - day['at_once']:,} clients."


def draw_revocations(day):
    figure, axes = figure_of("A revocation, until nobody relays for the user any more", note_of(day) + " The nodes tick ten times a second; ways to Redis are 0.25 to 70 ms.")
    for was_cut, colour, label in ((False, BLUE, "nodes that are connected, since it was said"), (True, RED, "nodes that were cut off, since they are connected again")):
        times = sorted(after for _, after, cut in day["enforced"] if cut == was_cut)
        if times:
            axes.step([0, *times], [number / len(times) for number in range(len(times) + 1)], where="post", color=colour, linewidth=1.8, label=f"{label} ({len(times):,})")
    axes.set_xlabel("milliseconds")
    axes.set_xlim(0, max(after for _, after, _ in day["enforced"]) * 1.05)
    axes.yaxis.set_major_formatter(PercentFormatter(1))
    axes.set_ylim(0, 1.02)
    axes.legend(loc="lower right", frameon=False)
    return figure


def draw_quota(day):
    begin = day["greedy_at_s"]
    moments = [moment for moment in day["moments"] if begin - 1 <= moment["at_s"] < day["region_dies_at_s"]]
    figure, axes = figure_of("Users who ask 20 nodes at once: what they hold, in their limits", note_of(day) + " Each has a limit of 4 places, and asks again every 5 s.")
    times = [moment["at_s"] - begin for moment in moments]
    axes.plot(times, [moment["greedy_over"] for moment in moments], color=BLUE, linewidth=1.8, label="all of them together")
    axes.plot(times, [moment["greedy_worst"] / 4 for moment in moments], color=RED, linewidth=1.2, label="whoever has most")
    axes.axhline(1, color="#222222", linewidth=0.8, linestyle="--")
    axes.set_xlabel("seconds since the first one asks")
    axes.set_ylabel("held / limit")
    axes.set_ylim(0)
    axes.legend(loc="upper right", frameon=False)
    return figure


def draw_region(day):
    begin = day["region_dies_at_s"]
    moments = [moment for moment in day["moments"] if begin - 2 <= moment["at_s"] < day["redis_away_at_s"]]
    figure = Figure(figsize=(8.5, 5.6), layout="constrained")
    figure.suptitle("A fifth of the nodes dies, and their clients come to the next region", x=0.01, ha="left", weight="bold")
    figure.supxlabel(note_of(day) + " Clients notice after 2 to 8 s.", x=0.01, ha="left", fontsize=8, color="#555555")
    load, clients = figure.subplots(2, sharex=True)
    times = [moment["at_s"] - begin for moment in moments]
    for name, colour, label in (("share_max", RED, "the fullest node"), ("share_p99", GREY, "1 % are fuller"), ("share_mean", BLUE, "mean")):
        load.plot(times, [moment[name] for moment in moments], color=colour, linewidth=1.6, label=label)
    load.axhline(day["high_water"], color="#222222", linewidth=0.8, linestyle="--", label="high_water")
    load.yaxis.set_major_formatter(PercentFormatter(1))
    load.set_ylim(0, 1)
    load.set_ylabel("load of live nodes")
    load.legend(loc="lower right", frameon=False, ncols=2)
    steps = list(zip(moments, moments[1:]))
    rates = [(b["redirections"] - a["redirections"]) / (b["at_s"] - a["at_s"]) for a, b in steps]
    clients.plot(times[1:], rates, color=GREEN, linewidth=1.6, label="300s a second")
    clients.plot(times, [moment["waiting"] for moment in moments], color=RED, linewidth=1.6, label="clients that wait for a relay")
    clients.set_ylim(0)
    clients.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    clients.set_xlabel("seconds since the region died")
    clients.legend(loc="upper right", frameon=False)
    return figure


def draw_redis(calm_days):
    figure = Figure(figsize=(8.5, 3.9), layout="constrained")
    figure.suptitle("What Redis does in a calm second, by the number of nodes", x=0.01, ha="left", weight="bold")
    about = "bench/fleet/day.py: 50 clients a node at one time, each for half a minute. Every node has something to tell as often as it may."
    figure.supxlabel(about, x=0.01, ha="left", fontsize=8, color="#555555")
    counts, busy = figure.subplots(1, 2)
    nodes = [day["nodes"] for day in calm_days]
    rows = [seconds_of(day, 0, 12) for day in calm_days]
    for name, colour, label in (("commands", BLUE, "commands"), ("published", GREEN, "messages to all nodes"), ("delivered", RED, "deliveries")):
        counts.plot(nodes, [statistics.mean(second[name] for second in each) for each in rows], marker="o", color=colour, label=label)
    counts.set_xscale("log")
    counts.set_yscale("log")
    counts.set_ylabel("a second")
    counts.legend(loc="upper left", frameon=False)
    busy.plot(nodes, [statistics.mean(second["busy"] for second in each) for each in rows], marker="o", color=BLUE)
    busy.set_xscale("log")
    busy.yaxis.set_major_formatter(PercentFormatter(1))
    busy.set_ylim(0, 1)
    busy.set_ylabel("of Redis' one core")
    for axes in (counts, busy):
        axes.set_xlabel("nodes")
        axes.set_xticks(nodes, [f"{each:,}" for each in nodes])
        axes.xaxis.set_minor_locator(NullLocator())
    counts.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    return figure


def draw(day, calm_days, folder):
    folder.mkdir(parents=True, exist_ok=True)
    with rc_context(PLAIN):
        plots = {"revocations": draw_revocations(day), "quota": draw_quota(day), "region": draw_region(day)}
        if calm_days:
            plots["redis"] = draw_redis(calm_days)
        for name, figure in plots.items():
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None, "Creator": None})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=ROOT / "build/scale/bin/fleet_scale")
    parser.add_argument("--nodes", type=int, default=1000, help="of the bad day")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES, help="of calm fleets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--results", type=Path, default=ROOT / "build/fleet.jsonl", help="where they are kept, or read from with --draw")
    parser.add_argument("--draw", action="store_true", help="draw only")
    parser.add_argument("--out", type=Path, default=ROOT / "docs/fleet")
    arguments = parser.parse_args()
    if not arguments.draw:
        with arguments.results.open("w") as out:
            for nodes in arguments.sizes:
                print(json.dumps(run(arguments.program, "calm", arguments.seed, calm(nodes))), file=out)
            print(json.dumps(run(arguments.program, "day", arguments.seed, bad_day(arguments.nodes), "--neighbour", "--redis-loses-data")), file=out)
    results = [json.loads(line) for line in arguments.results.read_text().splitlines()]
    day = next(result for result in results if result["scene"] == "day")
    found = summary(day)
    print(json.dumps(found, indent=2))
    draw(day, [result for result in results if result["scene"] != "day"], arguments.out)
    for fault in faults(found):
        print("FAULT:", fault)
    return 1 if faults(found) else 0


if __name__ == "__main__":
    sys.exit(main())
