"""Three nodes of a fleet behind a balancer that runs the example configurations of conf/ and the commands of docs/balancers.md, and the
network outside with clients and a peer. Each is a host of its own."""

import contextlib
import json
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import yaml

from namespace import Namespace, connect
from server import die_with_parent

SOURCE = Path(__file__).parents[2]
sys.path.insert(0, str(SOURCE / "tests/tidy"))
import pages  # noqa: E402

PAGE = (SOURCE / "docs/balancers.md").read_text()
# As the examples have them: what clients reach, and by which addresses the balancer and the nodes know each other.
FRONT, INSIDE = "203.0.113.5", "10.9.0.1"
PUBLIC = [f"203.0.113.{number}" for number in (11, 12, 13)]
PRIVATE = [f"10.9.0.{number}" for number in (11, 12, 13)]
PORTS = SimpleNamespace(port=3478, tls_port=443)
# Clients and a peer outside, who reach all public addresses by one gateway.
CLIENTS = [f"192.0.2.{number}" for number in range(10, 40)]
PEER, GATEWAY = "198.51.100.10", "203.0.113.1"
SECRET = "what three nodes have in common."


def block(begin: str) -> str:
    """The first block of the page that begins so."""
    return next(body for _, _, body in pages.blocks_of(PAGE) if body.startswith(begin))


def of_node(text: str, number: int) -> str:
    """What the page says of the first node, said of this one."""
    return text.replace(PRIVATE[0], PRIVATE[number]).replace(PUBLIC[0], PUBLIC[number])


def node_config(number: int) -> dict:
    """The page's configuration but for its files, and one listener more, at which the test asks whether the node is up."""
    config = yaml.safe_load(of_node(block("listen:"), number))
    del config["tls"], config["credentials"]
    config["listen"]["udp"].append("127.0.0.1:{port}")
    return config | {"fleet": {"secret": SECRET}}


class Scene:
    """The hosts, without servers."""

    def __init__(self, stack: contextlib.ExitStack):
        def host(name: str) -> Namespace:
            return stack.enter_context(contextlib.closing(Namespace(f"front-{name}")))

        self.outside, self.balancer = host("outside"), host("balancer")
        self.nodes = [host(f"node{number}") for number in range(len(PUBLIC))]
        for address in (*CLIENTS, PEER):
            self.outside.add_address("lo", f"{address}/32")
        self.outside.forward()
        self.balancer.ip("link", "add", "inside", "type", "bridge")
        self.balancer.ip("link", "set", "inside", "up")
        self.balancer.add_address("inside", f"{INSIDE}/24")
        self._lead_to(self.balancer, FRONT, "front")
        for number, node in enumerate(self.nodes):
            self._lead_to(node, PUBLIC[number], f"node{number}")
            connect(self.balancer, node, f"node{number}", "inside")
            self.balancer.ip("link", "set", f"node{number}", "master", "inside")
            node.add_address("inside", f"{PRIVATE[number]}/24")
            run(node, of_node(block("ip rule add"), number))
        run(self.balancer, block("sysctl -w").replace("/etc/nftables.balancer.nft", str(SOURCE / "conf/nftables.balancer.example.nft")))

    def _lead_to(self, host: Namespace, address: str, cable: str) -> None:
        """From outside to this public address of the host, and back."""
        connect(self.outside, host, cable)
        self.outside.add_address(cable, f"{GATEWAY}/32")
        self.outside.ip("route", "add", address, "dev", cable)
        host.add_address("wire", f"{address}/32")
        host.ip("route", "add", "default", "via", GATEWAY, "dev", "wire", "onlink")

    def route_back(self, number: int) -> None:
        """The page's route of a node, which goes when the cable does."""
        run(self.nodes[number], of_node(block("ip rule add"), number).splitlines()[1])

    def give_out_slots(self) -> None:
        """What the balancer's timer does."""
        run(self.balancer, f"sh {SOURCE}/conf/nftables.balancer.example.sh")

    @contextlib.contextmanager
    def haproxy(self, log: Path):
        with log.open("w") as out:
            process = subprocess.Popen(
                [*self.balancer.command(), "haproxy", "-db", "-f", SOURCE / "conf/haproxy.example.cfg"],
                stdout=out,
                stderr=out,
                preexec_fn=die_with_parent,
            )
        try:
            for _ in range(100):
                with self.outside.entered(), socket.socket() as probe:
                    if probe.connect_ex((FRONT, PORTS.port)) == 0:
                        break
                assert process.poll() is None, log.read_text()
                time.sleep(0.05)
            yield process
        finally:
            process.terminate()
            process.wait(5)


def run(host: Namespace, commands: str) -> None:
    done = subprocess.run([*host.command(), "sh", "-euc", commands], capture_output=True, text=True)
    assert done.returncode == 0, f"{commands}\n{done.stderr}"
