"""What the documentation shows is so: its configurations start, its commands have the options that it gives them, its scripts do what they should."""

import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from namespace import Namespace, connect
from server import BINARY, die_with_parent, make_certificate
from test_documentation import BENCH, commands, flags_of
from test_kubernetes import KUBECTL, VERSIONS

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests/tidy"))
import pages  # noqa: E402

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# What a host has that one of the configurations is for; and the one beside it, which has a STUN server.
ADDRESSES = ["203.0.113.5/24", "203.0.113.6/24", "203.0.113.11/24", "10.0.0.5/24", "10.9.0.11/24", "2001:db8::5/64"]
STUN = "198.51.100.3"
NEXT_HOST = ["203.0.113.1/24", "10.0.0.1/24", "2001:db8::1/64", f"{STUN}/24"]
PATIENCE_S = 5


def blocks(info: str) -> list:
    """Each block with this info string, named by its page and line."""
    found = []
    for page in PAGES:
        for line, words, body in pages.blocks_of(page.read_text()):
            if words == info:
                found.append(pytest.param(body, id=f"{page.relative_to(ROOT)}:{line}"))
    return found


def only(info: str, name: str = "") -> str:
    (found,) = [each.values[0] for each in blocks(info) if name in each.id]
    return found


@pytest.fixture(scope="module")
def host(tmp_path_factory):
    node, other = Namespace("pages"), Namespace("pages-other")
    options = ["--listen.udp", f"{STUN}:3478", "--listen.tcp", "[]", "--control.socket", "", "--relay.engine", "sockets", "--workers", "1"]
    try:
        connect(node, other)
        for each, addresses in ((node, ADDRESSES), (other, NEXT_HOST)):
            for address in addresses:
                each.add_address("wire", address)
        for server in re.findall(r"^nameserver ([\d.]+)", Path("/etc/resolv.conf").read_text(), re.MULTILINE):
            node.ip("route", "add", "unreachable", server)  # or names are waited for
        for family, router in (("-4", "203.0.113.1"), ("-6", "2001:db8::1")):
            node.ip(family, "route", "add", "default", "via", router)
        with (tmp_path_factory.mktemp("stun") / "log").open("wb") as log:
            server = subprocess.Popen([*other.command(), BINARY, "serve", *options], stdout=log, stderr=log, preexec_fn=die_with_parent)
        yield node
        server.terminate()
        assert server.wait(PATIENCE_S) == 0
    finally:
        node.close()
        other.close()


