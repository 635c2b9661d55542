"""What is measured, and what must be reached."""

from dataclasses import dataclass, field

from .servers import DIRECT, FORWARDER, LIVE

HALF_RATE = "half-rate"  # `audio` in open loop at half of the rate that the reference server relays without loss
CLIENTS = 50  # of the scenario `audio`

# A scenario of the results: what the generator is told.
SCENARIOS = {
    "many": ["many"],
    "audio": ["audio"],
    HALF_RATE: ["audio"],
    "video": ["video"],
    "video-gso": ["video", "--gso"],
    "indications": ["indications"],
    "pair": ["pair"],
    "fanout": ["fanout"],
    "room": ["room"],
    "tcp": ["tcp"],
    "tcp-frames": ["tcp-frames"],
    "tcp-flood": ["tcp-flood"],
    "tls": ["tls"],
    "tls-frames": ["tls-frames"],
    "churn": ["churn"],
}
STREAMS = {name for name in SCENARIOS if name.startswith(("tcp", "tls"))}
# What those that speak no TURN can do nevertheless.
PLAIN = {
    DIRECT: {"audio", HALF_RATE, "video", "video-gso", "indications", "fanout"},
    FORWARDER: {"audio", HALF_RATE, "video", "video-gso", *STREAMS},
}

SOCKETS, KERNEL = "turnpike-sockets", "turnpike-kernel"
NET = "net_us_per_packet"


@dataclass(frozen=True)
class Measure:
    """A line of the results: a field of a measurement, the less the better unless `more` is. Goals are how many times better than the
    reference each server must be."""

    title: str
    scenario: str
    field: str
    unit: str
    more: bool = False
    goals: dict = field(default_factory=dict)


def costs(scenario, title, net=None, server=None):
    """CPU of a scenario whose packets are counted one by one."""
    all_ = [Measure(f"{title}: CPU of all, the generator too", scenario, "work_us_per_packet", "µs a packet")]
    if scenario in PLAIN[DIRECT]:
        all_ = [
            Measure(f"{title}: CPU net of the generator", scenario, NET, "µs a packet", goals=net or {}),
            Measure(f"{title}: CPU of all but the generator's process", scenario, "rest_us_per_packet", "µs a packet"),
        ]
    return [
        *all_,
        Measure(f"{title}: CPU of the server's process", scenario, "server_us_per_packet", "µs a packet", goals=server or {}),
        Measure(f"{title}: relayed", scenario, "relayed_per_s", "packets/s", more=True),
    ]


MEASURES = [
    *costs("audio", "`audio`, 160 B", net={KERNEL: 6, LIVE: 25, SOCKETS: 1.2}),
    *costs("video", "`video`, 1,200 B in frames of 8", net={KERNEL: 6, LIVE: 25, SOCKETS: 3}),
    *costs("video-gso", "`video`, sent with GSO"),
    *costs("indications", "`indications`, 160 B"),
    *costs("fanout", "`fanout`, 1,200 B"),
    *costs("pair", "`pair`, 160 B"),
    *costs("room", "`room`"),
    Measure("`audio` at half of coturn's loss-free rate: p99 of an echo", HALF_RATE, "p99_us", "µs", goals={KERNEL: 1, SOCKETS: 1}),
    *costs("tcp", "`tcp`, single echoes", server={SOCKETS: 1}),
    *costs("tcp-frames", "`tcp`, frames of 8", server={SOCKETS: 3}),
    *costs("tls", "`tls`, single echoes", server={SOCKETS: 1}),
    *costs("tls-frames", "`tls`, frames of 8", server={SOCKETS: 3}),
    Measure("`tcp` flood: relayed", "tcp-flood", "relayed_per_s", "packets/s", more=True, goals={SOCKETS: 10}),
    Measure("`churn`, allocate to delete: CPU of the server", "churn", "server_us_per_allocation", "µs each", goals={SOCKETS: 3}),
    Measure("`churn`: rate", "churn", "allocations_per_s", "each/s", more=True),
    Measure("`many`: allocate and bind: CPU of the server", "many", "server_us_per_allocation", "µs each"),
    Measure("`many`: process memory", "many", "memory_bytes_per_allocation", "bytes each", goals={SOCKETS: 5}),
]
