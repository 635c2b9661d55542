"""What may become of a redis-server while its clients go on: killed, restarted, frozen, slow, full or behind a password. It is over when the context ends."""

import contextlib
import socket
import threading
import time

from redis_server import RedisServer

SLOW_PORT = 6390
PASSWORD = "not what the nodes were told"
REDIRECT = """table ip slow {{
  chain arriving {{
    type nat hook prerouting priority dstnat
    tcp dport {port} redirect to :{slow_port}
  }}
}}
"""


@contextlib.contextmanager
def slow(redis: RedisServer, seconds: float):
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
    redis.host.nft(REDIRECT.format(port=redis.port, slow_port=SLOW_PORT))
    redis.drop_clients()
    try:
        yield
    finally:
        redis.host.nft("delete table ip slow")
        ends.set()
        thread.join()
        listener.close()
        for stream in streams:
            stream.close()


@contextlib.contextmanager
def killed(redis: RedisServer):
    redis.kill()
    try:
        yield
    finally:
        redis.start()


@contextlib.contextmanager
def restarted(redis: RedisServer):
    redis.kill()
    redis.start()
    yield


@contextlib.contextmanager
def frozen(redis: RedisServer):
    redis.freeze()
    try:
        yield
    finally:
        redis.thaw()


@contextlib.contextmanager
def full(redis: RedisServer):
    redis.ask("CONFIG", "SET", "maxmemory", "1")
    try:
        yield
    finally:
        redis.ask("CONFIG", "SET", "maxmemory", "0")


@contextlib.contextmanager
def behind_a_password(redis: RedisServer):
    redis.ask("CONFIG", "SET", "requirepass", PASSWORD)
    redis.drop_clients(PASSWORD)
    try:
        yield
    finally:
        redis.ask("CONFIG", "SET", "requirepass", "", password=PASSWORD)
