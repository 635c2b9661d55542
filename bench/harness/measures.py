"""What is measured, and what must be reached."""

from dataclasses import dataclass

from .servers import COTURN, DIRECT, FORWARDER, HAPROXY, KERNEL, LIMITS, LIVE, LIVEKIT, PION, REFERENCE, SOCKETS

HALF_RATE = "half-rate"  # `audio` in open loop at half of the rate that the reference server relays without loss
NEIGHBOUR = "neighbour"  # TCP of others on loopback, on the server's host
BYTE_LIMITS = "limits"  # the kernel engine's program alone, without and with byte limits
AT_TC, AS_XDP = "limits-tc", "limits-xdp"  # what that measures
CLIENTS = 50  # of the scenario `audio`

# What a user has: the parts of RESULTS.md, in this order.
SAME_HOST, OTHER_HOST, TCP, TLS, WEB, ALLOCATIONS = "same-host", "other-host", "tcp", "tls", "web", "allocations"
SECTIONS = {
    SAME_HOST: "The SFU on the same host, clients over UDP",
    OTHER_HOST: "The SFU on another host, clients over UDP",
    TCP: "Clients over TCP",
    TLS: "Clients over TLS",
    WEB: "A web site behind the TLS listener",
    ALLOCATIONS: "Allocations",
}

REFERENCES = {WEB: HAPROXY}  # what others are compared with in tables, where it is not REFERENCE

TURN = {KERNEL, SOCKETS, COTURN, PION}
NEAR = TURN | {LIMITS, LIVEKIT, DIRECT}
SINGLE, BATCH = (), ("--batch",)  # how the SFU takes datagrams


@dataclass(frozen=True)
class Scenario:
    """What the generator is told, whom it meets, and how the SFU does its part; none: peers are the generator's."""

    section: str
    words: list
    servers: set
    echo: tuple | None = None


SCENARIOS = {
    "many": Scenario(ALLOCATIONS, ["many"], TURN),
    "near-audio": Scenario(SAME_HOST, ["audio"], NEAR, SINGLE),
    "near-1200": Scenario(SAME_HOST, ["audio", "--size", 1200], NEAR, SINGLE),
    "near-video": Scenario(SAME_HOST, ["video"], NEAR, BATCH),
    "audio": Scenario(OTHER_HOST, ["audio"], TURN | {LIMITS, DIRECT, FORWARDER}),
    HALF_RATE: Scenario(OTHER_HOST, ["audio"], TURN | {DIRECT, FORWARDER}),
    "video": Scenario(OTHER_HOST, ["video"], TURN | {LIMITS, DIRECT, FORWARDER}),
    "video-gso": Scenario(OTHER_HOST, ["video", "--gso"], TURN | {DIRECT, FORWARDER}),
    "indications": Scenario(OTHER_HOST, ["indications"], TURN | {DIRECT}),
    "pair": Scenario(OTHER_HOST, ["pair"], TURN),
    "fanout": Scenario(OTHER_HOST, ["fanout"], TURN | {LIMITS, DIRECT}),
    "room": Scenario(OTHER_HOST, ["room"], TURN),
    "tcp": Scenario(TCP, ["tcp"], TURN | {FORWARDER}),
    "tcp-frames": Scenario(TCP, ["tcp-frames"], TURN | {FORWARDER}),
    "tcp-flood": Scenario(TCP, ["tcp-flood"], TURN | {FORWARDER}),
    "tls": Scenario(TLS, ["tls"], TURN | {FORWARDER}),
    "tls-frames": Scenario(TLS, ["tls-frames"], TURN | {FORWARDER}),
    "web-download": Scenario(WEB, ["--wish", "download", "--connections", 4], {SOCKETS, HAPROXY}),
    "web-upload": Scenario(WEB, ["--wish", "upload", "--connections", 4], {SOCKETS, HAPROXY}),
    "web-requests": Scenario(WEB, ["--wish", "requests", "--connections", 64], {SOCKETS, HAPROXY}),
    "churn": Scenario(ALLOCATIONS, ["churn"], TURN),
}
ALL_SCENARIOS = [*SCENARIOS, NEIGHBOUR, BYTE_LIMITS]

NET = "net_us_per_packet"
SERVER = "server_us_per_packet"
RELAYED = "relayed_per_s"


def section_of(scenario):
    without_generator = {NEIGHBOUR: SAME_HOST, BYTE_LIMITS: OTHER_HOST, AT_TC: OTHER_HOST, AS_XDP: OTHER_HOST}
    return without_generator.get(scenario) or SCENARIOS[scenario].section


@dataclass(frozen=True)
class Goal:
    """How many times better a server must be than another one in the same run; below 1 it may be worse. Or how much more it may take,
    in the measure's unit."""

    server: str
    times: float
    than: str = REFERENCE
    more_max: float | None = None  # instead of `times`


@dataclass(frozen=True)
class Measure:
    """A line of the results: a field of a measurement, the less the better unless `more` is. Plots show those that are `drawn`; tables show
    quartiles where medians move much."""

    title: str
    scenario: str
    field: str
    unit: str
    more: bool = False
    goals: tuple = ()
    drawn: bool = False
    quartiles: bool = False


