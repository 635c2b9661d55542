"""Network namespaces: a server and its clients as two hosts on one cable, for what loopback cannot show. Needs root."""

import contextlib
import ctypes
import os
import subprocess
from pathlib import Path

CLONE_NEWNET = 0x40000000


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def move_to(handle) -> None:
    """Moves this thread; sockets stay in the namespace in which they were made."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"setns: {os.strerror(ctypes.get_errno())}")


class Namespace:
    """A host of its own; removed by close()."""

    def __init__(self, name: str):
        self.name = f"turnpike-{os.getpid()}-{name}"
        ip("netns", "add", self.name)
        self.ip("link", "set", "lo", "up")

    def close(self) -> None:
        ip("netns", "del", self.name)

    def add_address(self, device: str, address: str) -> None:
        self.ip("address", "add", address, "dev", device, *(["nodad"] if ":" in address else []))

    def ip(self, *arguments: str) -> None:
        ip("-n", self.name, *arguments)

    def forward(self) -> None:
        """Makes it a router that does not hold ICMP messages back."""
        settings = {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1", "ipv4/icmp_ratemask": "0", "ipv6/icmp/ratelimit": "0"}
        with self.entered():
            for name, value in settings.items():
                Path("/proc/sys/net", name).write_text(value)

    def sent_packets(self, device: str) -> int:
        with self.entered():
            lines = Path("/proc/thread-self/net/dev").read_text().splitlines()
        return next(int(line.split()[10]) for line in lines if line.strip().startswith(f"{device}:"))

    def nft(self, rules: str) -> None:
        subprocess.run([*self.command(), "nft", "-f", "-"], input=rules, text=True, check=True, capture_output=True)

    def command(self) -> list[str]:
        """What to put before a command to run it there."""
        return ["ip", "netns", "exec", self.name]

    @contextlib.contextmanager
    def entered(self):
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as there:
            move_to(there)
            try:
                yield
            finally:
                move_to(home)


def connect(left: Namespace, right: Namespace, left_device: str = "wire", right_device: str = "wire") -> None:
    """A cable between these devices, both up."""
    ip("link", "add", left_device, "netns", left.name, "type", "veth", "peer", "name", right_device, "netns", right.name)
    left.ip("link", "set", left_device, "up")
    right.ip("link", "set", right_device, "up")
