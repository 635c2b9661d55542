"""Completions for shells, from what a program says with --help."""

from dataclasses import dataclass

import help_text
from help_text import Entry


@dataclass
class Interface:
    """A program's commands with the options of each; "" is for no command."""

    program: str
    abouts: dict[str, str]
    options: dict[str, list[Entry]]

    @classmethod
    def of(cls, path: str, program: str) -> "Interface":
        top = help_text.ask(path, "--help")
        options = {"": every_option(path, top)}
        for command in top.commands:
            options[command.name] = every_option(path, help_text.ask(path, command.name, "--help"), command.name)
        return cls(program, {command.name: command.about for command in top.commands}, options)

    @property
    def by_flag(self) -> dict[str, Entry]:
        """Each option once, by every one of its flags."""
        return {flag: entry for entries in self.options.values() for entry in entries for flag in entry.flags}

    @property
    def function(self) -> str:
        return "_" + self.program.replace("-", "_")


def every_option(path: str, told: help_text.Help, *command: str) -> list[Entry]:
    has_more = any("--help-all" in entry.flags for entry in told.options)
    return (help_text.ask(path, *command, "--help-all") if has_more else told).options


def is_file(entry: Entry) -> bool:
    return entry.value == "FILE"


def bash(interface: Interface) -> str:
    by_value: dict[str, list[str]] = {}
    for flag, entry in interface.by_flag.items():
        if entry.value:
            by_value.setdefault("FILE" if is_file(entry) else " ".join(entry.choices), []).append(flag)
    values = []
    for words, flags in by_value.items():
        action = {"FILE": 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$word")); return', "": "return"}.get(
            words, f'COMPREPLY=($(compgen -W "{words}" -- "$word")); return'
        )
        values.append(f"    {'|'.join(flags)}) {action} ;;")
    words_of = [
        f'    "{command}") words="{" ".join([*(() if command else interface.abouts), *(flag for e in entries for flag in e.flags)])}" ;;'
        for command, entries in interface.options.items()
    ]
    return "\n".join(
        [
            f"# Completions of {interface.program} for bash.",
            f"{interface.function}() {{",
            '  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command="" words each',
            '  for each in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do',
            f'    case $each in {"|".join(interface.abouts) or "-"}) command=$each; break ;; esac',
            "  done",
            "  case $before in",
            *values,
            "  esac",
            "  case $command in",
            *words_of,
            "  esac",
            '  COMPREPLY=($(compgen -W "$words" -- "$word"))',
            "}",
            f"complete -F {interface.function} {interface.program}",
            "",
        ]
    )


def zsh_quoted(text: str) -> str:
    """For _arguments, between single quotes."""
    for mark in "\\[]:":
        text = text.replace(mark, "\\" + mark)
    return text.replace("'", "'\\''")


def zsh_option(entry: Entry) -> list[str]:
    value = ""
    if entry.value:
        action = "_files" if is_file(entry) else f"({' '.join(entry.choices)})" if entry.choices else " "
        value = f":{zsh_quoted(entry.value)}:{action}"
    return [f"'{flag}[{zsh_quoted(entry.about)}]{value}'" for flag in entry.flags]


def zsh(interface: Interface) -> str:
    shared = [entry for entry in interface.options[""] if all(entry in entries for entries in interface.options.values())]
    lines = [f"#compdef {interface.program}", f"# Completions of {interface.program} for zsh.", f"{interface.function}() {{"]
    lines += ["  local -a options=(", *(f"    {text}" for entry in shared for text in zsh_option(entry)), "  )"]
    if interface.abouts:
        lines += ["  local -a commands=(", *(f"    '{name}:{zsh_quoted(about)}'" for name, about in interface.abouts.items()), "  )"]
    lines.append("  case ${words[2]} in")
    for command, entries in interface.options.items():
        if command:
            own = [text for entry in entries if entry not in shared for text in zsh_option(entry)]
            lines += [f"    {command})", "      shift words; (( CURRENT-- ))", "      options+=(", *(f"        {text}" for text in own), "      ) ;;"]
    own = [text for entry in interface.options[""] if entry not in shared for text in zsh_option(entry)]
    first = [f"'1:command:(({' '.join(zsh_command(n, a) for n, a in interface.abouts.items())}))'"] if interface.abouts else []
    lines += ["    *)", "      options+=(", *(f"        {text}" for text in own + first), "      ) ;;", "  esac"]
    lines += ["  _arguments -s : $options '*:argument:_files'", "}", f'{interface.function} "$@"', ""]
    return "\n".join(lines)


def zsh_command(name: str, about: str) -> str:
    return f"{name}\\:\"{zsh_quoted(about)}\""


def fish_quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def fish(interface: Interface) -> str:
    lines = [f"# Completions of {interface.program} for fish."]
    for name, about in interface.abouts.items():
        lines.append(f"complete -c {interface.program} -n __fish_use_subcommand -f -a {name} -d {fish_quoted(about)}")
    seen = []
    for entry in (entry for entries in interface.options.values() for entry in entries):
        if entry in seen:
            continue
        seen.append(entry)
        having = [command for command, entries in interface.options.items() if entry in entries]
        condition = ""
        if len(having) < len(interface.options):
            lacking = [command for command in interface.options if command and command not in having]
            test = f"not __fish_seen_subcommand_from {' '.join(lacking)}" if "" in having else f"__fish_seen_subcommand_from {' '.join(having)}"
            condition = f" -n {fish_quoted(test)}"
        flags = " ".join(f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}" for flag in entry.flags)
        value = ""
        if entry.value:
            value = " -r -F" if is_file(entry) else f" -x -a {fish_quoted(' '.join(entry.choices))}" if entry.choices else " -x"
        lines.append(f"complete -c {interface.program}{condition} {flags}{value} -d {fish_quoted(entry.about)}")
    return "\n".join([*lines, ""])
