"""Walks through the code: what a page names as `file:function` is a function that the file has."""

import re
from pathlib import Path

from sources import code_of

STEP = re.compile(r"`((?:src|include)/[\w./-]+):([a-z_]\w*)`")
PAGES = {Path("ARCHITECTURE.md"), Path("CONTRIBUTING.md"), Path("SECURITY.md")}
KEYWORDS = ("return", "if", "else", "while", "for", "switch", "case", "using", "co_return", "co_await")


def defines(suffix, code, function):
    """Definitions stand at the beginning of a line, in headers also within a class; a call is neither."""
    indent = r"[ \t]*" if suffix in (".hpp", ".h") else ""
    refused = "|".join(KEYWORDS)
    return re.search(rf"^{indent}(?=[A-Za-z_])(?!(?:{refused})\b)[^\n;=()]*\b{function}\(", code, re.MULTILINE) is not None


def check(path, text, text_of, known):
    if path not in PAGES:
        return
    for match in STEP.finditer(text):
        file, function = Path(match[1]), match[2]
        line = text.count("\n", 0, match.start()) + 1
        if file not in known:
            yield path, line, f"{file}: there is no such file"
        elif not defines(file.suffix, code_of(text_of(file)), function):
            yield path, line, f"{file} has no function {function}"
