"""The files of the repository, and C++ as text without what is no code."""

import os
import re
import subprocess
from pathlib import Path

SKIPPED_FOLDERS = {".git", "build", ".venv", "__pycache__", ".pytest_cache", "node_modules"}


def list_files(root):
    """Paths relative to the root: what git knows or would add; without git, all but build output."""
    try:
        command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        listed = []
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS]
            listed += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(Path(name) for name in set(listed) if name and (root / name).is_file())


def read(path):
    """The text of a file; nothing, if it is not there or is no text."""
    try:
        return path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, FileNotFoundError):
        return ""


NO_CODE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"(?P<raw>[^()\\\s]{0,16})\(.*?\)(?P=raw)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.DOTALL
)
DIGIT_SEPARATOR = re.compile(r"(?<=[0-9a-fA-F])'(?=[0-9a-fA-F])")


def code_of(text):
    """C++ with comments and literals blanked, line by line."""

    def blank(match):
        literal = match.group()
        ends = literal[0] + literal[-1] if literal[0] in "\"'" else ""
        return ends + re.sub(r"[^\n]", " ", literal)[len(ends) :]

    return NO_CODE.sub(blank, DIGIT_SEPARATOR.sub("_", text))


def line_at(text, position):
    return text.count("\n", 0, position) + 1


DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
SCOPE = re.compile(r"\b(?:namespace|class|struct|union|enum|extern)\b[^()]*$")


def functions_of(code):
    """First and last line of each function in C++ without comments and literals, but not of lambdas within: braces behind a list of
    parameters. The layout of clang-format is assumed: a brace with no space before it initializes something."""
    code = DIRECTIVE.sub(lambda directive: re.sub(r"[^\n]", " ", directive.group()), code)
    code = re.sub(r"\b(?:public|private|protected):", lambda label: " " * len(label.group()), code)
    found = []
    open_braces = []  # "function", "scope" or "value"
    head_start = start = 0
    for match in re.finditer(r"[{};]", code):
        at, mark = match.start(), match.group()
        head = code[head_start:at]
        if mark == "{" and at > 0 and not code[at - 1].isspace():
            open_braces.append("value")
        elif mark == "{":
            is_function = "function" not in open_braces and "(" in head and not SCOPE.search(head)
            open_braces.append("function" if is_function else "scope")
            start = at - len(head.lstrip()) if is_function else start
        closed = open_braces.pop() if mark == "}" and open_braces else None
        if closed == "function":
            found.append((line_at(code, start), line_at(code, at)))
        if "value" not in open_braces and closed != "value":
            head_start = at + 1
    return found
