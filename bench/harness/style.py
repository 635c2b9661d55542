"""What all plots look like."""

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
