"""A Redis server of a test's own: started, killed, frozen and started again, with nothing on a disk but its socket and its log."""

import signal
import socket
import subprocess
import time
from pathlib import Path

from namespace import Namespace
from server import die_with_parent, free_port


def command(*words: str) -> bytes:
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        data = word.encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


class RedisServer:
    """On loopback, or on `address` of `host`. `options` are lines of its configuration."""

    def __init__(self, directory: Path, *options: str, address: str = "127.0.0.1", host: Namespace | None = None):
        self.address, self.host, self.port = address, host, free_port()
        self.log_file = directory / f"redis-{self.port}.log"
        self.config_file = directory / f"redis-{self.port}.conf"
        lines = [f"port {self.port}", f"bind {address}", f"dir {directory}", 'save ""', "appendonly no", "protected-mode no", *options]
        self.config_file.write_text("\n".join(lines) + "\n")
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://{self.address}:{self.port}"

    def start(self) -> "RedisServer":
        program = [*(self.host.command() if self.host else []), "redis-server", str(self.config_file)]
        with self.log_file.open("wb") as log:
            self.process = subprocess.Popen(program, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)
        until = time.monotonic() + 10
        while "eady to accept connections" not in self.log_file.read_text(errors="replace"):
            assert self.process.poll() is None and time.monotonic() < until, self.log_file.read_text(errors="replace")
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def ask(self, *words: str) -> bytes:
        """What it answers to one command, as bytes; of a long answer the beginning."""
        with socket.create_connection((self.address, self.port), timeout=5) as connection:
            connection.sendall(command(*words))
            time.sleep(0.05)
            return connection.recv(1 << 20)

    def keys(self) -> list[str]:
        return [line for line in self.ask("KEYS", "*").decode().split("\r\n")[1:] if line and not line.startswith("$")]

    def __enter__(self) -> "RedisServer":
        return self.start()

    def __exit__(self, *_) -> None:
        self.kill()
