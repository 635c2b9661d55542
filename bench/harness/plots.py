"""The plots of RESULTS.md, drawn with matplotlib from the rounds: medians, and how far the rounds lie apart."""

import statistics
import textwrap
from io import StringIO

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .measure import LOSS_MAX
from .measures import MEASURES, NET
from .servers import FORWARDER, LIVE, REFERENCE

# A server looks the same in every plot.
LOOKS = {
    "turnpike-kernel": ("#0b6e99", "o"),
    "turnpike-sockets": ("#2a9d4b", "s"),
    REFERENCE: ("#c8553d", "^"),
    "pion": ("#8b5fbf", "D"),
    FORWARDER: ("#666666", "v"),
    LIVE: ("#d19a00", "P"),
}
STYLE = {
    "font.size": 10,
    "font.family": "DejaVu Sans",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "grid.color": "#dddddd",
    "svg.fonttype": "none",  # words stay words
    "svg.hashsalt": "turnpike",  # ids inside the file are the same each time
}
WIDTH_IN = 8.5
NOTE_COLUMNS = 145
BAR_IN = 0.24  # height of a bar and of the gap to the next one
RATE_MARKS = [20_000, 50_000, 100_000, 200_000, 400_000, 800_000]
LOSS_MARKS = [0, 0.1, 1, 10, 100]


def spread(values):
    """(least, first quartile, median, third quartile, most)."""
    quartiles = statistics.quantiles(values, n=4, method="inclusive") if len(values) > 1 else [values[0]] * 3
    return min(values), *quartiles, max(values)


