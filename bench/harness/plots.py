"""The plots of RESULTS.md, drawn with matplotlib from the rounds: medians, and how far the rounds lie apart."""

import statistics
import textwrap
from io import StringIO

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from .measure import LOSS_MAX
from .measures import MEASURES, NEIGHBOUR, NET, OTHER_HOST, SECTIONS, section_of
from .results import show, values_of
from .servers import COTURN, DIRECT, FORWARDER, HAPROXY, KERNEL, LIMITS, LIVE, LIVEKIT, PION, SOCKETS
from .spread import spread
from .style import STYLE

# A server looks the same in every plot.
LOOKS = {
    KERNEL: ("#0b6e99", "o"),
    LIMITS: ("#4a4fb0", "X"),
    SOCKETS: ("#2a9d4b", "s"),
    COTURN: ("#c8553d", "^"),
    PION: ("#8b5fbf", "D"),
    LIVEKIT: ("#b5477f", "p"),
    FORWARDER: ("#666666", "v"),
    LIVE: ("#d19a00", "P"),
    HAPROXY: ("#7a6a2a", "*"),
    DIRECT: ("#666666", "v"),
}
NAMES = {DIRECT: "no relay"}
WIDTH_IN = 8.5
NOTE_COLUMNS = 145
BAR_IN = 0.24  # height of a bar and of the gap to the next one
RATE_MARKS = [20_000, 50_000, 100_000, 200_000, 400_000, 800_000]
LOSS_MARKS = [0, 0.1, 1, 10, 100]


def new_figure(height_in, title, about, facts):
    """Says at its foot how to read it and where its numbers come from."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    figure.suptitle(title, x=0.01, ha="left", weight="bold")
    source = (
        f"scripts/bench: {facts['rounds']} rounds, {facts['seconds']:g} s a measurement; turnpike {facts['turnpike']}, coturn "
        f"{facts['coturn']}, pion {facts['pion']}, LiveKit {facts['livekit']}; {facts['cpu']}, {facts['kernel']}"
    )
    note = "\n".join(line for text in (about, source) for line in textwrap.wrap(text, NOTE_COLUMNS))
    figure.supxlabel(note, x=0.01, ha="left", fontsize=8, color="#555555")
    return figure


def draw_bars(axes, measure, values):
    """`values`: server -> what each round measured. A bar to the median, a dot for each round."""
    for place, (name, rounds) in enumerate(values.items()):
        colour, _ = LOOKS[name]
        median = statistics.median(rounds)
        axes.barh(place, median, height=0.66, color=colour, alpha=0.3)
        axes.plot([median, median], [place - 0.33, place + 0.33], color="#222222", linewidth=1.4, solid_capstyle="butt")
        offsets = [place + 0.4 * ((number + 0.5) / len(rounds) - 0.5) for number in range(len(rounds))]  # in the order of the rounds
        axes.scatter(rounds, offsets, s=15, color=colour, edgecolor="white", linewidth=0.5, zorder=3)
        axes.annotate(show(median), (max(*rounds, 0), place), (7, 0), textcoords="offset points", va="center", fontsize=9)
    axes.set_yticks(range(len(values)), [NAMES.get(name, name) for name in values])
    axes.set_ylim(len(values) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color="#222222", linewidth=0.8)
    axes.grid(axis="x")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    better = "more" if measure.more else "less"
    axes.set_title(f"{measure.title.replace('`', '')} ({measure.unit}; {better} is better)", fontsize=10)


def set_limits(panels):
    """Panels of one unit have one scale. The numbers stand beyond the dots."""
    limits = {}
    for _, measure, values in panels:
        for value in [0, *(each for rounds in values.values() for each in rounds)]:
            low, high = limits.get(measure.unit, (0, 0))
            limits[measure.unit] = min(low, value), max(high, value)
    for axes, measure, _ in panels:
        low, high = limits[measure.unit]
        span = high - low or 1
        axes.set_xlim(low - 0.03 * span, high + 0.14 * span)


def costs(section, results, servers, facts):
    """A panel a measure; None if nothing of it was measured."""
    panels = []
    for measure in MEASURES:
        if measure.drawn and section_of(measure.scenario) == section:
            values = {name: values_of(results, name, measure) for name in [*servers, *([DIRECT] if measure.scenario == NEIGHBOUR else [])]}
            panels.append((measure, {name: rounds for name, rounds in values.items() if rounds}))
    panels = [(measure, values) for measure, values in panels if values]
    if not panels:
        return None
    counts = [len(values) for _, values in panels]
    about = "Bar and number: median; dots: the rounds, the first above."
    if any(measure.field == NET for measure, _ in panels):
        about += " Net at or below 0: the relay costs no more than the same traffic without it."
    figure = new_figure(1.2 + BAR_IN * sum(counts) + 0.62 * len(counts), SECTIONS[section], about, facts)
    every = figure.subplots(len(panels), squeeze=False, gridspec_kw={"height_ratios": counts})[:, 0]
    drawn = [(axes, measure, values) for axes, (measure, values) in zip(every, panels)]
    for panel in drawn:
        draw_bars(*panel)
    set_limits(drawn)
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


def draw(results, servers, facts):
    """Section -> name of the file -> figure, of each plot that these results have something for."""
    with rc_context(STYLE):
        plots = {section: {f"{section}.svg": costs(section, results, servers, facts)} for section in SECTIONS}
        plots[OTHER_HOST] |= {"loss.svg": loss(results, servers, facts), "latency.svg": latency(results, servers, facts)}
    return {section: {name: figure for name, figure in figures.items() if figure is not None} for section, figures in plots.items()}


def to_svg(figure):
    """The same text for the same figure: no date, no version of the library."""
    out = StringIO()
    with rc_context(STYLE):
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    text = out.getvalue()
    return text[text.index("<svg") :]
