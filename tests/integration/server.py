"""A TURN server under test: its configuration file, its process, its log; turnpike, or coturn while a test itself is in doubt."""

import contextlib
import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import time
from pathlib import Path

from coturn import coturn_command
from namespace import Namespace

BINARY = os.environ.get("TEST_SERVER", "turnpike")
IS_COTURN = BINARY == "coturn"
IS_SANITIZED = "TEST_SANITIZED" in os.environ  # memory that a sanitizer holds back is no growth

USERS = {"user": "uOpen5esame", "user2": "vOpen6esame"}
REST_SECRETS = ["north-7Qh1", "south-9Zk2"]
REALM = "realm"
LOOPBACK = ["127.0.0.0/8", "::1/128"]
PR_SET_PDEATHSIG = 1  # of linux/prctl.h
BINDING = bytes.fromhex("000100002112a442") + b"are you up? "


def free_port() -> int:
    """A port that is free for UDP and TCP in both families; it lies below the system's ephemeral ports and the relay ports."""
    for port in random.sample(range(12000, 30000), 100):
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
                    with socket.socket(family, kind) as probe:
                        probe.bind((host, port))
            return port
        except OSError:
            continue
    raise RuntimeError("no free port in 12000-30000")


def die_with_parent() -> None:
    """In the child: nothing outlives the tests, even if they are killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def make_certificate(directory: Path, name: str = "localhost") -> tuple[Path, Path]:
    """A self-signed RSA certificate and its key."""
    certificate, key = directory / f"{name}.crt", directory / f"{name}.key"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={name}",
            "-addext",
            f"subjectAltName=DNS:{name}",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


def merged(base: dict, extra: dict) -> dict:
    """The two configurations as one; where both have a map the maps are merged, else `extra` wins."""
    result = dict(base)
    for key, value in extra.items():
        both_are_maps = isinstance(value, dict) and isinstance(result.get(key), dict)
        result[key] = merged(result[key], value) if both_are_maps else value
    return result


def defaults(certificate: tuple[Path, Path], workers: int) -> dict:
    """The configuration of a server on loopback; {port} and {tls_port} stand for the ports that it will get,
    {directory} for its own."""
    plain = ["127.0.0.1:{port}", "[::1]:{port}"]
    return {
        "realm": REALM,
        "workers": workers,
        "listen": {"udp": plain, "tcp": plain, "tls": ["127.0.0.1:{tls_port}", "[::1]:{tls_port}"]},
        "tls": {"certificate": str(certificate[0]), "key": str(certificate[1])},
        "relay": {"addresses": ["127.0.0.1", "::1"], "port_quiet_s": 0, "engine": "sockets"},
        "credentials": {"users": USERS, "rest_secrets": REST_SECRETS},
        "peers": {"allow": LOOPBACK},
        "limits": {"allocations_per_user": 0, "unauthenticated_per_second_per_ip": 0},
        "control": {"socket": "", "listen": ""},
    }


class Server:
    """One server process on ports of its own. `extra` overrides keys of the default configuration; it runs on `host`, if not here."""

    def __init__(
        self,
        directory: Path,
        certificate: tuple[Path, Path],
        workers: int = 1,
        extra: dict | None = None,
        host: Namespace | None = None,
        is_coturn: bool = IS_COTURN,
    ):
        self.is_coturn = is_coturn
        self.directory = directory
        self.host = host
        self.port = free_port()
        self.tls_port = free_port()
        self.config = self._with_ports(merged(defaults(certificate, workers), extra or {}))
        self.config_file = directory / "turnpike.yaml"
        self.log_file = directory / "server.log"
        self.process: subprocess.Popen | None = None

    def _with_ports(self, config: dict) -> dict:
        text = json.dumps(config).replace("{port}", str(self.port)).replace("{tls_port}", str(self.tls_port))
        return json.loads(text.replace("{directory}", str(self.directory)))

    def write_config(self) -> None:
        self.config_file.touch(0o600)
        self.config_file.write_text(json.dumps(self.config, indent=2))  # JSON is YAML

    def start(self) -> "Server":
        self.write_config()
        command = coturn_command(self) if self.is_coturn else [BINARY, "serve", "--config", str(self.config_file)]
        if self.host:
            command = self.host.command() + command
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        try:
            self.wait_until_up()
        except BaseException:
            self.process.kill()
            self.process.wait()
            raise
        return self

    def wait_until_up(self) -> None:
        with self.host.entered() if self.host else contextlib.nullcontext():
            probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with probe:
            probe.settimeout(0.05)
            probe.connect(("127.0.0.1", self.port))
            for _ in range(200):
                if self.process.poll() is not None:
                    raise RuntimeError(f"the server ended with {self.process.returncode} at its start:\n{self.log()}")
                try:
                    probe.send(BINDING)
                    if probe.recv(2048)[8:20] == BINDING[8:20]:
                        return
                except ConnectionRefusedError:
                    time.sleep(0.05)
                except TimeoutError:
                    pass
        raise RuntimeError(f"no answer to a Binding within 10 s:\n{self.log()}")

    def stop(self) -> tuple[int, float]:
        """SIGTERM; the exit code and the seconds it took."""
        began = time.monotonic()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        return code, time.monotonic() - began

    def log(self) -> str:
        return self.log_file.read_text(errors="replace")

    def secrets_in_log(self) -> list[str]:
        credentials = self.config["credentials"]
        secrets = [
            *credentials.get("users", {}).values(),
            *credentials.get("rest_secrets", []),
            *credentials.get("livekit_keys", {}).values(),
            *filter(None, (self.config.get("fleet", {}).get(key) for key in ("secret", "secret_previous"))),
        ]
        text = self.log()
        return [secret for secret in secrets if secret in text]

    def wait_for_log(self, text: str, seconds: float = 2) -> str:
        """The log, once it contains `text`."""
        self.wait_for_lines(text, 1, seconds)
        return self.log()

    def wait_for_lines(self, text: str, count: int, seconds: float = 2) -> list[str]:
        """The lines of the log with `text`, once there are so many: the server does not wait until its log is written."""
        until = time.monotonic() + seconds
        while len(found := [line for line in self.log().splitlines() if text in line]) < count:
            assert time.monotonic() < until, f"not {count} times {text!r} in the log:\n{self.log()}"
            time.sleep(0.02)
        return found

    def rss_kb(self) -> int:
        if IS_SANITIZED:
            return 0
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))

    def reload(self) -> None:
        self.write_config()
        self.process.send_signal(signal.SIGHUP)
