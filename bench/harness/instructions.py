"""Counts the instructions of single steps with callgrind and compares them with a table: a regression that no noise hides."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "micro/instructions.tsv"
HEAD = "# step\tinstructions each (callgrind, release build)\n"
STEPS = 2000
GROWTH_MAX = 1.05


def collected(program, name, steps):
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, "--steps", name, str(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def count(program, name):
    """Without what the program does before the first step."""
    return round((collected(program, name, 2 * STEPS) - collected(program, name, STEPS)) / STEPS)


def read_table():
    lines = [line.split("\t") for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {name: int(instructions) for name, instructions in lines}


def check(program, update):
    """Prints a line for each tracked step; 1 if one has grown by more than 5 %."""
    if not shutil.which("valgrind"):
        print("bench: instructions are not counted, for valgrind is not installed")
        return 0
    tracked = read_table()
    counts = {name: count(program, name) for name in tracked}
    grown = [name for name in tracked if counts[name] > GROWTH_MAX * tracked[name] > 0]
    for name, now in counts.items():
        change = f"{100 * (now / tracked[name] - 1):+.1f} %" if tracked[name] else "new"
        print(f"{name:34} {now:8} instructions  {change}{'  grown' if name in grown else ''}")
    if update:
        TABLE.write_text(HEAD + "".join(f"{name}\t{now}\n" for name, now in counts.items()))
        return 0
    if grown:
        print("bench: accept with --micro --update, if there is a reason", file=sys.stderr)
    return 1 if grown else 0
