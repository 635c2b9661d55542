"""A small blocking TURN client over UDP, TCP or TLS, the peers it talks to, and the check that a server stays silent."""

import contextlib
import hashlib
import select
import socket
import ssl
import struct
import time

import wire
from server import REALM, USERS
from wire import ChannelData, Message

SILENCE_S = 0.3


class Closed(Exception):
    """The server has closed the stream."""


def family_of(host: str) -> int:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


class Client:
    """One socket to the server, with the credentials of one user. It retransmits nothing: the tests run where nothing is lost."""

    def __init__(
        self, server, transport="udp", host="127.0.0.1", user="user", password=None, algorithm=wire.MD5, source: wire.Address | None = None
    ):
        self.user, self.realm, self.password = user, REALM, USERS.get(user) if password is None else password
        self.algorithm, self.transport = algorithm, transport
        self.nonce, self.algorithms = b"", None
        self.has_allocation = False
        self.buffer, self.inbox = b"", []
        destination = (host, server.tls_port if transport == "tls" else server.port)
        self.socket = socket.socket(family_of(host), socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM)
        if source:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(source)
        self.socket.settimeout(2)
        self.socket.connect(destination)
        if transport == "tls":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        if transport != "udp":
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self) -> None:
        """Over UDP an allocation outlives its socket, and a later one may get the same port: so it is deleted."""
        if self.has_allocation and self.transport == "udp":
            with contextlib.suppress(OSError):
                self.send(self.signed(wire.REFRESH, [(wire.LIFETIME, bytes(4))]))
        self.socket.close()

    @property
    def address(self) -> wire.Address:
        return self.socket.getsockname()[:2]

    @property
    def key(self) -> bytes:
        return wire.long_term_key(self.user, self.realm, self.password, self.algorithm)

    # Packets in and out.

    def send(self, raw: bytes) -> None:
        self.socket.sendall(raw)

    def receive(self, seconds: float = 1.0) -> Message | ChannelData | None:
        """The next packet, or nothing."""
        if self.inbox:
            return self.inbox.pop(0)
        return self._from_socket(seconds)

    def _from_socket(self, seconds: float) -> Message | ChannelData | None:
        if self.transport == "udp":
            self.socket.settimeout(max(seconds, 0.001))
            try:
                return decode(self.socket.recv(65536))
            except TimeoutError:
                return None
        until = time.monotonic() + seconds
        while (size := frame_size(self.buffer)) > len(self.buffer):
            if not self._fill(until - time.monotonic()):
                return None
        frame, self.buffer = self.buffer[:size], self.buffer[size:]
        return decode(frame, padded=True)

    def _fill(self, seconds: float) -> bool:
        self.socket.settimeout(max(seconds, 0.001))
        try:
            more = self.socket.recv(65536)
        except TimeoutError:
            return False
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed from error
        if not more:
            raise Closed
        self.buffer += more
        return True

    def is_closed_within(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                self._fill(until - time.monotonic())
        except Closed:
            return True
        return False

    def ask(self, raw: bytes, seconds: float = 2.0) -> Message:
        """The response to this request; what else arrives meanwhile stays for receive()."""
        self.send(raw)
        return self.response_to(raw, seconds)

    def response_to(self, raw: bytes, seconds: float = 2.0) -> Message:
        until = time.monotonic() + seconds
        while (packet := self._from_socket(until - time.monotonic())) is not None:
            if isinstance(packet, Message) and packet.transaction == raw[8:20]:
                assert packet.method == wire.parse_type(raw)[0] and packet.kind in (wire.SUCCESS, wire.ERROR)
                self.has_allocation |= (packet.method, packet.kind) == (wire.ALLOCATE, wire.SUCCESS)
                return packet
            self.inbox.append(packet)
        raise AssertionError(f"no response within {seconds} s to {raw[:20].hex()}")

    # Authenticated requests.

    def challenge(self) -> Message:
        """A bare Allocate, and the nonce of the 401 that answers it."""
        answer = self.ask(wire.message(wire.ALLOCATE, wire.REQUEST, [wire.UDP]))
        self.learn(answer)
        return answer

    def learn(self, answer: Message) -> None:
        self.nonce, self.algorithms = answer.get(wire.NONCE), answer.get(wire.PASSWORD_ALGORITHMS)

    def credentials(self, userhash: bool = False) -> list[wire.Attribute]:
        identity = (wire.USERNAME, self.user.encode())
        if userhash:
            identity = (wire.USERHASH, hashlib.sha256(f"{self.user}:{self.realm}".encode()).digest())
        result = [identity, (wire.REALM, self.realm.encode()), (wire.NONCE, self.nonce)]
        if self.algorithm == wire.SHA256:
            result += [(wire.PASSWORD_ALGORITHMS, self.algorithms), (wire.PASSWORD_ALGORITHM, wire.password_algorithms(wire.SHA256))]
        return result

    def sign(self, raw: bytes) -> bytes:
        return (wire.with_sha256 if self.algorithm == wire.SHA256 else wire.with_sha1)(raw, self.key)

    def signed(self, method: int, attributes=(), transaction: bytes | None = None, userhash: bool = False) -> bytes:
        if not self.nonce:
            self.challenge()
        return self.sign(wire.message(method, wire.REQUEST, [*attributes, *self.credentials(userhash)], transaction))

    def request(self, method: int, attributes=(), transaction: bytes | None = None) -> Message:
        """A signed request and its answer, which must carry exactly the integrity attribute that it is owed (INT-15, INT-16, INT-18)."""
        answer = self.ask(self.signed(method, attributes, transaction))
        owed = wire.MESSAGE_INTEGRITY_SHA256 if self.algorithm == wire.SHA256 else wire.MESSAGE_INTEGRITY
        assert answer.signed_by(self.key) == [owed], f"{answer.code}: {[hex(kind) for kind in answer.kinds()]}"
        return answer

    def allocate(self, *attributes: wire.Attribute) -> Message:
        """A successful Allocate of a UDP relay."""
        answer = self.request(wire.ALLOCATE, [wire.UDP, *attributes])
        assert answer.code == 0, answer.code
        return answer

    def relay(self, *attributes: wire.Attribute) -> wire.Address:
        """The relayed address of a new allocation."""
        return self.allocate(*attributes).relays()[0]

    def refresh(self, lifetime_s: int | None = None, *attributes: wire.Attribute) -> Message:
        lifetime = [] if lifetime_s is None else [(wire.LIFETIME, wire.u32(lifetime_s))]
        return self.request(wire.REFRESH, [*lifetime, *attributes])

    def permit(self, *peers: wire.Address) -> int:
        """The error code of a CreatePermission for these peers."""
        return self.request(wire.CREATE_PERMISSION, [wire.peer(address) for address in peers]).code

    def bind(self, number: int, peer: wire.Address) -> int:
        """The error code of a ChannelBind."""
        return self.request(wire.CHANNEL_BIND, [wire.channel_number(number), wire.peer(peer)]).code

    def send_to(self, peer: wire.Address, data: bytes, *attributes: wire.Attribute) -> None:
        self.send(wire.message(wire.SEND, wire.INDICATION, [wire.peer(peer), (wire.DATA, data), *attributes]))

    def send_channel(self, number: int, data: bytes) -> None:
        self.send(wire.channel_data(number, data, padded=self.transport != "udp"))

    def receive_data(self, seconds: float = 1.0) -> tuple[wire.Address, bytes] | None:
        """Peer and payload of the next Data indication."""
        packet = self.receive(seconds)
        if packet is None:
            return None
        assert isinstance(packet, Message) and (packet.method, packet.kind) == (wire.DATA_METHOD, wire.INDICATION), packet
        return packet.address(wire.XOR_PEER_ADDRESS), packet.get(wire.DATA)

    def is_alive(self) -> bool:
        """The server answers a Binding on this socket."""
        return self.ask(wire.binding()).code == 0


def frame_size(buffer: bytes) -> int:
    """The bytes that the first frame of a stream takes with its padding; 4 where more is needed to tell."""
    if len(buffer) < 4:
        return 4
    first, length = struct.unpack_from(">HH", buffer)
    return 20 + length if first < 0x4000 else 4 + length + -length % 4


def decode(raw: bytes, padded: bool = False) -> Message | ChannelData:
    """A packet from the server. On streams ChannelData is padded to 4 bytes, in datagrams not at all (TURN-CHD-06)."""
    if raw[0] < 0x40:
        return wire.parse(raw)
    number, length = struct.unpack_from(">HH", raw)
    assert len(raw) == 4 + length + (-length % 4 if padded else 0) and not any(raw[4 + length :]), raw.hex()
    return ChannelData(number, raw[4 : 4 + length])


class Peer:
    """A UDP socket that plays the peer."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0):
        self.socket = socket.socket(family_of(host), socket.SOCK_DGRAM)
        self.socket.bind((host, port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    @property
    def address(self) -> wire.Address:
        return self.socket.getsockname()[:2]

    def send(self, data: bytes, to: wire.Address) -> None:
        self.socket.sendto(data, to)

    def receive(self, seconds: float = 1.0) -> tuple[bytes, wire.Address] | None:
        self.socket.settimeout(seconds)
        try:
            data, source = self.socket.recvfrom(65536)
        except TimeoutError:
            return None
        return data, source[:2]


def is_closed(relay: wire.Address) -> bool:
    """The relayed address is free to be bound by others."""
    with socket.socket(family_of(relay[0]), socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(relay)
        except OSError:
            return False
    return True


def is_closed_within(relay: wire.Address, seconds: float) -> bool:
    until = time.monotonic() + seconds
    while not is_closed(relay):
        if time.monotonic() >= until:
            return False
        time.sleep(0.01)
    return True


def answers_to(server, packets: dict[str, bytes], **how) -> list[str]:
    """The names of those packets that got any answer; each is sent from a socket of its own, which gets a Binding answered afterwards."""
    clients = {name: Client(server, **how) for name in packets}
    for name, raw in packets.items():
        clients[name].send(raw)
    time.sleep(SILENCE_S)
    ready = select.select([client.socket for client in clients.values()], [], [], 0)[0]
    answered = [name for name, client in clients.items() if client.socket in ready]
    for client in clients.values():
        assert client.is_alive()
        client.close()
    return answered
