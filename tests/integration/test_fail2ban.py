"""The filter in conf/fail2ban, tried by fail2ban-regex on the log of a real run, in each form that the log has."""

import os
import subprocess
from pathlib import Path

import pytest

import wire
from client import Client

SOURCE = Path(__file__).parents[2]
FAIL2BAN = SOURCE / "build/tools/fail2ban"  # unpacked by scripts/setup
FILTER = SOURCE / "conf/fail2ban/filter.conf"
IPV6 = "2001:db8:0:1::/64"


def found(log: Path, mode: str = "normal") -> list[str]:
    """The addresses that the filter finds, in the order of the lines."""
    command = [FAIL2BAN / "usr/bin/fail2ban-regex", "--config", FAIL2BAN / "etc/fail2ban", "--out", "ip", log, f"{FILTER}[mode={mode}]"]
    done = subprocess.run(
        ["python3", *command],
        env=os.environ | {"PYTHONPATH": str(FAIL2BAN / "usr/lib/python3/dist-packages"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.split()


def guess(server, source: str, times: int) -> None:
    with Client(server, source=(source, 0)) as client:
        client.challenge()
        for number in range(times):
            client.password = f"guess {number}"
            assert client.ask(client.signed(wire.ALLOCATE, [wire.UDP])).code == 401


@pytest.mark.parametrize("form", ["text", "json"])
def test_who_guesses_is_found_and_who_mistypes_is_not(launch, form):
    server = launch({"log": {"format": form}})
    guess(server, "127.0.0.7", 30)
    guess(server, "127.0.0.8", 2)
    with Client(server, source=("127.0.0.9", 0)) as client:
        client.allocate()
    server.stop()
    assert found(server.log_file) == ["127.0.0.7"]
    assert sorted(found(server.log_file, "aggressive")) == ["127.0.0.7", "127.0.0.8"]


def test_networks_lines_of_the_journal_and_what_clients_write_are_told_apart(tmp_path):
    log = tmp_path / "log"
    log.write_text(
        f"2026-03-01T12:00:00.000Z warning passwords_guessed from={IPV6} count=40 seconds=60\n"
        "2026-03-01T12:00:00.000000+00:00 host turnpike[7]: passwords_guessed from=192.0.2.1 count=40 seconds=60\n"
        '2026-03-01T12:00:01.000Z info    request_refused user="passwords_guessed from=192.0.2.66 count=40 seconds=60"\n'
        "2026-03-01T12:00:02.000Z warning passwords_guessed count=40 seconds=60\n"
    )
    assert found(log) == [IPV6, "192.0.2.1"]
