"""The scene: a host for the SFU with its relay and one for each participant, in networks of their own around a router that can drop."""

import contextlib
import urllib.request

from namespace import Namespace, connect

NODE, DOMAIN = "203.0.113.5", "turn.example.org"  # of the example configurations
ADDRESSES = {"node": NODE, "alice": "192.0.2.10", "bob": "198.51.100.10", "proxy": "192.0.5.10"}
IPV6 = {"node": "2001:db8:5::5", "alice": "2001:db8:a::10"}  # for those who ask for it
FIREWALL = ["udp", "tcp 3478", "tcp 7881"]  # what a strict one drops: it lets TCP 443 out, and here the connection to LiveKit itself
# Priorities of the rules that drop, all of them ahead of the table of routes.
DROPPED, LET_OUT, THE_REST = "100", "101", "102"


def gateway(address: str) -> str:
    mark = ":" if ":" in address else "."
    return address.rpartition(mark)[0] + f"{mark}1"


class Host(Namespace):
    """A host behind the router, at an address which may change."""

    def __init__(self, name: str, router: Namespace, address: str):
        super().__init__(name)
        self.router = router
        self.cable = name
        connect(router, self, self.cable)
        self.address = ""
        self.ipv6 = ""
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

    def set_ipv6(self, address: str) -> None:
        """Gives it this address beside that of IPv4, or takes it away with an empty one."""
        if self.ipv6:
            self.ip("-6", "route", "del", "default")
            self.ip("address", "del", f"{self.ipv6}/64", "dev", "wire")
            self.router.ip("address", "del", f"{gateway(self.ipv6)}/64", "dev", self.cable)
        self.ipv6 = address
        if address:
            self.router.add_address(self.cable, f"{gateway(address)}/64")
            self.add_address("wire", f"{address}/64")
            self.ip("-6", "route", "add", "default", "via", gateway(address))

    def block(self, *traffic: str) -> None:
        """The router silently drops this in both directions: `udp`, or `tcp 443` for what other hosts serve on that port."""
        for each in traffic:
            self._add_rules(DROPPED, each, "blackhole")

    def let_out_only(self, *traffic: str) -> None:
        """The router silently drops all but this, and of this what block() names."""
        for each in traffic:
            self._add_rules(LET_OUT, each, "lookup", "main")
        self._add_rules(THE_REST, "", "blackhole")

    def cut(self, other: "Host") -> None:
        """The router silently drops all between the two in IPv4, and in IPv6 all of this one."""
        self._add_rule(DROPPED, "from", [], "blackhole", ipv4=["to", other.address])
        self._add_rule(DROPPED, "to", [], "blackhole", ipv4=["from", other.address])

    def _add_rules(self, priority: str, traffic: str, *action: str) -> None:
        """For both directions; of no traffic in particular: for all."""
        protocol, _, port = traffic.partition(" ")
        for direction, its_port in (("from", "dport"), ("to", "sport")):
            what = ["ipproto", protocol] if protocol else []
            what += [its_port, port] if port else []
            self._add_rule(priority, direction, what, *action)

    def _add_rule(self, priority: str, direction: str, what: list[str], *action: str, ipv4: list[str] | None = None) -> None:
        for family, address, more in (("-4", self.address, ipv4 or []), ("-6", self.ipv6, [])):
            if address:
                rule = ["priority", priority, direction, address, *more, *what]
                self.router.ip(family, "rule", "add", *rule, *action)
                self.rules.append([family, "rule", "del", *rule])

    def unblock(self) -> None:
        while self.rules:
            self.router.ip(*self.rules.pop())

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
