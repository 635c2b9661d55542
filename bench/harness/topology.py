"""Where a measurement takes place: namespaces with cables between them, or loopback."""

import contextlib
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Place:
    """Addresses, and how to run a program on each side. Clients and peers are one program; peers may have a namespace of their own."""

    about: str
    server: str  # where clients come
    relay: str  # where peers come
    client: str
    peer: str
    direct_client: str  # of the path that has no server on it
    direct_peer: str
    sfu: str = ""  # of the process that echoes, on the server's host
    server_command: list[str] = field(default_factory=list)
    generator_command: list[str] = field(default_factory=list)
    generator_options: list[str] = field(default_factory=list)
    client_wires: list = field(default_factory=list)

    def set_stream_offload(self, on):
        """veth takes packets past NAPI, and so past GRO and the receiver's core, where its sender could leave the cutting of TCP to it;
        but without TSO it would be the sender's core that cuts. So it is on where clients come over TCP, and off for all that is UDP."""
        for host, device in self.client_wires:
            set_tso(host, device, on)


def set_tso(host, device, on):
    run(*host.command(), "ethtool", "-K", device, "tso", "on" if on else "off")


def run(*words):
    command = [str(word) for word in words]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        raise SystemExit(f"bench: {error}") from None
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(command)}: {done.stderr.strip()}")


@contextlib.contextmanager
def loopback():
    local = "127.0.0.1"
    yield Place("loopback", "127.0.0.11", "127.0.0.11", client=local, peer=local, direct_client=local, direct_peer=local, sfu="127.0.0.11")


class Host:
    """A namespace whose packets are processed on one core, from its devices on."""

    def __init__(self, role, cpu):
        self.name = f"bench-{role}-{os.getpid()}"
        self.cpu = cpu
        run("ip", "netns", "add", self.name)
        run("ip", "-n", self.name, "link", "set", "lo", "up")  # what a relay sends to another one

    def close(self):
        run("ip", "netns", "del", self.name)

    def command(self):
        return ["ip", "netns", "exec", self.name]

    def raise_device(self, device, address):
        run("ip", "-n", self.name, "address", "add", f"{address}/24", "dev", device)
        run("ip", "-n", self.name, "link", "set", device, "up")

    def thread_napi(self, device):
        """What arrives is charged to this host's core, not to its sender's, and forms batches; what does not fit into the ring waits in
        a queue, as it does in front of a real device."""
        run(*self.command(), "ethtool", "-K", device, "gro", "on")
        run("tc", "-n", self.name, "qdisc", "replace", "dev", device, "root", "pfifo", "limit", "10000")
        run(*self.command(), "sh", "-c", f"echo 1 > /sys/class/net/{device}/threaded")
        threads = napi_threads(device)
        if not threads:
            raise SystemExit(f"bench: {device} has no NAPI thread")
        for thread in threads:
            os.sched_setaffinity(thread, {self.cpu})


def new_host(stack, role, cpu):
    """It goes when the stack does."""
    made = Host(role, cpu)
    stack.callback(made.close)
    return made


def napi_threads(device):
    found = []
    for comm in Path("/proc").glob("[0-9]*/comm"):
        with contextlib.suppress(OSError):  # processes end
            if comm.read_text().startswith(f"napi/{device}-"):
                found.append(int(comm.parent.name))
    return found


def cable(name, *ends):
    """A veth pair between two hosts; its devices are named after this process, because NAPI threads are found by name."""
    wires = [(host, address, f"b{name}{side}{os.getpid()}") for side, (host, address) in enumerate(ends)]
    (left, _, left_device), (right, _, right_device) = wires
    run("ip", "link", "add", left_device, "netns", left.name, "type", "veth", "peer", "name", right_device, "netns", right.name)
    for host, address, device in wires:
        host.raise_device(device, address)
    for host, _, device in wires:
        host.thread_napi(device)
    return [(host, device) for host, _, device in wires]


@contextlib.contextmanager
def two_hosts(server_cpu, load_cpu):
    """client - server with the SFU beside it, at one address; `direct` goes the same way."""
    with contextlib.ExitStack() as stack:
        client, server = new_host(stack, "near-client", load_cpu), new_host(stack, "near-server", server_cpu)
        here, there = "10.89.4.2", "10.89.4.1"
        for host, device in cable("n", (client, here), (server, there)):
            set_tso(host, device, False)
        yield Place(
            about="clients in a network namespace, server and SFU in another one, at one address, both on the server's core and each a process with a "
            "socket of its own for what it sends to the other",
            server=there,
            relay=there,
            client=here,
            peer=here,
            direct_client=here,
            direct_peer=here,
            sfu=there,
            server_command=server.command(),
            generator_command=client.command(),
        )


@contextlib.contextmanager
def three_hosts(server_cpu, load_cpu):
    """client - server - peer, and client - peer for `direct`."""
    with contextlib.ExitStack() as stack:
        client, server = new_host(stack, "client", load_cpu), new_host(stack, "server", server_cpu)
        peer = new_host(stack, "peer", load_cpu)
        client_wires = cable("c", (client, "10.89.1.2"), (server, "10.89.1.1"))
        other_wires = cable("p", (peer, "10.89.2.2"), (server, "10.89.2.1")) + cable("d", (client, "10.89.3.1"), (peer, "10.89.3.2"))
        for host, device in other_wires:
            set_tso(host, device, False)
        yield Place(
            about="clients, server and peers in a network namespace each, on veth with GRO, threaded NAPI pinned to the side that receives (but "
            "what clients send and get over TCP veth hands over on the sender's core)",
            server="10.89.1.1",
            relay="10.89.2.1",
            client="10.89.1.2",
            peer="10.89.2.2",
            direct_client="10.89.3.1",
            direct_peer="10.89.3.2",
            server_command=server.command(),
            generator_command=client.command(),
            generator_options=["--peer-namespace", peer.name],
            client_wires=client_wires,
        )
