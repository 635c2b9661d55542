"""Datagrams by the hundred: sendmmsg(2) and recvmmsg(2), where a system call for each packet would be the bottleneck."""

import ctypes
import socket
import struct


class IoVec(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("size", ctypes.c_size_t)]


class MsgHdr(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_size", ctypes.c_uint32),
        ("iov", ctypes.POINTER(IoVec)),
        ("iov_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_size", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class MMsgHdr(ctypes.Structure):
    _fields_ = [("header", MsgHdr), ("size", ctypes.c_uint)]


LIBC = ctypes.CDLL(None, use_errno=True)


class Messages:
    """Room for `count` datagrams of at most `size` bytes, and for an IPv4 address beside each of them."""

    NAME = struct.Struct("=HH4s8x")

    def __init__(self, count: int, size: int):
        self.count, self.size = count, size
        self.data = ctypes.create_string_buffer(count * size)
        self.names = ctypes.create_string_buffer(count * self.NAME.size)
        self.vectors = (IoVec * count)()
        self.headers = (MMsgHdr * count)()
        for n in range(count):
            self.vectors[n] = IoVec(ctypes.addressof(self.data) + n * size, size)
            header = self.headers[n].header
            header.iov, header.iov_count = ctypes.pointer(self.vectors[n]), 1

    def fill(self, payload: bytes, to: list[tuple[str, int]] | None = None) -> "Messages":
        """The same payload in each, to these addresses in turn, or to where the socket is connected."""
        self.data[:] = payload.ljust(self.size, b"\0") * self.count
        for n in range(self.count):
            self.vectors[n].size = len(payload)
            if to:
                host, port = to[n % len(to)]
                self.NAME.pack_into(self.names, n * self.NAME.size, socket.AF_INET, socket.htons(port), socket.inet_aton(host))
                header = self.headers[n].header
                header.name, header.name_size = ctypes.addressof(self.names) + n * self.NAME.size, self.NAME.size
        return self

    def send(self, sender: socket.socket) -> int:
        """How many have left; none while an ICMP error waits to be told."""
        return max(0, LIBC.sendmmsg(sender.fileno(), self.headers, self.count, socket.MSG_DONTWAIT))

    def receive(self, receiver: socket.socket) -> list[bytes]:
        """What has arrived so far, as much of it as there is room for."""
        received = LIBC.recvmmsg(receiver.fileno(), self.headers, self.count, socket.MSG_DONTWAIT, None)
        memory = self.data.raw[: max(0, received) * self.size]
        return [memory[n * self.size : n * self.size + self.headers[n].size] for n in range(max(0, received))]