def new_figure(height_in, title, about, facts):
    """Says at its foot how to read it and where its numbers come from."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    source = (
        f"scripts/bench: {facts['rounds']} rounds, {facts['seconds']:g} s a measurement; turnpike {facts['turnpike']}, coturn "
        f"{facts['coturn']}, pion {facts['pion']}; {facts['cpu']}, {facts['kernel']}"
    )
    note = "\n".join(line for text in (about, source) for line in textwrap.wrap(text, NOTE_COLUMNS))
    figure.supxlabel(note, x=0.01, ha="left", fontsize=8, color="#555555")
    return figure


def draw_bars(axes, title, values):
    """`values`: server -> what each round measured. A bar to the median, a box of the quartiles, whiskers to the extremes."""
    for place, (name, rounds) in enumerate(values.items()):
        least, first, median, third, most = spread(rounds)
        axes.barh(place, median, height=0.62, color=LOOKS[name][0], alpha=0.75)
        axes.errorbar(median, place, xerr=[[median - least], [most - median]], color="#222222", elinewidth=1, capsize=3)
        axes.barh(place, third - first, left=first, height=0.24, color="white", edgecolor="#222222", linewidth=0.8, zorder=3)
        axes.annotate(f"{median:.2f}", (max(most, 0), place), (6, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_yticks(range(len(values)), values)
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color="#222222", linewidth=0.8)
    axes.grid(axis="x")
    axes.set_title(title, fontsize=10)


def cpu(results, servers, facts):
    """A panel a scenario; None if nothing of it was measured."""
    panels = {}
    for measure in MEASURES:
        if measure.field != NET:
            continue
        rounds = {name: [r[NET] for r in results if (r["server"], r["scenario"]) == (name, measure.scenario) and NET in r] for name in servers}
        if any(rounds.values()):
            panels[measure.title.split(":")[0].replace("`", "")] = {name: values for name, values in rounds.items() if values}
    if not panels:
        return None
    counts = [len(values) for values in panels.values()]
    about = "Bar and number: median; box: quartiles of the rounds; whiskers: least and most. At or below 0 the relay costs no more than the same traffic sent directly."
    height_in = 1.2 + BAR_IN * sum(counts) + 0.45 * len(counts)
    figure = new_figure(height_in, "CPU of a relayed packet, net of the generator's (less is better)", about, facts)
    every = figure.subplots(len(panels), sharex=True, squeeze=False, gridspec_kw={"height_ratios": counts})[:, 0]
    for axes, (title, values) in zip(every, panels.items()):
        draw_bars(axes, title, values)
    extremes = [value for panel in panels.values() for values in panel.values() for value in values]
    low, high = min(*extremes, 0), max(*extremes, 0)
    span = high - low or 1
    every[-1].set_xlim(low - 0.03 * span, high + 0.12 * span)  # the numbers stand beyond the whiskers
    every[-1].set_xlabel("µs of CPU a relayed packet")
    return figure


def swept(results, servers, value):
    """Server -> (rates, spreads). A rate that only few rounds came to says nothing of the others, and is left out."""
    sweeps = {}
    for name in servers:
        by_rate = {}
        for r in results:
            if (r["server"], r["scenario"]) == (name, "sweep"):
                by_rate.setdefault(r["offered_per_s"], []).append(value(r))
        most = max(map(len, by_rate.values()), default=0)
        rates = sorted(rate for rate, values in by_rate.items() if 2 * len(values) > most)
        if rates:
            sweeps[name] = rates, [spread(by_rate[rate]) for rate in rates]
    return sweeps


def draw_lines(figure, sweeps):
    axes = figure.subplots()
    for name, (rates, spreads) in sweeps.items():
        colour, marker = LOOKS[name]
        least, _, median, _, most = zip(*spreads)
        axes.fill_between(rates, least, most, color=colour, alpha=0.13, linewidth=0)
        axes.plot(rates, median, color=colour, marker=marker, markersize=5, linewidth=1.6, label=name)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator(RATE_MARKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rate, _: f"{rate:,.0f}"))
    axes.set_xlabel("relayed packets a second that the generator asks for")
    axes.grid()
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
    return axes


LINES_ABOUT = "Line: median of the rounds; band: least to most."
LINES_TITLE = "audio, 160 B, echoed in open loop"


def loss(results, servers, facts):
    sweeps = swept(results, servers, lambda r: 100 * r["lost"] / r["sent"])
    if not sweeps:
        return None
    about = f"{LINES_ABOUT} Below the dashed line ({100 * LOSS_MAX:g} %) a rate counts as free of loss; the scale is linear there and logarithmic above."
    figure = new_figure(4.6, f"{LINES_TITLE}: loss", about, facts)
    axes = draw_lines(figure, sweeps)
    axes.axhline(100 * LOSS_MAX, color="#222222", linewidth=0.8, linestyle="--")
    axes.set_yscale("symlog", linthresh=100 * LOSS_MAX)
    axes.yaxis.set_major_locator(FixedLocator(LOSS_MARKS))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda percent, _: f"{percent:g} %"))
    axes.set_ylim(-0.02, 100)
    axes.set_ylabel("packets lost")
    return figure


def show_us(us, _):
    return f"{us / 1e6:g} s" if us >= 1e6 else f"{us / 1e3:g} ms" if us >= 1e3 else f"{us:g} µs"


def latency(results, servers, facts):
    sweeps = swept(results, servers, lambda r: r["p99_us"])
    if not sweeps:
        return None
    figure = new_figure(4.6, f"{LINES_TITLE}: latency", LINES_ABOUT, facts)
    axes = draw_lines(figure, sweeps)
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(FuncFormatter(show_us))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylabel("p99 of an echo")
    return figure


PLOTS = {"cpu.svg": cpu, "loss.svg": loss, "latency.svg": latency}


def draw(results, servers, facts):
    """Name of the file -> the figure, of each plot that these results have something for."""
    with rc_context(STYLE):
        figures = {name: plot(results, servers, facts) for name, plot in PLOTS.items()}
    return {name: figure for name, figure in figures.items() if figure is not None}


def to_svg(figure):
    """The same text for the same figure: no date, no version of the library."""
    out = StringIO()
    with rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
