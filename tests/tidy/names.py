"""The names of tests: a sentence first, the ids of what it shows behind it."""

import re

CPP = re.compile(r"\bTEST(?:_[FP])?\(\s*\w+,\s*(\w+)\s*\)")
PYTHON = re.compile(r"^ *(?:async )?def (test_\w+)\(", re.MULTILINE)


def names_in(path, text):
    """(path, line, name) of each test of a file."""
    pattern = PYTHON if path.suffix == ".py" else CPP
    return [(path, text.count("\n", 0, match.start(1)) + 1, match.group(1)) for match in pattern.finditer(text)]


def check_order(names, groups):
    """No name begins with an id: in a list of tests it is the sentence that tells what broke."""
    one = "|".join(group.replace("-", "_") + r"_\d\d" for group in sorted(groups))
    leading = re.compile(rf"(?:test_)?(?:{one}|S\d{{1,2}})(?![A-Za-z0-9])")
    for path, line, name in names:
        if leading.match(name):
            yield path, line, f"{name}: the sentence comes first, the ids come last"
