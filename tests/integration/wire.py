"""The STUN and ChannelData codec of the tests, written from the RFCs alone; it shares nothing with the server."""

import hashlib
import hmac
import ipaddress
import os
import struct
import zlib
from dataclasses import dataclass, field

COOKIE = 0x2112A442
REQUEST, INDICATION, SUCCESS, ERROR = range(4)
BINDING, ALLOCATE, REFRESH, SEND, DATA_METHOD, CREATE_PERMISSION, CHANNEL_BIND = 1, 3, 4, 6, 7, 8, 9

MAPPED_ADDRESS = 0x0001
USERNAME = 0x0006
MESSAGE_INTEGRITY = 0x0008
ERROR_CODE = 0x0009
UNKNOWN_ATTRIBUTES = 0x000A
CHANNEL_NUMBER = 0x000C
LIFETIME = 0x000D
XOR_PEER_ADDRESS = 0x0012
DATA = 0x0013
REALM = 0x0014
NONCE = 0x0015
XOR_RELAYED_ADDRESS = 0x0016
REQUESTED_ADDRESS_FAMILY = 0x0017
EVEN_PORT = 0x0018
REQUESTED_TRANSPORT = 0x0019
DONT_FRAGMENT = 0x001A
MESSAGE_INTEGRITY_SHA256 = 0x001C
PASSWORD_ALGORITHM = 0x001D
USERHASH = 0x001E
XOR_MAPPED_ADDRESS = 0x0020
RESERVATION_TOKEN = 0x0022
ADDITIONAL_ADDRESS_FAMILY = 0x8000
ADDRESS_ERROR_CODE = 0x8001
PASSWORD_ALGORITHMS = 0x8002
ICMP = 0x8004
SOFTWARE = 0x8022
TRANSMIT_COUNTER = 0x8025
FINGERPRINT = 0x8028

MD5, SHA256 = 1, 2
UDP = (REQUESTED_TRANSPORT, b"\x11\0\0\0")
IPV4_FAMILY, IPV6_FAMILY = b"\x01\0\0\0", b"\x02\0\0\0"

Address = tuple[str, int]
Attribute = tuple[int, "bytes | Address"]  # an address is written in its XORed form


def message_type(method: int, kind: int) -> int:
    return (method & 0xF80) << 2 | (method & 0x070) << 1 | (method & 0x00F) | (kind & 2) << 7 | (kind & 1) << 4


def u32(value: int) -> bytes:
    return struct.pack(">I", value)


def attribute(kind: int, value: bytes, padding: bytes = b"\0") -> bytes:
    return struct.pack(">HH", kind, len(value)) + value + padding * (-len(value) % 4)


def message(method: int, kind: int, attributes: list[Attribute] = (), transaction: bytes | None = None) -> bytes:
    """A whole STUN message with these attributes and nothing else."""
    transaction = transaction or os.urandom(12)
    values = [(number, value if isinstance(value, bytes) else xor_address(value, transaction)) for number, value in attributes]
    body = b"".join(attribute(*each) for each in values)
    return struct.pack(">HHI", message_type(method, kind), len(body), COOKIE) + transaction + body


def binding(transaction: bytes | None = None) -> bytes:
    return message(BINDING, REQUEST, [], transaction)


def with_length(raw: bytes, length: int) -> bytes:
    """The message with another Length in its header."""
    return raw[:2] + struct.pack(">H", length) + raw[4:]


def appended(raw: bytes, more: bytes) -> bytes:
    """The message with encoded attributes behind it, and the Length that results."""
    return with_length(raw, len(raw) - 20 + len(more)) + more


def mac(raw: bytes, size: int, key: bytes, algorithm: str) -> bytes:
    """The HMAC for an integrity attribute of `size` value bytes that follows `raw`."""
    return hmac.new(key, with_length(raw, len(raw) - 20 + 4 + size), algorithm).digest()


def with_sha1(raw: bytes, key: bytes) -> bytes:
    return appended(raw, attribute(MESSAGE_INTEGRITY, mac(raw, 20, key, "sha1")))


def with_sha256(raw: bytes, key: bytes, size: int = 32) -> bytes:
    return appended(raw, attribute(MESSAGE_INTEGRITY_SHA256, mac(raw, size, key, "sha256")[:size]))


def with_fingerprint(raw: bytes) -> bytes:
    return appended(raw, attribute(FINGERPRINT, u32(zlib.crc32(with_length(raw, len(raw) - 12)) ^ 0x5354554E)))


def long_term_key(user: str, realm: str, password: str, algorithm: int = MD5) -> bytes:
    text = f"{user}:{realm}:{password}".encode()
    return hashlib.md5(text).digest() if algorithm == MD5 else hashlib.sha256(text).digest()


def password_algorithms(*algorithms: int) -> bytes:
    return b"".join(struct.pack(">HH", each, 0) for each in algorithms)


def _mask(transaction: bytes) -> bytes:
    return u32(COOKIE) + transaction


