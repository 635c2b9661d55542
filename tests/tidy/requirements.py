"""The requirements of the RFCs that tests name: requirements.tsv against the identifiers of all tests."""

import re
from pathlib import Path

TABLE = Path("tests/rfc/requirements.tsv")
EXCUSES = Path("tests/rfc/README.md")
TEST_SUFFIXES = {".cpp", ".hpp", ".py", ".go", ".rs", ".js", ".mjs", ".ts"}
DEMANDED_SECTIONS = range(2, 18)  # every M row of these must be named by a test, or excused


def read_table(text):
    """Rows (id, section, level) behind the line of column names."""
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")][1:]
    return [(row[0], int(row[1]), row[2]) for row in rows]


def read_excuses(text):
    """Id -> line of "- `ID`: reason"; several ids may share a reason."""
    excused = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"- ((?:`[A-Z0-9-]+`(?:, )?)+): \S", line)
        for name in re.findall(r"`([A-Z0-9-]+)`", match.group(1)) if match else ():
            excused[name] = number
    return excused


def named_in(texts, names):
    """Those of the ids that stand in the texts as identifiers do: TURN_ALLOC_02 for TURN-ALLOC-02, not within a longer word."""
    words = {name.replace("-", "_"): name for name in names}
    pattern = re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(sorted(words, reverse=True)) + r")(?![A-Za-z0-9])")
    return {words[word] for text in texts for word in pattern.findall(text)}


def check(rows, named, excused):
    known = {name for name, _, _ in rows}
    for name in sorted(excused.keys() - known):
        yield EXCUSES, excused[name], f"{name} is no requirement"
    for name in sorted(excused.keys() & named):
        yield EXCUSES, excused[name], f"{name} has a test and needs no excuse"
    for name, section, level in rows:
        if level == "M" and section in DEMANDED_SECTIONS and name not in named and name not in excused:
            yield TABLE, 1, f"{name} (section {section}) has neither a test that names it nor an excuse in {EXCUSES}"


def summary(rows, named, excused):
    """A line for each section: rows named by tests of all rows, and rows excused, by level."""
    yield "section   M named  excused    C named    S and O named"
    for section in sorted({section for _, section, _ in rows}):
        cells = []
        for levels in ("M", "C", "SO"):
            of_level = {name for name, s, level in rows if s == section and level in levels}
            cells.append(f"{len(of_level & named):4}/{len(of_level):<3}")
            if levels == "M":
                cells.append(f"{len(of_level & excused.keys() - named) or '':>5}  ")
        yield f"{section:7}   " + "   ".join(cells)


def missing(rows, named, excused):
    """What a person who writes tests wants to see: all unnamed rows of levels M and C."""
    for name, section, level in rows:
        if level in "MC" and name not in named and name not in excused:
            yield f"{level} {section:2} {name}"
