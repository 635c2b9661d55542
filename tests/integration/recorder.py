"""An upstream that keeps every byte which it gets, by connection."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
PATIENCE_S = 5


def field(head: bytes, name: str) -> bytes | None:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b": ")
        if key.lower() == name.lower().encode():
            return value
    return None


def end_of_request(seen: bytes, at: int) -> int:
    """Where the request ends that begins at `at`; 0 if it is not whole. Chunks are those of our proxy, which sends no trailers."""
    head, found, _ = seen[at:].partition(b"\r\n\r\n")
    begin = at + len(head) + len(found)
    if not found:
        return 0
    if field(head, "Transfer-Encoding"):
        last = seen.find(b"0\r\n\r\n", begin)
        return last + 5 if last >= 0 else 0
    end = begin + int(field(head, "Content-Length") or 0)
    return end if len(seen) >= end else 0


class Recorder:
    """`answer` is what each request gets, or makes it of the request; None: it waits for ever."""

    def __init__(self, answer: bytes | None | Callable[[bytes], bytes | None] = OK):
        self.answer = answer
        self.seen: list[bytearray] = []
        self.over: list[threading.Event] = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listener.accept()
                self.seen.append(bytearray())
                self.over.append(threading.Event())
                threading.Thread(target=self._talk, args=(connection, self.seen[-1], self.over[-1]), daemon=True).start()

    def _talk(self, connection: socket.socket, seen: bytearray, over: threading.Event) -> None:
        with connection, contextlib.suppress(OSError):
            at = 0
            while part := connection.recv(65536):
                seen += part
                while end := end_of_request(bytes(seen), at):
                    answer = self.answer(bytes(seen[at:end])) if callable(self.answer) else self.answer
                    at = end
                    if answer is not None:
                        connection.sendall(answer)
        over.set()

    def wait_for(self, connections: int) -> bool:
        until = time.monotonic() + PATIENCE_S
        while len(self.seen) < connections and time.monotonic() < until:
            time.sleep(0.01)
        return len(self.seen) == connections

    def is_left(self) -> bool:
        """Whether all connections that there were have ended, as they do soon."""
        until = time.monotonic() + PATIENCE_S
        return all(each.wait(max(0.0, until - time.monotonic())) for each in self.over)

    def config(self, **more) -> dict:
        return {"http": {"upstream": f"127.0.0.1:{self.port}", **more}}

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(self, *_) -> None:
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)  # a close alone leaves who waits in accept()
        self.listener.close()
