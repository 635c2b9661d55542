"""A real redis-server on a host of its own, and what may become of it: killed, frozen, slow, full, behind a password, or one of a set that Sentinel looks after."""

import contextlib
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from namespace import Namespace
from server import die_with_parent

PORT, SLOW_PORT, SENTINEL_PORT = 6379, 6390, 26379
SET = "fleet"  # the name of the set
PASSWORD = "not what the nodes were told"
REDIRECT = """table ip slow {{
  chain arriving {{
    type nat hook prerouting priority dstnat
    tcp dport {port} redirect to :{slow_port}
  }}
}}
"""


class Redis:
    """One process; what it knew is lost when it ends."""

    def __init__(self, host: Namespace, folder: Path, port: int = PORT, *words: str):
        self.host, self.folder, self.port = host, folder / f"redis-{port}", port
        self.folder.mkdir(exist_ok=True)
        self.admin = self.folder / "admin.sock"  # for the test itself, by which nothing of the network matters
        self.words, self.process = words, None
        self.start()

    def start(self) -> None:
        served = ["--port", str(self.port), "--bind", "0.0.0.0", "--protected-mode", "no", "--unixsocket", str(self.admin)]
        kept = ["--save", "", "--dir", str(self.folder), "--logfile", str(self.folder / "log")]
        self.process = subprocess.Popen([*self.host.command(), "redis-server", *served, *kept, *self.words], preexec_fn=die_with_parent)
        for _ in range(200):
            with contextlib.suppress(subprocess.CalledProcessError):
                self.ask("PING")
                return
            time.sleep(0.02)
        raise RuntimeError((self.folder / "log").read_text())

    def ask(self, *words: str, password: str = "") -> str:
        command = ["redis-cli", "-s", str(self.admin), *(["--no-auth-warning", "-a", password] if password else []), "-e", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=5).stdout.strip()

    def drop_clients(self, password: str = "") -> None:
        for kind in ("normal", "pubsub"):
            self.ask("CLIENT", "KILL", "TYPE", kind, "SKIPME", "yes", password=password)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def freeze(self) -> None:
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        self.kill()


@contextlib.contextmanager
def slow(redis: Redis, seconds: float):
    """While it lasts every connection to Redis is a new one, whose answers come so late."""
    ends = threading.Event()
    with redis.host.entered():
        listener = socket.create_server(("0.0.0.0", SLOW_PORT), backlog=128)
    listener.settimeout(0.05)
    streams: list[socket.socket] = []

    def pass_on(source: socket.socket, sink: socket.socket, late_s: float) -> None:
        """Each piece as late as the others, so that they follow one another as they came."""
        queue: list[tuple[float, bytes]] = []
        source.settimeout(0.02)
        with contextlib.suppress(OSError):
            while not ends.is_set():
                with contextlib.suppress(TimeoutError):
                    if not (piece := source.recv(65536)):
                        break
                    queue.append((time.monotonic() + late_s, piece))
                while queue and queue[0][0] <= time.monotonic():
                    sink.sendall(queue.pop(0)[1])
        for stream in (source, sink):
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def accept() -> None:
        while not ends.is_set():
            with contextlib.suppress(TimeoutError):
                client = listener.accept()[0]
                with redis.host.entered():
                    server = socket.socket(socket.AF_UNIX)
                server.connect(str(redis.admin))
                streams.extend([client, server])
                threading.Thread(target=pass_on, args=(client, server, 0), daemon=True).start()
                threading.Thread(target=pass_on, args=(server, client, seconds), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    nft(redis.host, REDIRECT.format(port=redis.port, slow_port=SLOW_PORT))
    redis.drop_clients()
    try:
        yield
    finally:
        nft(redis.host, "delete table ip slow")
        ends.set()
        thread.join()
        listener.close()
        for stream in streams:
            stream.close()


# Other things that happen to it, and are over when they end.


@contextlib.contextmanager
def killed(redis: Redis):
    redis.kill()
    try:
        yield
    finally:
        redis.start()


@contextlib.contextmanager
def restarted(redis: Redis):
    redis.kill()
    redis.start()
    yield


@contextlib.contextmanager
def frozen(redis: Redis):
    redis.freeze()
    try:
        yield
    finally:
        redis.thaw()


@contextlib.contextmanager
def full(redis: Redis):
    redis.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        yield
    finally:
        redis.ask("CONFIG", "SET", "maxmemory", "0")


@contextlib.contextmanager
def behind_a_password(redis: Redis):
    redis.ask("CONFIG", "SET", "requirepass", PASSWORD)
    redis.drop_clients(PASSWORD)
    try:
        yield
    finally:
        redis.ask("CONFIG", "SET", "requirepass", "", password=PASSWORD)


def nft(host: Namespace, rules: str) -> None:
    subprocess.run([*host.command(), "nft", "-f", "-"], input=rules, text=True, check=True, capture_output=True)


class Sentinels:
    """Three of them, with a primary and a replica, all on one host; a primary that does not answer for half a second is replaced."""

    def __init__(self, host: Namespace, address: str, folder: Path):
        self.host = host
        self.primary = Redis(host, folder, PORT)
        self.replica = Redis(host, folder, PORT + 1, "--replicaof", address, str(PORT), "--repl-diskless-sync-delay", "0")
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
                f"sentinel failover-timeout {SET} 2000",
            ]
            file.write_text("\n".join(lines) + "\n")
            command = [*host.command(), "redis-server", str(file), "--sentinel"]
            self.processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent))

    def wait_until_ready(self, seconds: float = 15) -> None:
        """They know one another and the replica."""
        until = time.monotonic() + seconds
        while True:
            command = [*self.host.command(), "redis-cli", "-p", str(SENTINEL_PORT), "SENTINEL", "MASTER", SET]
            said = subprocess.run(command, capture_output=True, text=True, timeout=5).stdout.split()
            known = dict(zip(said[::2], said[1::2], strict=False))
            if known.get("num-slaves") == "1" and known.get("num-other-sentinels") == "2":
                return
            assert time.monotonic() < until, known
            time.sleep(0.1)

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.primary.close()
        self.replica.close()
