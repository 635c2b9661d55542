"""Checks the text of the repository: `tidy.py [ROOT]`; with --report it also lists requirements that no test names."""

import argparse
import ast
import re
import sys
from pathlib import Path

import attacks
import layout
import names
import pages
import requirements
import walks
from sources import code_of, functions_of, line_at, list_files, read

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70

CXX = {".cpp", ".hpp", ".c", ".h"}
# How the first line of a file begins.
COMMENT = {**dict.fromkeys(CXX, "// "), ".go": "// ", ".rs": "// ", ".js": "// ", ".mjs": "// ", ".ts": "// ", ".py": '"""'}
COMMENT.update(dict.fromkeys([".cmake", ".sh", ".yaml", ".yml", ".toml"], "# "))

UNFINISHED = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:wor[k]|roo[t]|hom[e]/\w+)/")


def kind_of(path, text):
    """The suffix, or the one that the file would have were it not a command."""
    if text.startswith("#!"):
        return ".py" if "python" in text.splitlines()[0] else ".sh"
    return ".cmake" if path.name == "CMakeLists.txt" else path.suffix


def check_first_line(path, text):
    """One sentence. A source that begins with its own header is described there."""
    mark = COMMENT.get(kind_of(path, text))
    lines = text.splitlines()
    if lines and lines[0].startswith("#!"):
        lines.pop(0)
    first = lines[0] if lines else ""
    own_header = path.parts[0] == "src" and first == f'#include "turnpike/{"/".join(path.parts[1:]).removesuffix(".cpp")}.hpp"'
    if mark and not own_header and not (first.startswith(mark) and len(first.split()) > 2):
        yield path, 1, "does not begin with a comment that says what it is"


def check_words(path, text):
    for match in UNFINISHED.finditer(text):
        yield path, line_at(text, match.start()), f"{match.group()}: unfinished work belongs elsewhere"
    for match in MACHINE_PATH.finditer(text):
        yield path, line_at(text, match.start()), f"{match.group()}: a path of one machine"


def functions(path, text):
    kind = kind_of(path, text)
    if kind in CXX:
        return functions_of(code_of(text))
    if kind == ".py":
        nodes = ast.walk(ast.parse(text))
        return [(n.lineno, n.end_lineno) for n in nodes if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if kind == ".go":
        return [(line_at(text, m.start()), line_at(text, m.end())) for m in re.finditer(r"^func .*?^}", text, re.DOTALL | re.MULTILINE)]
    return []


def check_sizes(path, text):
    if kind_of(path, text) not in COMMENT:
        return
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield path, 1, f"{lines} lines, more than {FILE_LINES_MAX}"
    for first, last in functions(path, text):
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield path, first, f"a function of {last - first + 1} lines, more than {FUNCTION_LINES_MAX}"


FILE_CHECKS = [check_first_line, check_words, check_sizes, layout.check_imports, layout.check_purity]


def find_faults(root):
    paths = list_files(root)
    for path in paths:
        text = read(root / path)
        for check in FILE_CHECKS:
            yield from check(path, text)
    yield from layout.check_twins(paths)
    yield from layout.check_drawers(paths)
    yield from layout.check_own_header_first(paths, lambda path: read(root / path))
    yield from layout.check_tested(paths, layout.read_excuses(read(root / "tests/tidy/untested.txt")))
    yield from pages.check(paths, lambda path: read(root / path))
    for path in paths:
        yield from walks.check(path, read(root / path), lambda path: read(root / path), set(paths)) if path in walks.PAGES else ()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", nargs="?", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("--report", action="store_true", help="list the requirements that no test names, with what they say")
    arguments = parser.parse_args()
    root = arguments.root

    paths = list_files(root)
    table = read(root / requirements.TABLE)
    rows = requirements.read_table(table)
    excused = requirements.read_excuses(read(root / requirements.EXCUSES))
    tests = [p for p in paths if p.parts[0] == "tests" and p.parts[1] != "tidy" and p.suffix in requirements.TEST_SUFFIXES]
    named = requirements.named_in((read(root / p) for p in tests), [row.name for row in rows])

    print("\n".join(requirements.summary(rows, named, excused)))
    if arguments.report:
        print("\n".join(requirements.missing(rows, named, excused)))
    faults = [*find_faults(root), *requirements.check_table(table), *requirements.check(rows, named, excused)]
    groups = {row.group for row in rows}
    named_tests = [name for p in tests for name in names.names_in(p, read(root / p))]
    table_of_attacks = read(root / attacks.TABLE)
    faults += [*names.check_order(named_tests, groups)]
    faults += [*attacks.check_table(table_of_attacks), *attacks.check_named(table_of_attacks, named_tests)]
    for path in paths:
        faults += requirements.check_code(path, read(root / path), groups) if path.parts[0] in requirements.CODE else ()
    for path, line, what in faults:
        print(f"{path}:{line}: {what}")
    print(f"{len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
