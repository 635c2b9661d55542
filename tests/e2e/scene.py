"""The scene: a host for the SFU with its relay and one for each participant, in networks of their own around a router that can drop."""

import contextlib
import urllib.request

from namespace import Namespace, connect

NODE, DOMAIN = "203.0.113.5", "turn.example.org"  # of the example configurations
ADDRESSES = {"node": NODE, "alice": "192.0.2.10", "bob": "198.51.100.10"}
FIREWALL = ["udp", "tcp 3478", "tcp 7881"]  # what a strict one drops: it lets TCP 443 out, and here the connection to LiveKit itself
DROPPED = "100"  # the priority of the rules that drop: ahead of the table of routes


def gateway(address: str) -> str:
    return address.rpartition(".")[0] + ".1"


class Host(Namespace):
    """A host behind the router, at an address which may change."""

    def __init__(self, name: str, router: Namespace, address: str):
        super().__init__(name)
        self.router = router
        self.cable = name
        connect(router, self, self.cable)
        self.address = ""
        self.rules: list[list[str]] = []
        self.move(address)

    def move(self, address: str) -> None:
        """Gives it this address, of another network, in place of the one it has."""
        self.router.add_address(self.cable, f"{gateway(address)}/24")
        self.add_address("wire", f"{address}/24")
        self.ip("route", "replace", "default", "via", gateway(address))
        if self.address:
            self.ip("address", "del", f"{self.address}/24", "dev", "wire")
            self.router.ip("address", "del", f"{gateway(self.address)}/24", "dev", self.cable)
        self.address = address

    def block(self, *traffic: str) -> None:
        """The router silently drops this in both directions: `udp`, or `tcp 443` for what other hosts serve on that port."""
        for each in traffic:
            protocol, _, port = each.partition(" ")
            for direction, its_port in (("from", "dport"), ("to", "sport")):
                rule = ["priority", DROPPED, direction, self.address, "ipproto", protocol, *([its_port, port] if port else [])]
                self.router.ip("rule", "add", *rule, "blackhole")
                self.rules.append(rule)

    def unblock(self) -> None:
        while self.rules:
            self.router.ip("rule", "del", *self.rules.pop())

    def fetch(self, request: urllib.request.Request) -> bytes:
        """The body of the answer to a request made from here."""
        with self.entered(), urllib.request.urlopen(request, timeout=10) as response:
            return response.read()


@contextlib.contextmanager
def scene():
    """The hosts by name; they go with it."""
    with contextlib.ExitStack() as hosts:

        def add(host: Namespace) -> Namespace:
            return hosts.enter_context(contextlib.closing(host))

        router = add(Namespace("router"))
        router.forward()
        yield {name: add(Host(name, router, address)) for name, address in ADDRESSES.items()}
