#!/usr/bin/python3
"""Measures what a real redis-server needs for what a fleet asks of it: its own processor time for each kind of command, and the round trips under load.

Prints a JSON object. Everything is on loopback, and the server keeps nothing. tests/scale/redis_costs.hpp has what the simulation runs with.
"""

import argparse
import json
import multiprocessing
import os
import random
import select
import selectors
import socket
import subprocess
import tempfile
import time
from pathlib import Path

TICK_S = 1 / os.sysconf("SC_CLK_TCK")
PREFIX = "turnpike:Xk3aB9Qe:"
CHANNELS = [PREFIX + kind for kind in ("node", "word", "places", "user-rates", "room-rates")]
SIZES = {"node": 700, "word": 260, "places": 220}  # bytes of a record
PERCENTILES = (1, 10, 25, 50, 75, 90, 95, 99, 99.9, 100)


def command(*parts):
    parts = [part if isinstance(part, bytes) else str(part).encode() for part in parts]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%b\r\n" % (len(part), part) for part in parts)


class Server:
    """A redis-server of our own, on a port that nobody had."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="turnpike-redis-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        options = {"port": self.port, "bind": "127.0.0.1", "save": "", "appendonly": "no", "dir": self.folder.name, "maxclients": 8000}
        command_line = ["redis-server", *(str(word) for name, value in options.items() for word in (f"--{name}", value))]
        self.process = subprocess.Popen(command_line, stdout=subprocess.DEVNULL)
        for _ in range(100):
            try:
                self.connect().close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("redis-server does not answer")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(10)
        self.folder.cleanup()

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def busy_s(self):
        """Processor time that the process has used."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) * TICK_S

    def ask(self, *parts):
        with self.connect() as connection:
            connection.sendall(command(*parts))
            return connection.recv(65536)


def read_replies(connection, count, simple):
    """`simple`: what one reply looks like at its end, each of which has as many."""
    seen = 0
    while seen < count:
        seen += connection.recv(1 << 20).count(simple)


def subscribe(port, count, ready, received):
    """A process that has so many subscribers, and counts messages by their bytes."""
    selector = selectors.DefaultSelector()
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", port), timeout=60)
        connection.sendall(command("SUBSCRIBE", *CHANNELS))
        read_replies(connection, len(CHANNELS), b"subscribe")
        connection.setblocking(False)
        selector.register(connection, selectors.EVENT_READ)
    ready.release()
    buffer = bytearray(1 << 20)
    while True:
        for key, _ in selector.select():
            got = key.fileobj.recv_into(buffer)
            if got == 0:
                return
            received.value += got


def cost_of(server, connection, batch, replies, simple, seconds=2.0):
    """Microseconds of the server's time for one command of a pipelined batch."""
    begin, begin_s, done = time.monotonic(), server.busy_s(), 0
    while time.monotonic() - begin < seconds:
        connection.sendall(batch)
        read_replies(connection, replies, simple)
        done += replies
    return (server.busy_s() - begin_s) / done * 1e6


def fill(server, keys):
    with server.connect() as connection:
        value = b"w" * SIZES["word"]
        for first in range(0, keys, 1000):
            batch = b"".join(command("SET", f"{PREFIX}word:l:{number:022}", value, "PX", 86400000) for number in range(first, min(first + 1000, keys)))
            connection.sendall(batch)
            read_replies(connection, min(1000, keys - first), b"+OK\r\n")


def measure_commands(server, pipeline):
    """As a node sends them: several in a packet."""
    costs = {}
    with server.connect() as connection:
        name, value = PREFIX + "node:" + "0" * 32, b"n" * SIZES["node"]
        costs["set"] = cost_of(server, connection, command("SET", name, value, "PX", 15000) * pipeline, pipeline, b"+OK\r\n")
        read = command("GET", name) + command("PTTL", name)
        costs["read"] = cost_of(server, connection, read * pipeline, pipeline, b"\r\n:")
        table = PREFIX + "places:" + "0" * 32 + ":0"
        for rows in (100, 1000, 8192):
            connection.sendall(command("SET", table, b"t" * (16 * rows)))
            read_replies(connection, 1, b"+OK\r\n")
            costs[f"read_{rows}_rows"] = cost_of(server, connection, (command("GET", table) + command("PTTL", table)) * 16, 16, b"\r\n:")
        costs["publish_to_nobody"] = cost_of(server, connection, command("PUBLISH", CHANNELS[0], value) * pipeline, pipeline, b":0\r\n")
    return costs


def measure_scan(server, keys):
    """A page of 1,000 keys, the keys of words among those."""
    with server.connect() as connection:
        connection.sendall(command("SCAN", 0, "MATCH", PREFIX + "word:*", "COUNT", 1000))
        connection.recv(1 << 20)
        begin_s, begin, pages = server.busy_s(), time.monotonic(), 0
        while time.monotonic() - begin < 2:
            connection.sendall(command("SCAN", pages % 7 * 1001, "MATCH", PREFIX + "word:*", "COUNT", 1000))
            got = b""
            while got.count(b"$") < 1 + int((got.split(b"\r\n", 5)[3:4] or [b"*9999"])[0].lstrip(b"*") or 9999):
                got += connection.recv(1 << 20)
            pages += 1
        return (server.busy_s() - begin_s) / pages * 1e6


