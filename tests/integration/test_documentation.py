"""Manual pages and completions: they have every command, option and key that the programs tell of, and the shells and mandoc take them."""

import gzip
import os
import re
import subprocess
from pathlib import Path

import pytest

from server import BINARY

SOURCE = Path(__file__).parents[2]
BENCH = os.environ.get("TEST_BENCH", "turnpike-bench")
PROGRAMS = {"turnpike": BINARY, "turnpike-bench": BENCH}
PAGES = ["man8/turnpike.8.gz", "man5/turnpike.yaml.5.gz", "man1/turnpike-bench.1.gz"]


@pytest.fixture(scope="module")
def documentation(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("documentation")
    writer = SOURCE / "packaging/documentation.py"
    subprocess.run(["python3", "-B", writer, "--server", BINARY, "--bench", BENCH, "--version", "1.2.3", folder], check=True)
    return folder


def output_of(*command: str | Path) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def plain(documentation: Path, page: str) -> str:
    """As a reader sees it, in lines that are not broken."""
    text = gzip.decompress((documentation / page).read_bytes()).decode()
    shown = subprocess.run(["mandoc", "-T", "ascii", "-O", "width=1000"], input=text, check=True, capture_output=True, text=True).stdout
    return re.sub(".\b", "", shown)


def flags_of(*command: str) -> set[str]:
    return set(re.findall(r"^  (?:-\w, )?(--[a-z][\w.-]*)", output_of(*command), re.MULTILINE))


def commands() -> list[str]:
    listed = output_of(BINARY, "--help").split("Commands:\n", 1)[1].split("\n\n", 1)[0]
    return [line.split()[0] for line in listed.splitlines() if re.match(r"  \S", line)]


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_without_fault(documentation, page):
    text = gzip.decompress((documentation / page).read_bytes()).decode()
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning"], input=text, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_page_of_the_server_has_its_commands_with_their_options(documentation):
    text = plain(documentation, "man8/turnpike.8.gz")
    assert "turnpike - TURN and STUN relay server" in text
    for command in commands():
        assert f"turnpike {command}" in text
        assert [flag for flag in flags_of(BINARY, command, "--help") if flag not in text] == []
    for signal in ("SIGTERM", "SIGUSR1", "SIGHUP"):
        assert signal in text
    assert "Exit codes: 0" in text


def test_the_page_of_the_configuration_has_every_key_and_what_the_commented_file_says(documentation):
    text = plain(documentation, "man5/turnpike.yaml.5.gz")
    for flag in flags_of(BINARY, "--help-all") - flags_of(BINARY, "--help"):
        assert f"{flag[2:]}: " in text and "TURNPIKE_" + flag[2:].upper().replace(".", "_") in text, flag
    words = " ".join(text.split())
    comments = re.findall(r"^ *# (.*)", (SOURCE / "conf/turnpike.yaml").read_text(), re.MULTILINE)
    assert [line for line in comments if " ".join(line.replace("`", "").split()) not in words] == []


def test_the_page_of_the_load_generator_has_its_options_and_scenarios(documentation):
    text = plain(documentation, "man1/turnpike-bench.1.gz")
    assert [flag for flag in flags_of(BENCH, "--help") if flag not in text] == []
    assert [line for line in output_of(BENCH, "--list").splitlines() if line.split()[0] not in text] == []


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_option_is_completed_by_every_shell(documentation, program):
    flags = flags_of(PROGRAMS[program], "--help")
    for command in commands() if program == "turnpike" else ():
        flags |= flags_of(BINARY, command, "--help")
    files = {"bash": f"bash/{program}", "zsh": f"zsh/_{program}", "fish": f"fish/{program}.fish"}
    for shell, name in files.items():
        text = (documentation / name).read_text()
        assert [flag for flag in flags if (f"-l {flag[2:]} " if shell == "fish" else flag) not in text] == [], shell
        subprocess.run([shell, "--no-execute" if shell == "fish" else "-n", documentation / name], check=True)


COMPLETED = [
    (["turnpike", "pro"], {"probe"}),
    (["turnpike", "--relay.eng"], {"--relay.engine"}),
    (["turnpike", "serve", "--relay.engine", ""], {"auto", "kernel", "sockets"}),
    (["turnpike", "mint", "--part"], {"--participant"}),
    (["turnpike", "serve", "--part"], set()),
    (["turnpike", "check", "--config", "conf/turnpike.y"], {"conf/turnpike.yaml"}),
    (["turnpike", "--realm", "x"], set()),
    (["turnpike-bench", "--clie"], {"--clients"}),
]


@pytest.mark.parametrize("words, expected", COMPLETED, ids=[" ".join(words) for words, _ in COMPLETED])
def test_bash_offers_what_fits(documentation, words, expected):
    script = """
source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); COMPREPLY=()
compopt() { :; }
"$(complete -p "$1" | sed -E 's/.*-F ([^ ]*).*/\\1/')"
printf '%s\\n' "${COMPREPLY[@]}"
"""
    offered = subprocess.run(
        ["bash", "-c", script, "bash", documentation / "bash" / words[0], *words], cwd=SOURCE, check=True, capture_output=True, text=True
    )
    assert set(offered.stdout.split()) == expected
