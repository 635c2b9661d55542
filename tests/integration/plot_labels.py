"""Prints where each word of each plot stands, as JSON: `plot_labels.py BENCH ROUNDS`; run by the Python that has matplotlib."""

import json
import sys
from pathlib import Path

from matplotlib.backends.backend_agg import RendererAgg


class Recorder(RendererAgg):
    """Writes down each line of words that is drawn, and the rectangle that it fills. `y` grows downwards."""

    def draw_text(self, gc, x, y, s, prop, angle, ismath=False, mtext=None):
        along, height, descent = self.get_text_width_height_descent(s, prop, ismath)
        upright = {0: (x, y - height + descent, x + along, y + descent), 90: (x - height + descent, y - along, x + descent, y)}
        self.written.append([s, *map(float, upright[angle])])


def labels_of(figure):
    width, height = map(int, figure.bbox.size)
    recorder = Recorder(width, height, figure.dpi)
    recorder.written = []
    figure.draw(recorder)
    return {"width": width, "height": height, "labels": recorder.written}


if __name__ == "__main__":
    sys.path.insert(0, sys.argv[1])
    from harness import plots, rounds

    facts, measured = rounds.read(Path(sys.argv[2]))
    figures = {name: figure for section in plots.draw(measured, facts["shown"], facts).values() for name, figure in section.items()}
    print(json.dumps({name: labels_of(figure) for name, figure in figures.items()}))