def costs(scenario, title, net=(), server=(), relayed=()):
    """CPU of a scenario whose packets are counted one by one."""
    all_ = [Measure(f"{title}: CPU of all, the generator too", scenario, "work_us_per_packet", "µs a packet")]
    has_net = DIRECT in SCENARIOS[scenario].servers
    if has_net:
        all_ = [
            Measure(f"{title}: CPU net of the generator", scenario, NET, "µs a packet", goals=net, drawn=True),
            Measure(f"{title}: CPU of all but the generator's process", scenario, "rest_us_per_packet", "µs a packet"),
        ]
    is_stream = SCENARIOS[scenario].section in (TCP, TLS)
    return [
        *all_,
        Measure(f"{title}: CPU of the server's process", scenario, SERVER, "µs a packet", goals=server, drawn=is_stream),
        Measure(f"{title}: relayed", scenario, RELAYED, "packets/s", more=True, goals=relayed, drawn=bool(relayed)),
    ]


def latencies(scenario, title):
    """The 99th of a hundred moves more from run to run than servers differ, so it has no goal."""
    goals = (Goal(KERNEL, 1), Goal(SOCKETS, 1))
    return [
        Measure(f"{title}: p50 of an echo", scenario, "p50_us", "µs", goals=goals),
        Measure(f"{title}: p90 of an echo", scenario, "p90_us", "µs", goals=goals),
        Measure(f"{title}: p99 of an echo", scenario, "p99_us", "µs", quartiles=True),
    ]


def web_stream(scenario, title):
    """A stream that goes through the proxy as fast as it can."""
    half = (Goal(SOCKETS, 0.5, HAPROXY),)
    return [
        Measure(f"{title}: rate", scenario, "gigabits_per_s", "Gbit/s", more=True, goals=half, drawn=True),
        Measure(f"{title}: CPU of the proxy's process", scenario, "server_ms_per_gigabyte", "ms a GB", goals=half, drawn=True),
    ]


NEAR_NET = (Goal(KERNEL, 5), Goal(KERNEL, 4, SOCKETS))
NEAR_RELAYED = (Goal(KERNEL, 1.8),)
FLOOR = (Goal(SOCKETS, 0.9, FORWARDER),)

MEASURES = [
    *costs("near-audio", "160 B", net=NEAR_NET, relayed=NEAR_RELAYED),
    *costs("near-1200", "1,200 B", net=NEAR_NET),
    *costs("near-video", "1,200 B in frames of 8, the SFU in batches", net=(Goal(KERNEL, 8),)),
    Measure(
        "TCP of others on loopback, 64 KB writes", NEIGHBOUR, "gigabits_per_s", "Gbit a second of CPU", more=True, goals=(Goal(KERNEL, 0.98, DIRECT),), drawn=True
    ),
    *costs("audio", "`audio`, 160 B", net=(Goal(KERNEL, 6), Goal(LIVE, 25), Goal(SOCKETS, 1.2))),
    *costs("video", "`video`, 1,200 B in frames of 8", net=(Goal(KERNEL, 6), Goal(LIVE, 25), Goal(SOCKETS, 3))),
    *costs("video-gso", "`video`, sent with GSO"),
    *costs("indications", "`indications`, 160 B"),
    *costs("fanout", "`fanout`, 1,200 B"),
    *costs("pair", "`pair`, 160 B"),
    *costs("room", "`room`"),
    Measure("the program at tc, 160 B", AT_TC, "program_ns", "ns a packet", goals=(Goal(LIMITS, 1 / 1.1, KERNEL),), quartiles=True),
    Measure("the program as XDP, 160 B", AS_XDP, "program_ns", "ns a packet", goals=(Goal(LIMITS, 0, KERNEL, more_max=25),), quartiles=True),
    *latencies(HALF_RATE, "`audio` at half of coturn's loss-free rate"),
    *costs("tcp", "`tcp`, single echoes", server=(Goal(SOCKETS, 1),)),
    *costs("tcp-frames", "`tcp`, frames of 8", server=FLOOR),
    Measure("`tcp` flood: relayed", "tcp-flood", RELAYED, "packets/s", more=True, goals=FLOOR, drawn=True),
    *costs("tls", "`tls`, single echoes", server=(Goal(SOCKETS, 1),)),
    *costs("tls-frames", "`tls`, frames of 8", server=FLOOR),
    *web_stream("web-download", "a download by 4 clients"),
    *web_stream("web-upload", "an upload by 4 clients"),
    Measure("100 B to each of 64 clients: rate", "web-requests", "requests_per_s", "requests/s", more=True, drawn=True),
    Measure("100 B to each of 64 clients: CPU of the proxy's process", "web-requests", "server_us_per_request", "µs a request", drawn=True),
    Measure("`churn`, allocate to delete: CPU of the server", "churn", "server_us_per_allocation", "µs each", goals=(Goal(SOCKETS, 3),)),
    Measure("`churn`: rate", "churn", "allocations_per_s", "each/s", more=True),
    Measure("`many`: allocate and bind: CPU of the server", "many", "server_us_per_allocation", "µs each"),
    Measure("`many`: process memory", "many", "memory_bytes_per_allocation", "bytes each", goals=(Goal(SOCKETS, 5),)),
]
