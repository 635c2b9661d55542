"""Text as roff, the language of manual pages."""

import os
import re
import time
from collections.abc import Iterable


def escape(text: str) -> str:
    """A line of text that means itself."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def prose(markdown: str) -> str:
    """A paragraph: code and what stands in asterisks is bold, links are their text."""
    text = escape(" ".join(re.sub(r"\[([^\]]+)\]\([^)]+\)", r"\1", markdown).split()))
    return re.sub(r"`([^`]+)`|\*\*([^*]+)\*\*", lambda found: f"\\fB{found[1] or found[2]}\\fR", text)


def example(lines: Iterable[str]) -> str:
    """Lines as they stand."""
    return "\n".join([".PP", ".nf", ".RS 4", *map(escape, lines), ".RE", ".fi"])


def item(name: str, about: str) -> str:
    """An entry of a list; the name is text, and what is said about it is prose."""
    return f".TP\n.B {escape(name)}\n{prose(about)}" if about else f".TP\n.B {escape(name)}"


class Page:
    """A manual page; section 8 is for administrators, 5 for files, 1 for everybody."""

    def __init__(self, name: str, section: int, version: str, about: str):
        date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
        self.parts = [f'.TH {escape(name.upper())} {section} "{date}" "turnpike {version}"']
        self.section("Name", f"{escape(name)} \\- {escape(about)}")

    def section(self, title: str, *parts: str) -> None:
        self._begin(f".SH {title.upper()}", parts)

    def subsection(self, title: str, *parts: str) -> None:
        self._begin(f".SS {escape(title)}", parts)

    def _begin(self, head: str, parts: tuple[str, ...]) -> None:
        """A paragraph begins there anyway."""
        first = [part.removeprefix(".PP\n") for part in parts[:1] if part != ".PP"]
        self.parts += [head, *first, *parts[1:]]

    def __str__(self) -> str:
        return "\n".join(self.parts) + "\n"
