"""The tables of docs/sizing.md, from the rounds that are kept of the measurements. `python3 -B -m harness.sizing`, in bench/, writes them anew."""

import math
import re
import statistics
from dataclasses import dataclass
from pathlib import Path

from . import rounds
from .results import to_table
from .servers import KERNEL, SOCKETS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/sizing.md"
MARK = re.compile(r"(<!-- (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

SIZES = [1, 3, 10, 30, 100, 300, 1000]
HIGH_WATER = 0.8  # fleet.high_water
SECONDS_A_MONTH = 365.25 / 12 * 86_400


@dataclass(frozen=True)
class Participant:
    """Who is relayed: two peer connections, as LiveKit has them, and some video."""

    allocations: int = 2
    up_mbit: float = 1.0
    down_mbit: float = 2.0
    payload: int = 800  # bytes of a packet on average: video has 1,200, voice 160
    overhead: int = 70  # of Ethernet, IP, UDP and half of the packets' channel header

    @property
    def packets_per_s(self):
        return (self.up_mbit + self.down_mbit) * 1e6 / 8 / self.payload

    @property
    def link_mbit(self):
        """On the node's link, each way: what is relayed comes in and goes out."""
        return self.packets_per_s * (self.payload + self.overhead) * 8 / 1e6


@dataclass(frozen=True)
class Node:
    cores: int = 4
    link_gbit: float = 10
    ports: int = 65_535 - 49_152 + 1  # relay.ports of one address


@dataclass(frozen=True)
class Rates:
    """What one core of the measurements does, and what an allocation takes."""

    kernel: float
    sockets: float
    tls: float
    kernel_frames: float  # of 1,200 bytes, eight at a time
    sockets_frames: float
    tls_frames: float
    allocation_bytes: float

    @staticmethod
    def of(measured):
        def median(server, scenario, field):
            return statistics.median(r[field] for r in measured if (r["server"], r["scenario"]) == (server, scenario))

        return Rates(
            median(KERNEL, "audio", "relayed_per_s"),
            median(SOCKETS, "audio", "relayed_per_s"),
            median(SOCKETS, "tls", "relayed_per_s"),
            median(KERNEL, "video", "relayed_per_s"),
            median(SOCKETS, "video", "relayed_per_s"),
            median(SOCKETS, "tls-frames", "relayed_per_s"),
            median(KERNEL, "many", "memory_bytes_per_allocation"),
        )


PARTICIPANT, NODE = Participant(), Node()
LINKS = [1, 10]
KEPT_ROWS = 1_048_576  # of users on other nodes, as docs/fleet.md has it
ROW_BYTES = 150  # reckoned: two nodes of hash tables
WRITE_US, DELIVERY_US = 5.8, 0.2  # of Redis' core: a write to a connection, and a message of 300 bytes in it; tests/scale/redis_costs.hpp
DNS_BYTES, EDNS_BYTES = 512, 1232
DNS_HEAD, DNS_ADDRESS = 12 + 22, 16  # a question of 22 bytes; a compressed name, type, class, TTL, length and address
TABLES = 3  # places, and rates of users and of rooms


def thousands(value):
    return f"{value:,.0f}"


def significant(value):
    """Two digits that count: no more is known."""
    return thousands(float(f"{value:.2g}")) if value >= 10 else f"{value:.2g}"


# What one core relays.

VOICE_PER_S = 50  # packets of one voice, one way
FRAME_PACKET_BYTES = 1200


def core_table(rates):
    rows = []
    for way, singly, in_frames in (
        ("kernel engine, UDP", rates.kernel, rates.kernel_frames),
        ("sockets, UDP", rates.sockets, rates.sockets_frames),
        ("sockets, TLS", rates.tls, rates.tls_frames),
    ):
        gbit = HIGH_WATER * in_frames * FRAME_PACKET_BYTES * 8 / 1e9
        rows.append((way, thousands(singly), significant(HIGH_WATER * singly / VOICE_PER_S), thousands(in_frames), significant(gbit)))
    return to_table(["a core, by", "packets/s, singly", "voices at 80 %", "packets/s, in frames", "Gbit/s at 80 %"], rows)


# What one node holds.


def capacities(rates, node=NODE, who=PARTICIPANT):
    """(resource, what there is of it, participants that it is enough for at the mark)"""

    def cpu(name, rate):
        return name, f"{thousands(rate)} packets/s of a core, {node.cores} cores", rate * node.cores / who.packets_per_s

    found = [
        ("Relay ports", f"{thousands(node.ports)} of an address", node.ports / who.allocations),
        cpu("CPU, kernel engine", rates.kernel),
        cpu("CPU, sockets engine", rates.sockets),
        cpu("CPU, all clients over TLS", rates.tls),
        *((f"Link of {link} Gbit/s", f"{link} Gbit/s each way", link * 1000 / who.link_mbit) for link in LINKS),
        ("Memory, of 1 GiB", f"{thousands(rates.allocation_bytes)} bytes an allocation", 2**30 / rates.allocation_bytes / who.allocations),
    ]
    return [(name, there_is, HIGH_WATER * holds) for name, there_is, holds in found]


def participants_of_a_node(rates):
    """With the kernel engine."""
    held = {name: holds for name, _, holds in capacities(rates)}
    return min(held["Relay ports"], held["CPU, kernel engine"], held[f"Link of {NODE.link_gbit} Gbit/s"])


def node_table(rates):
    rows = [(name, there_is, significant(holds)) for name, there_is, holds in sorted(capacities(rates), key=lambda each: each[2])]
    return to_table(["what a node has", "how much", "participants at 80 %"], rows)


# What a fleet holds.


def gap_s(nodes):
    return max(0.1, 0.002 * nodes)


def deliveries_per_s(nodes, tables):
    """Of Redis, if each node has something to tell of each table in every gap, beside a heartbeat every five seconds."""
    return (tables * nodes / gap_s(nodes) + nodes / 5) * nodes


def delivery_us(per_s):
    """Redis works in turns: what comes while it writes to all connections goes with the next write, so the more there is the less each costs."""
    to_each = (1 + per_s * WRITE_US / 1e6) / (1 - per_s * DELIVERY_US / 1e6)  # messages in a write
    return WRITE_US / to_each + DELIVERY_US


def redis_share(nodes, tables):
    per_s = deliveries_per_s(nodes, tables)
    return per_s * delivery_us(per_s) / 1e6


def dns_bytes(nodes):
    return DNS_HEAD + DNS_ADDRESS * nodes


def limits(nodes, participants):
    """What is over at this size."""
    over = [
        (nodes == 1, "the host: there is no other"),
        (DNS_BYTES < dns_bytes(nodes) <= EDNS_BYTES, "a DNS answer without EDNS"),
        (dns_bytes(nodes) > EDNS_BYTES, "one DNS answer for all"),
        (nodes > 1 and participants > KEPT_ROWS, "rows of quotas"),
        (redis_share(nodes, 1) <= HIGH_WATER < redis_share(nodes, TABLES), "Redis with byte limits"),
        (redis_share(nodes, 1) > HIGH_WATER, "one Redis"),
    ]
    return ", ".join(text for is_over, text in over if is_over) or "-"


def memory_mib(nodes, participants, rates):
    """Of one node: its allocations, and what it knows of the places of users elsewhere."""
    rows = min(KEPT_ROWS, participants * (nodes - 1) / nodes)
    return (participants / nodes * PARTICIPANT.allocations * rates.allocation_bytes + rows * ROW_BYTES) / 2**20


def fleet_table(rates):
    each = participants_of_a_node(rates)
    rows = []
    for nodes in SIZES:
        people = each * nodes
        rows.append(
            (
                thousands(nodes),
                significant(people),
                significant(people * PARTICIPANT.allocations),
                f"{significant(people * PARTICIPANT.packets_per_s / 1e6)} M",
                significant(people * PARTICIPANT.link_mbit / 1000),
                f"{significant(memory_mib(nodes, people, rates))} MiB",
                "-" if nodes == 1 else f"{significant(deliveries_per_s(nodes, 1))} to {significant(deliveries_per_s(nodes, TABLES))}",
                "-" if nodes == 1 else f"{significant(100 * redis_share(nodes, 1))} to {significant(100 * redis_share(nodes, TABLES))} %",
                "-" if nodes == 1 else f"{gap_s(nodes) + 0.1:.1f} s",
                thousands(dns_bytes(nodes)),
                limits(nodes, people),
            )
        )
    head = ["nodes", "participants", "relay ports", "packets/s", "Gbit/s each way", "memory of a node", "messages/s out of Redis", "of its core"]
    return to_table([*head, "slack D", "DNS answer, bytes", "what is over"], rows)


# What it costs.

DOLLARS_A_EURO = 1.1637
BUSY = 0.25  # of the participants of the peak, those of the mean
HOSTED_FREE_GB, HOSTED_GB = 1000, 0.05  # Cloudflare
MINUTES = 0.12 / 1000  # Amazon Kinesis Video Streams
CHEAP_NODE, CHEAP_FREE_TB, CHEAP_TB = 6.49 * DOLLARS_A_EURO, 22, 1.00 * DOLLARS_A_EURO  # Hetzner Cloud; 20 TiB
CHEAP_LINK_MBIT = 1000
CLOUD_NODE = 2 * 62.05  # Amazon EC2, as twice a c6i.large
CLOUD_TIERS_TB = [(10, 90), (40, 85), (100, 70), (float("inf"), 50)]  # Amazon EC2, a TB out to the Internet


def tiered(terabytes):
    cost = 0
    for size, price in CLOUD_TIERS_TB:
        cost += min(terabytes, size) * price
        terabytes = max(0, terabytes - size)
    return cost


def costs(nodes, rates):
    """(TB to clients a month, dollars by way)"""
    peak = participants_of_a_node(rates) * nodes
    people = peak * BUSY
    terabytes = people * PARTICIPANT.down_mbit * 1e6 / 8 * SECONDS_A_MONTH / 1e12
    cheap = math.ceil(peak * PARTICIPANT.link_mbit / (HIGH_WATER * CHEAP_LINK_MBIT))
    return terabytes, [
        cheap * CHEAP_NODE + max(0, terabytes - cheap * CHEAP_FREE_TB) * CHEAP_TB,
        nodes * CLOUD_NODE + tiered(terabytes),
        max(0, terabytes * 1000 - HOSTED_FREE_GB) * HOSTED_GB,
        people * SECONDS_A_MONTH / 60 * MINUTES,
    ]


def cost_table(rates):
    rows = []
    for nodes in SIZES:
        terabytes, dollars = costs(nodes, rates)
        shown = [f"{significant(each)} ({100 * each / terabytes / 1000:.2g} ct)" for each in dollars]
        rows.append((thousands(nodes), significant(terabytes), *shown))
    head = ["nodes", "TB to clients", "own, at Hetzner", "own, at Amazon", "Cloudflare's TURN", "Amazon's TURN"]
    return to_table(head, rows)


def filled(page, measured):
    """The page with its tables as they are now."""
    rates = Rates.of(measured)
    tables = {"core": core_table(rates), "node": node_table(rates), "fleet": fleet_table(rates), "cost": cost_table(rates)}
    return MARK.sub(lambda found: f"{found[1]}{tables[found[2]]}\n{found[3]}", page)


def main():
    PAGE.write_text(filled(PAGE.read_text(), rounds.read(ROOT / "bench/results/rounds.jsonl")[1]))


if __name__ == "__main__":
    main()
