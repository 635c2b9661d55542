"""A UDP socket of loopback that a thread serves, for servers and peers that are not quite what they should be."""

import contextlib
import socket
import threading


@contextlib.contextmanager
def udp_service(answer, port: int = 0):
    """answer(socket, data, sender) is called for each datagram; yields the address."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as served:
        served.bind(("127.0.0.1", port))
        served.settimeout(0.05)
        ends = threading.Event()

        def serve():
            while not ends.is_set():
                with contextlib.suppress(TimeoutError):
                    answer(served, *served.recvfrom(2048))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield served.getsockname()
        finally:
            ends.set()
            thread.join()