def measure_fan_out(server, nodes, per_second, seconds, kind="places"):
    """Messages at a steady pace to so many subscribers; a client beside them asks for its round trips."""
    ready, received = multiprocessing.Semaphore(0), multiprocessing.Value("Q", 0, lock=False)
    subscribers = multiprocessing.Process(target=subscribe, args=(server.port, nodes, ready, received), daemon=True)
    subscribers.start()
    ready.acquire()
    message = command("PUBLISH", PREFIX + kind, b"m" * SIZES[kind])
    with server.connect() as publisher, server.connect() as asker:
        time.sleep(0.2)
        begin, begin_s, sent, acked, trips, asked_at = time.monotonic(), server.busy_s(), 0, 0, [], None
        began_bytes = received.value
        publisher.setblocking(False)
        asker.setblocking(False)
        pending = b""
        get = command("GET", PREFIX + "node:x")
        next_ask = begin
        while (now := time.monotonic()) - begin < seconds:
            due = min(int((now - begin) * per_second), acked + 4 * max(1, per_second // 10))
            pending += message * (due - sent)
            sent = due
            try:
                if pending:
                    pending = pending[publisher.send(pending) :]
            except BlockingIOError:
                pass
            try:
                acked += publisher.recv(1 << 16).count(b"\r\n")
            except BlockingIOError:
                pass
            if asked_at is None and now >= next_ask:
                asker.send(get)
                asked_at = now
            try:
                if asked_at is not None and asker.recv(64):
                    trips.append((time.monotonic() - asked_at) * 1e6)
                    asked_at, next_ask = None, now + 0.003
            except BlockingIOError:
                pass
            time.sleep(0.0001)
        busy, took = server.busy_s() - begin_s, time.monotonic() - begin
    subscribers.terminate()
    subscribers.join()
    trips.sort()
    deliveries = acked * nodes
    return {
        "nodes": nodes, "asked_per_s": per_second, "messages_per_s": round(acked / took), "deliveries_per_s": round(deliveries / took),
        "busy_share": round(busy / took, 3), "us_per_delivery": round(busy / max(deliveries, 1) * 1e6, 3),
        "received_bytes_per_s": round((received.value - began_bytes) / took),
        "round_trip_us": {str(p): round(trips[min(len(trips) - 1, int(len(trips) * p / 100))]) for p in PERCENTILES} if trips else None,
    }  # fmt: skip


def measure_scattered(server, nodes, per_second, seconds, publishers=50):
    """As a fleet does: each message on some connection, at some time, to so many subscribers."""
    ready, received = multiprocessing.Semaphore(0), multiprocessing.Value("Q", 0, lock=False)
    subscribers = multiprocessing.Process(target=subscribe, args=(server.port, nodes, ready, received), daemon=True)
    subscribers.start()
    ready.acquire()
    connections = [server.connect() for _ in range(publishers)]
    message = command("PUBLISH", CHANNELS[2], b"m" * SIZES["places"])
    delivered_bytes = len(command("message", CHANNELS[2], b"m" * SIZES["places"]))
    chance = random.Random(1)
    time.sleep(0.2)
    begin, begin_s, began_bytes = time.monotonic(), server.busy_s(), received.value
    due = begin
    while (now := time.monotonic()) - begin < seconds:
        while due <= now:
            chance.choice(connections).sendall(message)
            due += chance.expovariate(per_second)
        for connection in select.select(connections, [], [], max(0, min(due - time.monotonic(), 0.001)))[0]:
            connection.recv(65536)
    took, busy = time.monotonic() - begin, server.busy_s() - begin_s
    deliveries = (received.value - began_bytes) / delivered_bytes
    subscribers.terminate()
    subscribers.join()
    for connection in connections:
        connection.close()
    return {"nodes": nodes, "asked_per_s": per_second, "deliveries_per_s": round(deliveries / took), "busy_share": round(busy / took, 3), "us_per_delivery": round(busy / max(deliveries, 1) * 1e6, 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4, help="of each measurement of messages")
    parser.add_argument("--nodes", type=int, nargs="+", default=[50, 200, 1000])
    parser.add_argument("--messages", type=int, nargs="+", default=[50, 200, 500, 1000], help="a second, to every node")
    arguments = parser.parse_args()
    out = {"redis": subprocess.run(["redis-server", "--version"], capture_output=True, text=True, check=True).stdout.split()[2]}
    with Server() as server:
        out["us_per_command"] = {f"pipeline_{depth}": {name: round(us, 2) for name, us in measure_commands(server, depth).items()} for depth in (1, 16)}
        before = int(server.ask("MEMORY", "USAGE", "x") == b"")
        fill(server, 100_000)
        info = dict(line.split(":", 1) for line in server.ask("INFO", "memory").decode().splitlines() if ":" in line)
        out["bytes_of_100000_words"] = int(info["used_memory"]) - before
        out["us_per_page"] = round(measure_scan(server, 100_000), 1)
        out["scattered"] = [measure_scattered(server, nodes, rate, arguments.seconds) for nodes in arguments.nodes for rate in arguments.messages]
        out["fan_out"] = [measure_fan_out(server, nodes, rate, arguments.seconds) for nodes in arguments.nodes for rate in arguments.messages]
    print(json.dumps(out, indent=2))


if __name__ == "__main__":
    main()
