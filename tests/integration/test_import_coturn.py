"""coturn's files in the form that installers write: what `import-coturn` prints of each passes `check`, and nothing is lost without a word."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from client import Client
from server import BINARY, make_certificate

FILES = sorted((Path(__file__).parent / "coturn_files").glob("*.conf"))
SHOWN_ELSEWHERE = {  # options that become a key, and how it is found
    "listening-port": "listen:",
    "tls-listening-port": "tls",
    "listening-ip": "listen:",
    "aux-server": "listen:",
    "relay-ip": "addresses:",
    "relay-threads": "workers:",
    "external-ip": "external",
    "min-port": "ports:",
    "max-port": "ports:",
    "use-auth-secret": "rest_secrets:",
    "static-auth-secret": "rest_secrets:",
    "rest-api-separator": "rest_separator:",
    "realm": "realm:",
    "user": "users:",
    "user-quota": "allocations_per_user:",
    "total-quota": "allocations:",
    "max-bps": "bytes_per_second_per_user:",
    "max-allocate-lifetime": "lifetime_max_s:",
    "stale-nonce": "nonce_life_s:",
    "no-tcp": r"tcp: \[\]",
    "no-tls": "listen:",
    "no-tlsv1_2": "min_version:",
    "cert": "certificate:",
    "pkey": "key:",
    "allocation-default-address-family": "default_family: ipv4",
    "stun-backward-compatibility": "rfc3489: true",
    "allowed-peer-ip": "allow:",
    "denied-peer-ip": "deny:|left out of what denied-peer-ip has",
    "allow-loopback-peers": "allow:",
}


def run(*arguments: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=20)


def imported(file: Path) -> str:
    done = run("import-coturn", file)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return done.stdout


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_what_is_printed_passes_check(file, certificate, tmp_path):
    configuration = tmp_path / "turnpike.yaml"
    text = imported(file)
    for name, own in zip(("certificate", "key"), certificate, strict=True):
        text = re.sub(rf"^  {name}: .*", f'  {name}: "{own}"', text, flags=re.MULTILINE)
    configuration.write_text(text)
    # Listeners and relays are of hosts that this one is not.
    addresses = ["--relay.addresses", "127.0.0.1", "--listen.udp", "127.0.0.1:12011", "--listen.tcp", "127.0.0.1:12011"]
    if "  tls: [" in text:
        addresses += ["--listen.tls", "127.0.0.1:12012"]
    if "  external:\n" in text:
        addresses += ["--relay.external", "{127.0.0.1: 192.0.2.1}"]
    checked = run("check", "--config", configuration, "--control.socket", "", "--control.listen", "", *addresses)
    assert checked.returncode == 0, f"{checked.stderr}\n{text}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_line_has_its_key_or_its_comment(file):
    text = imported(file)
    options = [(number, re.split(r"[= ]", line.strip(), maxsplit=1)[0]) for number, line in enumerate(file.read_text().splitlines(), 1)]
    for number, option in options:
        if option and not option.startswith("#"):
            is_told = f"#   line {number}: {option}: " in text
            assert is_told != (option in SHOWN_ELSEWHERE and re.search(SHOWN_ELSEWHERE[option], text) is not None), (number, option, text)


def test_secrets_are_where_they_are_needed_and_nowhere_else():
    text = imported(Path(__file__).parent / "coturn_files/kubernetes_chart.conf")
    assert "n0tToBeSeen" not in text
    assert text.count("first.of-two") == text.count("second.of-two") == 1


def test_clients_of_the_old_file_are_clients_of_the_new_one(launch, tmp_path):
    """A server with what was imported takes the passwords and the key of coturn's users."""
    coturn = tmp_path / "turnserver.conf"
    coturn.write_text("lt-cred-mech\nrealm=realm\nuser=user:uOpen5esame\nuser=other:0x1e2e6a8f1cba1b8c1a9ee2b9e2cbdcb1\n")
    configuration = tmp_path / "imported.yaml"
    configuration.write_text(imported(coturn))
    server = launch({"credentials": {"users": {}, "users_file": ""}})
    server.config["credentials"] = yaml.safe_load(configuration.read_text())["credentials"]
    server.reload()
    server.wait_for_log(" reloaded")
    with Client(server, user="user", password="uOpen5esame") as client:
        client.allocate()


def test_a_mistake_is_told_with_its_line_and_nothing_is_printed(tmp_path):
    file = tmp_path / "turnserver.conf"
    file.write_bytes(b"realm=example.org\nmin-port=many\n\xff\xfe\x00binary\n")
    done = run("import-coturn", file)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}:2: min-port: must be a number" in done.stderr and f"{file}:3: is no line of coturn's file" in done.stderr
    assert run("import-coturn", "/dev/zero").returncode == 2


def test_standard_input_is_a_file_as_well():
    done = subprocess.run([BINARY, "import-coturn", "-"], input="realm=piped\n", capture_output=True, text=True, timeout=20)
    assert done.returncode == 0 and 'realm: "piped"' in done.stdout
