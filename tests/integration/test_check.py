"""`turnpike check` judges as `serve` does, with real files and certificates, and leaves the host as it is."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from server import BINARY, free_port

CONF = Path(__file__).parents[2] / "conf"
NOBODY = 65534


def run(command: str, *arguments: str, user: int | None = None) -> subprocess.CompletedProcess:
    # An environment of its own: nobody's TURNPIKE_ or LIVEKIT_KEYS.
    return subprocess.run([BINARY, command, *arguments], env={}, user=user, capture_output=True, text=True, timeout=10)


def openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Authority:
    """A root, which signs an intermediate, which signs servers, as public authorities do."""

    def __init__(self, folder: Path):
        self.folder = folder
        root = self.path("root.key"), self.path("root.pem")
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=root", "-days", "400", "-keyout", root[0], "-out", root[1])
        self.issue("middle", extensions="basicConstraints=critical,CA:true", issuer="root")

    def path(self, name: str) -> Path:
        return self.folder / name

    def issue(self, name: str, kind: str = "rsa:2048", days: int = 90, extensions: str | None = None, issuer: str = "middle") -> None:
        """NAME.key, NAME.pem (the certificate alone) and NAME.full.pem (with its chain)."""
        request, config = self.path(f"{name}.csr"), self.path(f"{name}.cnf")
        config.write_text(extensions or f"subjectAltName=DNS:{name}\n")
        openssl("req", "-new", "-newkey", *kind.split(" "), "-nodes", "-subj", f"/CN={name}", "-keyout", self.path(f"{name}.key"), "-out", request)
        signer = ["-CA", self.path(f"{issuer}.pem"), "-CAkey", self.path(f"{issuer}.key"), "-CAcreateserial"]
        openssl("x509", "-req", "-in", request, *signer, "-days", str(days), "-extfile", config, "-out", self.path(f"{name}.pem"))
        self.path(f"{name}.full.pem").write_text(self.path(f"{name}.pem").read_text() + self.path("middle.pem").read_text())


@pytest.fixture(scope="module")
def authority(tmp_path_factory) -> Authority:
    made = Authority(tmp_path_factory.mktemp("authority"))
    made.issue("good")
    made.issue("other")
    made.issue("turn.good")
    made.issue("soon", days=10)
    made.issue("modern", kind="ed25519")
    key = made.path("good.key")
    openssl("x509", "-in", made.path("good.pem"), "-outform", "DER", "-out", made.path("good.der"))
    openssl("pkey", "-in", key, "-outform", "DER", "-out", made.path("good.key.der"))
    bundle = ["-export", "-in", made.path("good.pem"), "-inkey", key, "-passout", "pass:x", "-out", made.path("good.pfx")]
    openssl("pkcs12", *bundle)
    openssl("pkey", "-in", key, "-aes128", "-passout", "pass:secret", "-out", made.path("locked.key"))
    made.path("reversed.pem").write_text(made.path("middle.pem").read_text() + made.path("good.pem").read_text())
    return made


def write(tmp_path: Path, certificate: Path | str, key: Path | str, more: str = "") -> str:
    file = tmp_path / "turnpike.yaml"
    file.touch(0o600)
    file.write_text(
        f"tls: {{certificate: '{certificate}', key: '{key}'}}\n"
        "listen: {udp: ['127.0.0.1:3478'], tcp: [], tls: ['127.0.0.1:5349']}\n"
        f"relay: {{addresses: [127.0.0.1]}}\ncredentials: {{users: {{alice: secret}}}}\n{more}"
    )
    return str(file)


FAULTS = {
    "no certificate": ("none.pem", "good.key", "none.pem: No such file or directory"),
    "no key": ("good.full.pem", "none.key", "none.key: No such file or directory"),
    "the key of another": ("good.full.pem", "other.key", "other.key: is not the key of"),
    "swapped": ("good.key", "good.full.pem", "they are swapped"),
    "certificate in DER": ("good.der", "good.key", "good.der: is in DER; PEM is needed"),
    "key in DER": ("good.full.pem", "good.key.der", "good.key.der: is in DER; PEM is needed"),
    "a bundle of Windows": ("good.pfx", "good.pfx", "good.pfx: is in PKCS #12; PEM is needed"),
    "a passphrase": ("good.full.pem", "locked.key", "locked.key: is protected by a passphrase"),
    "wrong order": ("reversed.pem", "good.key", "reversed.pem: is in the wrong order"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_check_refuses_certificates_as_serve_does_and_with_the_same_words(authority, tmp_path, name):
    certificate, key, words = FAULTS[name]
    config = write(tmp_path, authority.path(certificate), authority.path(key))
    checked, served = run("check", "--config", config), run("serve", "--config", config)
    assert checked.returncode == served.returncode == 2
    assert words in checked.stderr and "# understood" in checked.stdout and "# ok" not in checked.stdout
    assert served.stderr.removeprefix("turnpike: ").split(" (and ")[0].strip() in checked.stderr


WARNINGS = {
    "a leaf without its chain": ("good.pem", "good.key", "unable to get local issuer certificate"),
    "ten days left": ("soon.full.pem", "soon.key", "expires on "),
    "what browsers refuse": ("modern.full.pem", "modern.key", "browsers refuse it: its key is Ed25519"),
}


@pytest.mark.parametrize("name", WARNINGS)
def test_check_warns_of_what_clients_refuse_and_is_content(authority, tmp_path, name):
    certificate, key, words = WARNINGS[name]
    result = run("check", "--config", write(tmp_path, authority.path(certificate), authority.path(key)))
    assert result.returncode == 0 and f"turnpike: warning: {tmp_path}/turnpike.yaml:1: tls.certificate: " in result.stderr
    assert words in result.stderr and "# ok, with " in result.stdout


def test_check_warns_of_a_name_of_the_certificate_that_a_wildcard_leads_elsewhere(authority, tmp_path):
    config = write(tmp_path, authority.path("turn.good.full.pem"), authority.path("turn.good.key"))
    result = run("check", "--config", config, "--tls.passthrough", '{"*.good": "127.0.0.1:8443"}')
    assert result.returncode == 0, result.stderr
    assert "warning: --tls.passthrough: turn.good leads to 127.0.0.1:8443 by a wildcard, but tls.certificate is for that name" in result.stderr
    for passthrough in ('{"www.good": "127.0.0.1:8443"}', '{"turn.good": "127.0.0.1:8443"}'):
        assert "leads to" not in run("check", "--config", config, "--tls.passthrough", passthrough).stderr


def test_check_judges_the_certificate_of_every_name(authority, tmp_path):
    config = write(tmp_path, authority.path("good.full.pem"), authority.path("good.key"))
    names = {name: {"certificate": str(authority.path(f"{name}.full.pem")), "key": str(authority.path(f"{name}.key"))} for name in ("good", "other")}
    good = run("check", "--config", config, "--tls.names", json.dumps(names))
    assert good.returncode == 0, good.stderr
    assert "\n# certificate for good: good; expires 2" in good.stdout and "\n# certificate for other: other; expires 2" in good.stdout
    turned = run("check", "--config", config, "--tls.names", json.dumps({"good": names["other"]}))
    assert turned.returncode == 0 and f"warning: --tls.names: good: {names['other']['certificate']}: is for other" in turned.stderr
    names["good"]["key"] = names["other"]["key"]
    for command in ("check", "serve"):
        bad = run(command, "--config", config, "--tls.names", json.dumps(names))
        assert bad.returncode == 2 and f"--tls.names: good: {names['good']['key']}: is not the key of" in bad.stderr


def test_check_of_a_good_file_ends_with_all_that_is_left_to_do(authority, tmp_path):
    result = run("check", "--config", write(tmp_path, authority.path("good.full.pem"), authority.path("good.key")))
    assert result.returncode == 0, result.stderr
    *_, relays, ports, certificate, end = result.stdout.splitlines()
    assert relays == "# relay addresses: 127.0.0.1" and ports.endswith("UDP 49152-65535 for relays")
    assert certificate.startswith("# certificate: good; expires 2") and certificate.endswith("days")
    assert end.startswith("# ok")


def test_a_key_that_this_user_may_not_read_is_named(authority, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    key, config = tmp_path / "private.key", tmp_path / "turnpike.yaml"
    key.write_bytes(authority.path("good.key").read_bytes())
    key.chmod(0o600)
    certificate = tmp_path / "good.pem"
    certificate.write_bytes(authority.path("good.full.pem").read_bytes())
    write(tmp_path, certificate, key)
    config.chmod(0o644)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.geteuid() and folder != Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    result = run("check", "--config", str(config), user=NOBODY)
    assert result.returncode == 2 and f"tls.key: {key}: Permission denied" in result.stderr


def test_check_runs_beside_a_live_server_and_leaves_no_trace(launch, tmp_path):
    log, control = tmp_path / "turnpike.log", tmp_path / "control.sock"
    server = launch({"control": {"listen": f"127.0.0.1:{free_port()}", "socket": str(control)}, "log": {"file": str(log)}})
    until = time.monotonic() + 5
    while " started " not in log.read_text() and time.monotonic() < until:
        time.sleep(0.02)
    before = sorted(tmp_path.iterdir()), log.read_bytes()
    result = run("check", "--config", str(server.config_file))
    assert result.returncode == 0, result.stderr
    assert "# ok" in result.stdout and (sorted(tmp_path.iterdir()), log.read_bytes()) == before
    fresh = tmp_path / "fresh.log"
    assert run("check", "--config", str(server.config_file), "--log.file", str(fresh)).returncode == 0
    assert not fresh.exists()


def test_addresses_that_are_not_here_are_told_by_check_and_stop_the_start(tmp_path):
    config = tmp_path / "turnpike.yaml"
    config.write_text("relay: {addresses: [192.0.2.9]}\nlisten: {udp: ['192.0.2.8:3478']}\n")
    checked, served = run("check", "--config", str(config)), run("serve", "--config", str(config))
    assert checked.returncode == 2 and served.returncode == 1
    assert "relay.addresses: 192.0.2.9: this host does not have it" in checked.stderr
    assert "listen.udp: 192.0.2.8:3478: this host does not have it" in checked.stderr
    only_relay = run("serve", "--config", "/dev/null", "--relay.addresses", "192.0.2.9")
    assert only_relay.returncode == 1 and "--relay.addresses: 192.0.2.9: this host does not have it" in only_relay.stderr


@pytest.mark.parametrize("example", ["livekit.example.yaml", "livekit.embedded.example.yaml", "livekit.one-port.example.yaml"])
def test_check_tells_what_it_understood_of_livekits_file_before_it_refuses(example):
    result = run("check", "--livekit-config", str(CONF / example))
    assert "# understood: keys: 1" in result.stdout and "# ignored: " in result.stdout
    assert result.returncode == 2  # neither the example's certificate nor its address is here


def test_every_wrong_value_of_livekits_file_is_told(tmp_path):
    file = tmp_path / "livekit.yaml"
    file.touch(0o600)
    file.write_text("port: x\nkeys: {APIa: secret}\nkey_file: /nowhere/keys\nrtc: {node_ip: here, udp_port: 9-8}\nturn:\n  enabled: maybe\n")
    result = run("check", "--livekit-config", str(file))
    assert result.returncode == 2 and "# understood: port" not in result.stderr
    wrong = ["livekit.yaml:1: port: ", "livekit.yaml:4: rtc.node_ip: ", "livekit.yaml:4: rtc.udp_port: ", "livekit.yaml:6: turn.enabled: "]
    assert [part for part in [*wrong, "key_file: /nowhere/keys: "] if part not in result.stderr] == []
    assert "LiveKit still needs" not in result.stderr and "peers.allow" not in result.stderr
    served = run("serve", "--livekit-config", str(file))
    assert served.returncode == 2 and len(served.stderr.splitlines()) == 1 and "and 4 more: turnpike check" in served.stderr


def test_a_file_of_coturn_and_its_options_lead_to_ours(tmp_path):
    file = tmp_path / "turnserver.conf"
    file.write_text("# coturn\nlistening-port=3478\nlt-cred-mech\nuser=alice:hidden\nstatic-auth-secret=hidden\n")
    result = run("check", "--config", str(file))
    assert result.returncode == 2 and "is coturn's file" in result.stderr
    assert "credentials.rest_secrets" in result.stderr and "hidden" not in result.stdout + result.stderr
    served = run("serve", "--config", str(file))
    assert served.returncode == 2 and "is coturn's file" in served.stderr and len(served.stderr.splitlines()) == 1
