"""What tests with many connections through the TLS listener share: an upstream for a crowd, and what the server has open."""

import contextlib
import http.client
import os
import resource
import selectors
import socket
import threading
import time

import pytest

from server import free_port

MEMORY_OF_ONE_KB = 100
FILES_OF_ONE = 4  # that the server has open for a connection to the upstream
AGREED = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


@pytest.fixture(scope="module", params=[1], ids=["one_worker"])
def workers(request) -> int:
    return request.param


@pytest.fixture(scope="module", autouse=True)
def descriptors_for_all():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (before[1], before[1]))
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


class Crowd:
    """An upstream for many: it agrees to every WebSocket, and says back what comes from then on."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.ends = threading.Event()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while not self.ends.is_set():
            for key, _ in self.selector.select(0.1):
                with contextlib.suppress(BlockingIOError):
                    self._accept() if key.fileobj is self.listener else self._talk(key)

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        self.selector.register(connection, selectors.EVENT_READ, data=bytearray())

    def _talk(self, key: selectors.SelectorKey) -> None:
        connection, head = key.fileobj, key.data
        try:
            part = connection.recv(4096)
        except ConnectionResetError:
            part = b""
        if not part:
            self.selector.unregister(connection)
            connection.close()
        elif b"\r\n\r\n" in head:
            connection.sendall(part)
        else:
            head += part
            if b"\r\n\r\n" in head:
                connection.sendall(AGREED if b"pgrade" in head else b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")

    def __enter__(self) -> "Crowd":
        return self

    def __exit__(self, *_) -> None:
        self.ends.set()
        self.thread.join()
        for key in list(self.selector.get_map().values()):
            key.fileobj.close()


def behind(upstream: Crowd) -> dict:
    control = f"127.0.0.1:{free_port()}"
    return {"http": {"upstream": f"127.0.0.1:{upstream.port}"}, "control": {"listen": control}}


def health_ms(server) -> float:
    host, _, port = server.config["control"]["listen"].rpartition(":")
    began = time.monotonic()
    with contextlib.closing(http.client.HTTPConnection(host, int(port), timeout=10)) as connection:
        connection.request("GET", "/healthz")
        assert connection.getresponse().status == 200
    return 1000 * (time.monotonic() - began)


def files_of(server) -> int:
    return len(os.listdir(f"/proc/{server.process.pid}/fd"))
