"""Manual pages, from what the programs say with --help, the commented configuration and the pages of docs: nothing is said twice."""

import re
from itertools import groupby

import help_text
from help_text import Entry
from roff import Page, example, item, prose

EXAMPLES = "Examples:\n"


def footer(text: str) -> list[str]:
    """Examples, and what they leave open."""
    parts = []
    for block in text.split("\n\n"):
        if block.startswith(EXAMPLES):
            parts.append(example(line.strip() for line in block.splitlines()[1:]))
        elif block:
            parts += [".PP", prose(block)]
    return parts


def items(entries: list[Entry]) -> list[str]:
    return [item(entry.name, entry.about) for entry in entries]


def options(page: Page, groups: dict[str, list[Entry]]) -> None:
    page.section("Options")
    for title, entries in groups.items():
        if title == "Options":
            page.parts += items(entries)
        else:
            page.subsection(title, *items(entries))


def page_table(text: str, first: str) -> list[tuple[str, str]]:
    """The rows of the table whose first column is called so."""
    rows = text.split(f"| {first} | ", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in row.strip("| ").split(" | ", 1)) for row in rows]


def page_paragraph(text: str, beginning: str) -> str:
    """From there to the end of the paragraph."""
    return text[text.index(beginning) :].split("\n\n", 1)[0]


def server(program: str, version: str, readme: str, operating: str) -> str:
    """turnpike(8)."""
    top = help_text.ask(program, "--help")
    page = Page("turnpike", 8, version, top.about)
    page.section("Synopsis", f".B {top.usage}")
    page.section("Description", prose(readme.split("\n\n", 2)[1]))
    page.section("Commands", *items(top.commands))
    common = {entry.flags[-1] for entry in top.options}
    for command in top.commands:
        told = help_text.ask(program, command.name, "--help")
        own = [entry for entry in told.options if entry.flags[-1] not in common]
        page.subsection(f"turnpike {command.name}", prose(f"{told.about[:1].upper()}{told.about[1:]}."), *items(told.positionals), *items(own), *footer(told.footer))
    options(page, top.groups)
    page.section("Examples", *footer(top.footer))
    page.section("Signals", *(item(signal, effect) for signal, effect in page_table(operating, "signal")))
    page.section("Exit status", prose(page_paragraph(operating, "Exit codes: ")))
    page.section("Files", item("/etc/turnpike/turnpike.yaml", "the configuration, if no other is named"))
    page.section("See also", ".BR turnpike.yaml (5),", ".BR turnpike\\-bench (1)")
    return str(page)


def configuration(program: str, version: str, commented: str) -> str:
    """turnpike.yaml(5): comments of the commented file as text, its keys as they stand, and for each key its flag and variable."""
    page = Page("turnpike.yaml", 5, version, "configuration of the TURN and STUN relay server turnpike")
    page.section("Description", *literate(commented))
    page.section("Keys", prose("Each is an option of `turnpike` and a variable of its environment as well."))
    for entries in keys_by_group(program).values():
        for entry in entries:
            name = entry.flags[-1].removeprefix("--")
            page.parts.append(item(f"{name}: {entry.value}", f"{entry.about} `{variable(name)}`"))
    page.section("See also", ".BR turnpike (8)")
    return str(page)


def keys_by_group(program: str) -> dict[str, list[Entry]]:
    every = help_text.ask(program, "--help-all").groups
    return {title: entries for title, entries in every.items() if title != "Options"}


def variable(key: str) -> str:
    return "TURNPIKE_" + key.upper().replace(".", "_")


def literate(commented: str) -> list[str]:
    """Comments become paragraphs; the lines between them, and comments to the right of them, stay as they are."""
    parts = []
    for is_comment, lines in groupby(commented.splitlines(), lambda line: bool(re.match(r" {,8}#", line))):
        block = list(lines)
        if is_comment:
            text = "\n".join(re.sub(r"^ *# ?", "", line) for line in block)
            for paragraph in text.split("\n\n"):
                parts += [".PP", prose(paragraph)]
        elif any(block):
            parts.append(example(line for line in block if line))
    return parts


def generator(program: str, version: str) -> str:
    """turnpike-bench(1)."""
    told = help_text.ask(program, "--help")
    page = Page("turnpike-bench", 1, version, told.about)
    page.section("Synopsis", f".B {told.usage}".replace("-", "\\-"))
    page.section("Description", *items(told.positionals))
    page.section("Scenarios", example(help_text.output_of(program, "--list").splitlines()))
    options(page, told.groups)
    page.section("Examples", *footer(told.footer))
    page.section("See also", ".BR turnpike (8)")
    return str(page)
