"""Line charts and bar charts as SVG, drawn by hand: no library is worth these few lines."""

import math
from html import escape

WIDTH, HEIGHT = 760, 400
LEFT, RIGHT, TOP, BOTTOM = 80, 190, 50, 60  # margins; the legend stands on the right
COLOURS = ["#0b6e99", "#2a9d4b", "#c8553d", "#8b5fbf", "#777777", "#d19a00"]
STYLE = "text{font:13px sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}.small{font-size:11px}"


class Axis:
    """Maps values to pixels, linear or logarithmic, and knows where marks go."""

    def __init__(self, values, start, end, logarithmic=False):
        self.logarithmic, self.start, self.end = logarithmic, start, end
        if logarithmic:
            positive = [value for value in values if value > 0] or [1, 10]
            self.low, self.high = 10 ** math.floor(math.log10(min(positive))), 10 ** math.ceil(math.log10(max(positive) * 1.01))
        else:
            self.low, self.high = 0, max([*values, 1e-9]) * 1.05

    def at(self, value):
        if self.logarithmic:
            value = max(value, self.low)
            share = math.log10(value / self.low) / math.log10(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def marks(self):
        if self.logarithmic:
            return [10**power for power in range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)]
        step = 10 ** math.floor(math.log10(self.high / 2))
        step *= next(factor for factor in (1, 2, 5) if self.high / (step * factor) <= 8)
        return [step * i for i in range(int(self.high / step) + 1)]


def text(x, y, words, anchor="start", kind=""):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{kind}">{escape(words)}</text>'


def line(x1, y1, x2, y2, colour="#ddd"):
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def short(value):
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def document(title, y_label, y_axis, parts):
    frame = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        text(LEFT, 24, title, kind="title"),
        text(LEFT, 42, y_label, kind="small"),
    ]
    for mark in y_axis.marks():
        y = y_axis.at(mark)
        frame += [line(LEFT, y, WIDTH - RIGHT, y), text(LEFT - 8, y + 4, short(mark), "end", "small")]
    return "\n".join([*frame, *parts, "</svg>", ""])


def legend(names):
    parts = []
    for i, name in enumerate(names):
        y = TOP + 20 * i
        parts += [f'<rect x="{WIDTH - RIGHT + 20}" y="{y}" width="12" height="12" fill="{COLOURS[i % len(COLOURS)]}"/>']
        parts += [text(WIDTH - RIGHT + 38, y + 11, name)]
    return parts


def line_chart(title, x_label, y_label, series, logarithmic=False):
    """`series`: name -> points (x, y)."""
    points = [point for some in series.values() for point in some]
    x_axis = Axis([x for x, _ in points], LEFT, WIDTH - RIGHT)
    y_axis = Axis([y for _, y in points], HEIGHT - BOTTOM, TOP, logarithmic)
    parts = [text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 16, x_label, "middle", "small"), *legend(series)]
    parts += [text(x_axis.at(mark), HEIGHT - BOTTOM + 18, short(mark), "middle", "small") for mark in x_axis.marks()]
    for i, some in enumerate(series.values()):
        places = [(x_axis.at(x), y_axis.at(y)) for x, y in sorted(some)]
        colour = COLOURS[i % len(COLOURS)]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
    return document(title, y_label, y_axis, parts)


def bar_chart(title, y_label, groups):
    """`groups`: name of the group -> name of the bar -> value, or None where there is none; the same bars in each."""
    names = list(next(iter(groups.values())))
    y_axis = Axis([value for bars in groups.values() for value in bars.values() if value is not None], HEIGHT - BOTTOM, TOP)
    parts = legend(names)
    span = (WIDTH - RIGHT - LEFT) / len(groups)
    width = span * 0.8 / len(names)
    for g, (group, bars) in enumerate(groups.items()):
        left = LEFT + g * span + span * 0.1
        parts.append(text(LEFT + (g + 0.5) * span, HEIGHT - BOTTOM + 18, group, "middle", "small"))
        for i, name in enumerate(names):
            if bars[name] is None:
                continue
            x, top, bottom = left + i * width, y_axis.at(max(bars[name], 0)), y_axis.at(0)
            colour = COLOURS[i % len(COLOURS)]
            parts.append(f'<rect x="{x:.1f}" y="{top:.1f}" width="{width * 0.9:.1f}" height="{bottom - top:.1f}" fill="{colour}"/>')
            parts.append(text(x + width * 0.45, top - 4, f"{bars[name]:.1f}", "middle", "small"))
    return document(title, y_label, y_axis, parts)
