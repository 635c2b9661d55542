"""What programs that have nothing to do with the relay get on loopback: `neighbour.py SECONDS CPU` prints it as JSON."""

import contextlib
import json
import os
import resource
import socket
import sys
import time

WRITE_BYTES = 64 * 1024


def send_for(seconds, port):
    with socket.create_connection(("127.0.0.1", port)) as out:
        end = time.monotonic() + seconds
        block = bytes(WRITE_BYTES)
        while time.monotonic() < end:
            out.sendall(block)


def take_all(connection):
    """How many bytes came."""
    block, total = bytearray(1 << 20), 0
    with connection:
        while count := connection.recv_into(block):
            total += count
    return total


def used_s():
    """CPU of this process and of those that it has waited for."""
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def gigabits_per_s(seconds):
    """For each second of CPU that sender and receiver take together: with a core for both, that is the rate."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        before_s = used_s()
        sender = os.fork()
        if sender == 0:
            with contextlib.suppress(OSError):
                send_for(seconds, listener.getsockname()[1])
            os._exit(0)
        total = take_all(listener.accept()[0])
        os.waitpid(sender, 0)
    return total * 8e-9 / (used_s() - before_s)


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[2])})
    print(json.dumps({"gigabits_per_s": gigabits_per_s(float(sys.argv[1])), "seconds": float(sys.argv[1])}))