def xor_address(address: Address, transaction: bytes) -> bytes:
    host = ipaddress.ip_address(address[0]).packed
    family = 1 if len(host) == 4 else 2
    hidden = bytes(a ^ b for a, b in zip(host, _mask(transaction)))
    return struct.pack(">BBH", 0, family, address[1] ^ COOKIE >> 16) + hidden


def read_xor_address(value: bytes, transaction: bytes) -> Address:
    zero, family, port = struct.unpack_from(">BBH", value)
    assert zero == 0 and (family, len(value)) in ((1, 8), (2, 20)), value.hex()
    host = bytes(a ^ b for a, b in zip(value[4:], _mask(transaction)))
    return str(ipaddress.ip_address(host)), port ^ COOKIE >> 16


def peer(address: Address) -> Attribute:
    return XOR_PEER_ADDRESS, address


def channel_number(number: int, rest: bytes = b"\0\0") -> Attribute:
    return CHANNEL_NUMBER, struct.pack(">H", number) + rest


def channel_data(number: int, data: bytes, padded: bool = False) -> bytes:
    return struct.pack(">HH", number, len(data)) + data + b"\0" * (-len(data) % 4 if padded else 0)


@dataclass
class ChannelData:
    number: int
    data: bytes


@dataclass
class Message:
    """A parsed STUN message; parsing it checks all that holds for everything a server may send."""

    raw: bytes = field(repr=False)
    method: int
    kind: int
    transaction: bytes
    attributes: list[Attribute] = field(default_factory=list)

    def get(self, kind: int) -> bytes | None:
        return next((value for number, value in self.attributes if number == kind), None)

    def all(self, kind: int) -> list[bytes]:
        return [value for number, value in self.attributes if number == kind]

    def kinds(self) -> list[int]:
        return [number for number, _ in self.attributes]

    @property
    def code(self) -> int:
        """The error code; 0 in a success response."""
        value = self.get(ERROR_CODE)
        return 0 if value is None else value[2] * 100 + value[3]

    def unknown(self) -> list[int]:
        value = self.get(UNKNOWN_ATTRIBUTES)
        return [number for (number,) in struct.iter_unpack(">H", value)]

    def address(self, kind: int) -> Address:
        return read_xor_address(self.get(kind), self.transaction)

    def relays(self) -> list[Address]:
        return [read_xor_address(value, self.transaction) for value in self.all(XOR_RELAYED_ADDRESS)]

    def lifetime_s(self) -> int:
        return int.from_bytes(self.get(LIFETIME), "big")

    def signed_by(self, key: bytes) -> list[int]:
        """The integrity attributes; each of them is verified."""
        found, at = [], 20
        for kind, value in self.attributes:
            if kind in (MESSAGE_INTEGRITY, MESSAGE_INTEGRITY_SHA256):
                algorithm, size = ("sha1", 20) if kind == MESSAGE_INTEGRITY else ("sha256", 32)
                assert value == mac(self.raw[:at], size, key, algorithm), f"bad integrity {kind:#06x}"
                found.append(kind)
            at += 4 + len(value) + -len(value) % 4
        return found


def parse_type(raw: bytes) -> tuple[int, int]:
    """Method and class."""
    (number,) = struct.unpack_from(">H", raw)
    method = (number & 0x3E00) >> 2 | (number & 0x00E0) >> 1 | (number & 0x000F)
    return method, (number & 0x0100) >> 7 | (number & 0x0010) >> 4


def parse(raw: bytes) -> Message:
    number, length, cookie = struct.unpack_from(">HHI", raw)
    assert number < 0x4000 and cookie == COOKIE and length == len(raw) - 20, raw.hex()
    parsed = Message(raw, *parse_type(raw), raw[8:20])
    at = 20
    while at < len(raw):
        attribute_kind, size = struct.unpack_from(">HH", raw, at)
        end = at + 4 + size
        assert end + -size % 4 <= len(raw), raw.hex()
        assert not any(raw[end : end + -size % 4]), "a padding byte that is not 0, MSG-07"
        parsed.attributes.append((attribute_kind, raw[at + 4 : end]))
        at = end + -size % 4
    _check(parsed)
    return parsed


def _check(parsed: Message) -> None:
    """MSG-31 and INT-14 for everything received, and FINGERPRINT where there is one."""
    if parsed.kind == ERROR:
        value = parsed.get(ERROR_CODE)
        assert value[:2] == b"\0\0" and 3 <= value[2] <= 6 and value[3] <= 99 and len(value) < 4 + 128, value.hex()
    kinds = parsed.kinds()
    tail = [kind for kind in kinds if kind in (MESSAGE_INTEGRITY, MESSAGE_INTEGRITY_SHA256, FINGERPRINT)]
    assert kinds[len(kinds) - len(tail) :] == tail and tail == sorted(tail), [hex(kind) for kind in kinds]
    if FINGERPRINT in tail:
        assert parsed.raw == with_fingerprint(with_length(parsed.raw[:-8], len(parsed.raw) - 28)), "bad FINGERPRINT"
