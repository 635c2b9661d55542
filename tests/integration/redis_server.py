"""A redis-server of a test's own: started, killed, frozen and started again. What it knew is lost when it ends."""

import signal
import subprocess
import time
from pathlib import Path

from namespace import Namespace
from server import die_with_parent, free_port

PATIENCE_S = 10


class RedisServer:
    """On loopback, or on `address` of `host`; on a free port, if none is given. `options` are lines of its configuration."""

    def __init__(self, directory: Path, *options: str, address: str = "127.0.0.1", port: int = 0, host: Namespace | None = None):
        self.address, self.port, self.host = address, port or free_port(), host
        self.folder = directory / f"redis-{self.port}"
        self.folder.mkdir(exist_ok=True)
        self.admin = self.folder / "admin.sock"  # for the test itself, by which nothing of the network matters
        self.log_file, self.config_file = self.folder / "log", self.folder / "conf"
        place = [f"port {self.port}", f"bind {address}", f"unixsocket {self.admin}", f"dir {self.folder}"]
        lines = [*place, 'save ""', "appendonly no", "protected-mode no", *options]
        self.config_file.write_text("\n".join(lines) + "\n")
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://{self.address}:{self.port}"

    def start(self) -> "RedisServer":
        program = [*(self.host.command() if self.host else []), "redis-server", str(self.config_file)]
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        until = time.monotonic() + PATIENCE_S
        while f"connections at {self.admin}" not in (said := self.log_file.read_text(errors="replace")):
            assert self.process.poll() is None and time.monotonic() < until, said
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *words: str, password: str = "") -> str:
        """What it answers to one command, as redis-cli prints it."""
        command = ["redis-cli", "-s", str(self.admin), *(["--no-auth-warning", "-a", password] if password else []), "-e", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE_S).stdout.strip()

    def keys(self) -> list[str]:
        return self.ask("KEYS", "*").splitlines()

    def drop_clients(self, password: str = "") -> None:
        for kind in ("normal", "pubsub"):
            self.ask("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes", password=password)

    def __enter__(self) -> "RedisServer":
        return self.start()

    def __exit__(self, *_) -> None:
        self.kill()
