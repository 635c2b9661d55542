"""The rounds behind RESULTS.md, a JSON object a line: what is kept of them beside it is enough to write it and its plots anew."""

import json

from .measures import MEASURES

FAULTS = ["sent", "lost", "duplicated", "reordered", "corrupt", "refused", "late_frames"]
KEPT = {"server", "scenario", "round", "offered_per_s", "seconds", "usage", *FAULTS, *(measure.field for measure in MEASURES)}
DIGITS = 6


def rounded(value):
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    return [rounded(each) for each in value] if isinstance(value, list) else value


def shortened(measured):
    return [{key: rounded(value) for key, value in result.items() if key in KEPT} for result in measured]


def write(path, facts, measured):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(line) + "\n" for line in [{"conditions": facts}, *measured]))


def read(path):
    """(facts, measured)"""
    first, *measured = map(json.loads, path.read_text().splitlines())
    return first["conditions"], measured