class Files:
    """Stands in for the files of a host: paths below `folder` in place of those that a configuration names."""

    def __init__(self, folder: Path, pair: tuple[Path, Path]):
        self.folder = folder
        self.pair = pair

    def path(self, name: str) -> Path:
        return self.folder / name.lstrip("/")

    def make(self, name: str) -> Path:
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".pem", ".crt", ".key"):
            is_key = path.suffix == ".key" or "privkey" in path.name
            path.write_bytes(self.pair[is_key].read_bytes())
        elif "livekit_keys" in path.name:
            path.write_text("APIexample: replace-this-secret-of-at-least-32-characters\n")
        elif any(word in path.name for word in ("secret", "token", "password")):
            path.write_text("f" * 64 + "\n")
        else:
            path.mkdir()
        path.chmod(0o700 if path.is_dir() else 0o600)
        return path

    def in_place(self, value):
        """The configuration with these files in place of those that it names, which are made."""
        if isinstance(value, dict):
            return {key: self.in_place(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.in_place(each) for each in value]
        is_file = isinstance(value, str) and value.startswith(("/etc/", "/run/", "/var/"))
        return str(self.make(value)) if is_file else value


@pytest.fixture
def files(tmp_path, certificate) -> Files:
    return Files(tmp_path, certificate)


def stop(process: subprocess.Popen, log: Path) -> None:
    process.send_signal(signal.SIGINT)
    try:
        assert process.wait(PATIENCE_S) == 0, log.read_text()
    finally:
        process.kill()


def starts(host: Namespace, files: Files, *options: str) -> None:
    """Judged by check without an error, it serves until it is told to stop, without a complaint at its start."""
    options = (*options, "--control.socket", str(files.folder / "control.sock"), "--relay.engine", "sockets", "--workers", "1")
    checked = subprocess.run([*host.command(), BINARY, "check", *options], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    log = files.folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([*host.command(), BINARY, "serve", *options], stdout=output, stderr=output, preexec_fn=die_with_parent)
    try:
        until = time.monotonic() + PATIENCE_S
        while not re.search(r' started |"started"', log.read_text()):
            assert process.poll() is None and time.monotonic() < until, log.read_text()
            time.sleep(0.01)
        asked = subprocess.run([BINARY, "status", "--control.socket", files.folder / "control.sock"], capture_output=True, text=True)
        assert asked.returncode == 0 and ": ready, 0 allocations" in asked.stdout, asked.stdout + asked.stderr
    finally:
        stop(process, log)


def write(files: Files, name: str, body: str) -> str:
    file = files.folder / name
    file.touch(0o600)
    file.write_text(yaml.safe_dump(files.in_place(yaml.safe_load(body))))
    return str(file)


@pytest.mark.parametrize("body", blocks("yaml turnpike.yaml"))
def test_a_configuration_starts(host, files, body):
    starts(host, files, "--config", write(files, "turnpike.yaml", body))


@pytest.mark.parametrize("body", blocks("yaml livekit.yaml"))
def test_a_configuration_of_LiveKit_starts(host, files, body):
    pair = [str(each) for each in files.pair]
    starts(host, files, "--livekit-config", write(files, "livekit.yaml", body), "--tls.certificate", pair[0], "--tls.key", pair[1])


def test_there_is_no_block_of_configuration_that_is_not_started():
    known = {"turnpike.yaml", "livekit.yaml", "compose.yaml", "kustomization.yaml", "secret.yaml", "port443.yaml", "certificate.yaml", "homeserver.yaml", "prometheus.yml"}
    for page in PAGES:
        for line, info, _ in pages.blocks_of(page.read_text()):
            language, _, name = info.partition(" ")
            assert language, f"{page}:{line}: a block without an info string"
            assert language != "yaml" or name in known, f"{page}:{line}: {info}"


def calls() -> list:
    """Every call of turnpike, as it stands in a block or span."""
    found = {}
    for page in PAGES:
        for line, code in pages.code_of_page(page.read_text()):
            if pages.IS_CALL.match(code):
                for command, flags in pages.calls_of_program(code):
                    found.setdefault((command, tuple(flags)), f"{page.name}:{line}")
    return [pytest.param(command, flags, id=where) for (command, flags), where in found.items() if flags]


@pytest.fixture(scope="module")
def flags_by_command() -> dict:
    keys = flags_of(BINARY, "--help-all")
    return {None: keys, "probe": flags_of(BINARY, "probe", "--help") | keys} | {
        command: flags_of(BINARY, command, "--help-all") if command in ("serve", "check", "mint") else flags_of(BINARY, command, "--help")
        for command in commands()
        if command != "probe"
    }


@pytest.mark.parametrize("command, flags", calls())
def test_a_command_has_the_options_that_it_is_given(flags_by_command, command, flags):
    assert [flag for flag in flags if flag not in flags_by_command[command]] == []


def test_the_load_generator_has_the_options_that_it_is_given():
    known = flags_of(BENCH, "--help")
    for page in PAGES:
        for line, code in pages.code_of_page(page.read_text()):
            if code.lstrip().startswith("turnpike-bench "):
                assert [flag for flag in pages.FLAG.findall(code) if flag not in known] == [], f"{page}:{line}"


def hooks() -> list:
    """Scripts and units that bring a renewed certificate, as shell."""
    unit = only("ini turnpike-certificate.service")
    lines = [line.partition("=") for line in unit.splitlines()]
    folder = next(value for key, _, value in lines if key == "WorkingDirectory")
    script = "\n".join(["set -eu", f"cd {folder}", *(value for key, _, value in lines if key == "ExecStart")])
    return [pytest.param(only("sh deploy-hook"), id="certbot"), pytest.param(script, id="Caddy")]


@pytest.mark.parametrize("script", hooks())
def test_a_renewed_certificate_reaches_the_server_by_the_hook(host, files, script):
    """Its first run is the installation, the second one the renewal; the group is one that there is here."""
    lineage = files.path("/live")
    script = script.replace("-g turnpike", "-g nogroup").replace("/etc/turnpike/", f"{files.folder}/etc/turnpike/")
    caddy = next((line.removeprefix("cd ") for line in script.splitlines() if line.startswith("cd ")), "")
    script = script.replace(f"cd {caddy}", f"cd {lineage}") if caddy else script
    names = ("turn.example.org.crt", "turn.example.org.key") if caddy else ("fullchain.pem", "privkey.pem")

    def issue() -> None:
        lineage.mkdir(exist_ok=True)
        for made, name in zip(make_certificate(files.folder, "turn.example.org"), names):
            made.replace(lineage / name)
        subprocess.run(["sh", "-c", script], env={"RENEWED_LINEAGE": str(lineage), "PATH": "/usr/bin:/bin"}, check=True)

    files.path("/etc/turnpike").mkdir(parents=True)
    issue()
    key = files.path("/etc/turnpike/privkey.pem")
    assert key.stat().st_mode & 0o777 == 0o640 and key.group() == "nogroup"
    log = files.folder / "log"
    command = [BINARY, "serve", "--listen.tls", "127.0.0.1:443", "--tls.certificate", files.path("/etc/turnpike/fullchain.pem"), "--tls.key", key]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*host.command(), *map(str, command), "--control.socket", "", "--relay.engine", "sockets", "--workers", "1"],
            stdout=output, stderr=output, preexec_fn=die_with_parent,
        )  # fmt: skip
    try:
        for event in (" started ", " certificate_taken "):
            until = time.monotonic() + PATIENCE_S
            while event not in log.read_text():
                assert process.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.02)
            if event == " started ":
                issue()
    finally:
        stop(process, log)


