"""A primary and two replicas that three Sentinels look after, all on one host; a primary that does not answer for half a second is replaced."""

import subprocess
import time
from pathlib import Path

from namespace import Namespace
from redis_server import RedisServer
from server import die_with_parent

PORT, SENTINEL_PORT = 6379, 26379
SET = "fleet"  # its name
PATIENCE_S = 30


class Sentinels:
    def __init__(self, host: Namespace, address: str, folder: Path):
        self.host, self.address = host, address
        following = [f"replicaof {address} {PORT}", "repl-diskless-sync-delay 0"]
        self.servers = {port: RedisServer(folder, *options, address=address, port=port, host=host) for port, options in ((PORT, []), (PORT + 1, following), (PORT + 2, following))}
        self.processes = []
        for number in range(3):
            file = folder / f"sentinel-{number}.conf"
            lines = [
                f"port {SENTINEL_PORT + number}",
                "protected-mode no",
                f"dir {folder}",
                f"logfile {folder}/sentinel-{number}.log",
                f"sentinel monitor {SET} {address} {PORT} 2",
                f"sentinel down-after-milliseconds {SET} 500",
                f"sentinel failover-timeout {SET} 1000",
            ]
            file.write_text("\n".join(lines) + "\n")

    def __enter__(self) -> "Sentinels":
        for server in self.servers.values():
            server.start()
        for number in range(3):
            command = [*self.host.command(), "redis-server", str(self.servers[PORT].folder.parent / f"sentinel-{number}.conf"), "--sentinel"]
            self.processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent))
        return self

    def __exit__(self, *_) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        for server in self.servers.values():
            server.kill()

    @property
    def places(self) -> list[str]:
        """Of the Sentinels, for a configuration."""
        return [f"{self.address}:{SENTINEL_PORT + number}" for number in range(3)]

    def ask(self, *words: str, number: int = 0) -> str:
        command = [*self.host.command(), "redis-cli", "-h", self.address, "-p", str(SENTINEL_PORT + number), "SENTINEL", *words, SET]
        return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S).stdout

    def primary(self) -> RedisServer | None:
        """Which one all Sentinels name."""
        named = {self.ask("GET-MASTER-ADDR-BY-NAME", number=number) for number in range(3)}
        port = named.pop().split()[-1:] if len(named) == 1 else []
        return self.servers[int(port[0])] if port else None

    def wait_until_ready(self) -> None:
        """The Sentinels know one another, and a replica that can be the next primary."""
        until = time.monotonic() + PATIENCE_S
        while not all(self._is_ready(number) for number in range(3)):
            assert time.monotonic() < until, [self.ask(what) for what in ("MASTER", "REPLICAS")]
            time.sleep(0.1)

    def wait_until_all_name_another(self, before: RedisServer) -> None:
        until = time.monotonic() + PATIENCE_S
        while (now := self.primary()) in (before, None):
            assert time.monotonic() < until, now
            time.sleep(0.1)

    def _is_ready(self, number: int) -> bool:
        primary, replicas = (self.ask(what, number=number) for what in ("MASTER", "REPLICAS"))
        is_known = "num-other-sentinels\n2\n" in primary and "\nflags\nmaster\n" in primary
        return is_known and any("flags\nslave\n" in each and "master-link-status\nok\n" in each for each in replicas.split("name\n"))
