"""The attacks that tests name: attacks.tsv, its form, and the ids S1, S2, ... in the names of tests."""

import re
from pathlib import Path

from requirements import is_sentence

TABLE = Path("tests/rfc/attacks.tsv")
ID = re.compile(r"S\d{1,2}")
SOURCE = re.compile(r"coturn (?:CVE-\d{4}-\d+|GHSA(?:-\w{4}){3}|#\d+|\d+\.\d+\.\d+|[0-9a-f]{8})(?:, (?:CVE-\d{4}-\d+|#\d+|[0-9a-f]{8}))*")
IN_NAME = re.compile(r"(?<![A-Za-z0-9])S\d{1,2}(?![A-Za-z0-9])")


def read_table(text):
    """(number of the line, cells) behind the line of column names."""
    lines = [(number, line.split("\t")) for number, line in enumerate(text.splitlines(), 1) if line and not line.startswith("#")]
    return lines[1:]


def check_table(text):
    """Three cells, each of its kind, in the order of the ids."""
    last = 0
    for number, cells in read_table(text):
        if not (len(cells) == 3 and ID.fullmatch(cells[0]) and SOURCE.fullmatch(cells[1]) and is_sentence(cells[2])):
            yield TABLE, number, "no id, source and sentence such as 'S4', 'coturn CVE-2020-4067' and one that ends with a point"
        elif int(cells[0][1:]) <= last:
            yield TABLE, number, f"{cells[0]} is not in order"
        else:
            last = int(cells[0][1:])


def check_named(text, names):
    """Every id in the name of a test is in the table, and every row has a test. `names`: (path, line, name)."""
    known = {cells[0] for _, cells in read_table(text)}
    named = set()
    for path, line, name in names:
        ids = set(IN_NAME.findall(name.replace("_", " ")))
        named |= ids
        for one in sorted(ids - known):
            yield path, line, f"{name}: {one} is not in {TABLE}"
    for number, cells in read_table(text):
        if cells[0] not in named:
            yield TABLE, number, f"{cells[0]} has no test that names it"