def test_the_service_of_compose_is_called_as_the_program_takes_it(flags_by_command):
    service = yaml.safe_load(only("yaml compose.yaml"))["services"]["turnpike"]
    command, *words = shlex.split(service["command"])
    assert [word for word in words if word.startswith("--") and word not in flags_by_command[command]] == []
    mounted = [volume.split(":")[1] for volume in service["volumes"]]
    named = [word for word in words if word.startswith("/")]
    assert named and all(any(name == place or name.startswith(f"{place}/") for place in mounted) for name in named)
    # What install.md gives to a container that starts as root.
    (line,) = [line for line in (ROOT / "docs/install.md").read_text().splitlines() if "--cap-add" in line]
    assert set(service["cap_add"]) == set(line.split("--cap-add ")[1].split()[0].split(","))


def is_old_kubectl() -> bool:
    """Before 1.21, as Debian 12 has it: another overlay is one of its `bases`."""
    told = subprocess.run([KUBECTL, "version", "--client", "--output", "json"], check=True, capture_output=True, text=True).stdout
    return int(re.match(r"\d+", yaml.safe_load(told)["clientVersion"]["minor"])[0]) < 21


@pytest.fixture(scope="module")
def overlay(tmp_path_factory) -> dict[str, dict]:
    """The manifests of the overlay, by their kind."""
    folder = tmp_path_factory.mktemp("kubernetes")
    shutil.copytree(ROOT / "conf/kubernetes", folder / "conf/kubernetes")
    mine = folder / "overlay"
    mine.mkdir()
    for name in ("kustomization.yaml", "secret.yaml", "port443.yaml"):
        (mine / name).write_text(only(f"yaml {name}"))
    if is_old_kubectl():
        (mine / "kustomization.yaml").write_text(only("yaml kustomization.yaml").replace("resources:", "bases:"))
    bodies = [each.values[0] for each in blocks("yaml turnpike.yaml") if "livekit.md" in each.id]
    (mine / "turnpike.yaml").write_text(next(body for body in bodies if "/run/secrets/" in body))
    rendered = subprocess.run([KUBECTL, "kustomize", mine], capture_output=True, text=True)
    assert rendered.returncode == 0, rendered.stderr
    return {manifest["kind"]: manifest for manifest in yaml.safe_load_all(rendered.stdout)}


@pytest.mark.parametrize("version", VERSIONS)
def test_the_overlay_is_what_the_api_takes(overlay, version):
    for manifest in overlay.values():
        kubernetes_validate.validate(manifest, version, strict=True)


def test_the_overlay_has_the_files_that_its_configuration_names(overlay):
    named = yaml.safe_load(overlay["ConfigMap"]["data"]["turnpike.yaml"])["credentials"].values()
    assert sorted(Path(each).name for each in named) == sorted(overlay["Secret"]["stringData"])
    certificate = yaml.safe_load(only("yaml certificate.yaml"))
    volumes = {volume["name"]: volume for volume in overlay["DaemonSet"]["spec"]["template"]["spec"]["volumes"]}
    assert volumes["certificate"]["secret"]["secretName"] == certificate["spec"]["secretName"]
    assert overlay["DaemonSet"]["metadata"]["namespace"] == certificate["metadata"]["namespace"]
