"""What a program says with --help, as values: its commands and options are written down nowhere else."""

import re
import subprocess
from dataclasses import dataclass, field

ENTRY = re.compile(r"  (\S(?:\S| (?! ))*)(?:  +(.*))?$")
DEFAULT = re.compile(r" ?\((?:default: (?P<value>[^()]*)|required)\)$")


@dataclass
class Entry:
    """A command, a positional or an option: `-f, --file FILE`, and what is said about it."""

    name: str
    about: str

    @property
    def flags(self) -> list[str]:
        return re.findall(r"(?:^|(?<=, ))--?[A-Za-z][\w.-]*", self.name)

    @property
    def value(self) -> str:
        """How its value is written; nothing for a flag."""
        return self.name.split(self.flags[-1], 1)[1].strip() if self.flags else ""

    @property
    def choices(self) -> list[str]:
        """The words that are its values, where there are no others."""
        words = self.value.split("|")
        return words if len(words) > 1 and all(re.fullmatch(r"[a-z0-9.]+", word) for word in words) else []


@dataclass
class Help:
    about: str
    usage: str
    groups: dict[str, list[Entry]] = field(default_factory=dict)
    footer: str = ""

    def __post_init__(self):
        self.commands = self.groups.pop("Commands", [])
        self.positionals = self.groups.pop("Positionals", [])

    @property
    def options(self) -> list[Entry]:
        return [entry for group in self.groups.values() for entry in group]


def entries_of(lines: list[str]) -> list[Entry]:
    """Those of a group; what is said about one goes on in lines that are indented further."""
    entries = []
    for line in lines:
        if match := ENTRY.match(line):
            entries.append(Entry(match[1], match[2] or ""))
        else:
            entries[-1].about = f"{entries[-1].about} {line.strip()}".strip()
    return entries


def parse(text: str) -> Help:
    about, usage, *blocks = text.rstrip().split("\n\n")
    groups = {}
    while blocks and re.match(r"[\w .?-]+:\n", blocks[0]) and not blocks[0].startswith("Examples:"):
        title, *lines = blocks.pop(0).splitlines()
        groups[title.removesuffix(":")] = entries_of(lines)
    return Help(about, usage.removeprefix("Usage: "), groups, "\n\n".join(blocks))


def ask(program: str, *arguments: str) -> Help:
    return parse(output_of(program, *arguments))


def output_of(program: str, *arguments: str) -> str:
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True).stdout
