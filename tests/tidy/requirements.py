"""The requirements of the RFCs that tests name: requirements.tsv, its form, and the identifiers of all tests."""

import re
from pathlib import Path
from typing import NamedTuple

TABLE = Path("tests/rfc/requirements.tsv")
EXCUSES = Path("tests/rfc/README.md")
TEST_SUFFIXES = {".cpp", ".hpp", ".py", ".go", ".rs", ".js", ".mjs", ".ts"}
COLUMNS = ("id", "level", "source", "rule")
LEVELS = {"M", "S", "O", "C"}
DEMANDED = {"M", "C"}  # rows of these levels need a test or an excuse
CODE = {"src", "include"}  # folders whose comments cite the RFC and no id

ID = re.compile(r"[A-Z0-9]+(?:-[A-Z]+)?-\d\d")
# `RFC 8656 7.2`, `RFC 8656 7.2 (5)` for a step of it, an appendix, another specification, or what no text asks for.
SOURCE = re.compile(r"RFC (\d{4})(?: ([0-9A-Z]+(?:\.\d+)*)(?: \((\d+)\))?)?|(?:draft-[a-z0-9-]+|PROXY protocol) \d+(?:\.\d+)*|chosen")
SENTENCE = re.compile(r"[A-Z](?:(?![.!?] [A-Z]).)*\.")
WORDS_MIN = 5
FIRST = ("8489", "8656")  # STUN and TURN come before all others


class Row(NamedTuple):
    name: str
    level: str
    source: str
    rule: str

    @property
    def group(self):
        return self.name.rpartition("-")[0]


def cells_of(text):
    """(number of the line, cells) behind the line of column names."""
    lines = [(number, line.split("\t")) for number, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    return lines[1:]


def read_table(text):
    """All rows that have their four cells."""
    return [Row(*cells) for _, cells in cells_of(text) if len(cells) == len(COLUMNS)]


def is_source(text):
    return all(SOURCE.fullmatch(one) for one in text.split(", "))


def is_sentence(text):
    return bool(SENTENCE.fullmatch(text)) and len(text.split()) >= WORDS_MIN


def place_of(source):
    """By what rows are sorted: the document and the section that is named first."""
    first = source.split(", ")[0]
    number, section, step = SOURCE.fullmatch(first).groups()
    if number is None:
        return len(FIRST) + 1, 0, first == "chosen", first, [], 0
    rank = FIRST.index(number) if number in FIRST else len(FIRST)
    parts = [int(part) if part.isdigit() else 1000 for part in (section or "0").split(".")]
    return rank, int(number), False, "", parts, int(step or 0)


def faults_of(row):
    """What is wrong with a row by itself."""
    if not ID.fullmatch(row.name):
        yield f"{row.name!r} is no id"
    if row.level not in LEVELS:
        yield f"{row.name} has the level {row.level!r}"
    if not is_source(row.source):
        yield f"{row.name} has the source {row.source!r}, not such as 'RFC 8656 7.2'"
    if not is_sentence(row.rule):
        yield f"{row.name} has a rule that is not one sentence with a point at its end: {row.rule!r}"


def check_table(text):
    """The form of the table: four cells, each of its kind, nothing twice, in the order of the RFCs."""
    seen = {}
    last = None
    for number, cells in cells_of(text):
        if len(cells) != len(COLUMNS):
            yield TABLE, number, f"{len(cells)} cells, not {len(COLUMNS)}: {', '.join(COLUMNS)}"
            continue
        row = Row(*cells)
        faults = list(faults_of(row))
        for key in (row.name, row.rule):
            if key in seen:
                faults.append(f"{row.name} repeats line {seen[key]}: {key}")
            seen[key] = number
        if is_source(row.source):
            place = place_of(row.source)
            if last is not None and place < last:
                faults.append(f"{row.name} stands behind a later section than {row.source}")
            last = place
        for fault in faults:
            yield TABLE, number, fault


def read_excuses(text):
    """Id, or group as `MOB-*`, -> line of "- `ID`: reason"; several may share a reason."""
    excused = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = re.match(r"- ((?:`[A-Z0-9-]+\*?`(?:, )?)+): \S", line)
        for name in re.findall(r"`([A-Z0-9-]+\*?)`", match.group(1)) if match else ():
            excused[name] = number
    return excused


def rows_of(name, rows):
    """The ids of those rows that an excuse is for."""
    return {row.name for row in rows if name in (row.name, f"{row.group}-*")}


def is_excused(row, excused):
    return row.name in excused or f"{row.group}-*" in excused


def named_in(texts, names):
    """Those of the ids that stand in the texts as identifiers do: TURN_ALLOC_02 for TURN-ALLOC-02, not within a longer word."""
    words = {name.replace("-", "_"): name for name in names}
    pattern = re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(sorted(words, reverse=True)) + r")(?![A-Za-z0-9])")
    return {words[word] for text in texts for word in pattern.findall(text)}


def check_code(path, text, groups):
    """No id stands in the code: who reads it there has the RFC, and not the table of the tests."""
    if path.parts[0] not in CODE:
        return
    for match in re.finditer(r"(?<![\w-])(?:" + "|".join(sorted(groups)) + r")[-_]\d\d(?!\d)", text):
        yield path, text.count("\n", 0, match.start()) + 1, f"{match.group()}: cite the section of the RFC that {TABLE} gives for it"


def check(rows, named, excused):
    """Every row of a demanded level is named by a test or excused, and no excuse is for what is not there or has a test."""
    for name in sorted(excused):
        those = rows_of(name, rows)
        if not those:
            yield EXCUSES, excused[name], f"{name} is no requirement"
        for tested in sorted(those & named):
            yield EXCUSES, excused[name], f"{tested} has a test and needs no excuse"
    for row in rows:
        if row.level in DEMANDED and row.name not in named and not is_excused(row, excused):
            yield TABLE, 1, f"{row.name} has neither a test that names it nor an excuse in {EXCUSES}: {row.rule}"


def summary(rows, named, excused):
    """A line for each group: rows named by tests of all rows, and rows excused, by level."""
    yield "group         M named  excused    C named  excused    S and O named"
    for group in sorted({row.group for row in rows}):
        cells = []
        for levels in ("M", "C", "SO"):
            of_level = [row for row in rows if row.group == group and row.level in levels]
            cells.append(f"{sum(row.name in named for row in of_level):4}/{len(of_level):<3}")
            if levels in DEMANDED:
                cells.append(f"{sum(is_excused(row, excused) and row.name not in named for row in of_level) or '':>5}  ")
        yield f"{group:11}   " + "   ".join(cells)


def missing(rows, named, excused):
    """What a person who writes tests wants to see: all unnamed rows, with what they say."""
    for row in rows:
        if row.name not in named and not is_excused(row, excused):
            yield f"{row.level} {row.name} ({row.source}): {row.rule}"
