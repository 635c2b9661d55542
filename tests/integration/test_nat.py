"""A site behind 1:1 NAT: a server with two public addresses, an SFU beside it, IPv6 without NAT; clients and peers outside."""

import contextlib
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

import wire
from client import SILENCE_S, Client, Peer
from credentials import in_seconds, livekit
from kernel_scene import flows, relayed_in_kernel, wait_for_flows
from livekit_messages import KEY, SECRET, Http
from namespace import Namespace, connect
from server import BINARY, REALM, die_with_parent
from wire import IPV6_FAMILY, ChannelData

SERVER, SECOND, SFU = "10.91.1.1", "10.91.1.2", "10.91.2.3"
PUBLIC = {SERVER: "20.51.100.1", SECOND: "20.51.100.2", SFU: "20.51.100.3"}
SERVER_V6, SFU_V6, OUTSIDE_V6 = "2a00:db8:91:1::1", "2a00:db8:91:2::3", "2a00:db8:91:9::10"
OUTSIDE = "20.0.113.10"
MEDIA_PORT = 50000
TURN_PORTS = SimpleNamespace(port=3478)
# device of the router: (its addresses, the namespace behind it and the addresses there)
LINKS = {
    "server": (["10.91.1.254", "2a00:db8:91:1::fe"], [SERVER, SECOND, SERVER_V6]),
    "sfu": (["10.91.2.254", "2a00:db8:91:2::fe"], [SFU, SFU_V6]),
    "outside": (["20.0.113.254", "2a00:db8:91:9::fe"], [OUTSIDE, OUTSIDE_V6]),
}
# A packet from inside to a public address turns around with both addresses translated.
NAT = """
table ip nat {{
  chain before {{
    type nat hook prerouting priority dstnat
    dnat to ip daddr map {{ {to_local} }}
  }}
  chain behind {{
    type nat hook postrouting priority srcnat
    oifname "outside" snat to ip saddr map {{ {to_public} }}
    ct status dnat snat to ip saddr map {{ {to_public} }}
  }}
}}
"""
CONFIG = {
    "listen": {"udp": ["0.0.0.0:{port}", "[::]:{port}"], "tcp": [], "tls": []},
    "relay": {"addresses": [SERVER, SECOND, SERVER_V6], "external": {local: PUBLIC[local] for local in (SERVER, SECOND)}},
    "peers": {"allow": []},
    "control": {"socket": "{directory}/control.sock"},
}
PAYLOADS = [b"", b"hello", bytes(range(250)) * 5]


def mask(address: str) -> str:
    return f"{address}/{64 if ':' in address else 24}"


def local_of(public: str) -> str:
    return next(local for local, outside in PUBLIC.items() if outside == public)


def elements(pairs) -> str:
    return ", ".join(f"{left} : {right}" for left, right in pairs)


def make_site(router: Namespace, hosts: dict[str, Namespace]) -> None:
    router.forward()
    for host in hosts.values():
        with host.entered():  # no address is tentative, not even the one by which neighbours are asked for
            Path("/proc/sys/net/ipv6/conf/default/accept_dad").write_text("0")
    for name, (gateways, addresses) in LINKS.items():
        connect(router, hosts[name], name)
        for gateway in gateways:
            router.add_address(name, mask(gateway))
        for address in addresses:
            hosts[name].add_address("wire", mask(address))
        for gateway in gateways:
            hosts[name].ip("route", "add", "default", "via", gateway)
    rules = NAT.format(to_public=elements(PUBLIC.items()), to_local=elements((public, local) for local, public in PUBLIC.items()))
    subprocess.run([*router.command(), "nft", "-f", "-"], input=rules, text=True, check=True)


@pytest.fixture(scope="module")
def hosts():
    with contextlib.ExitStack() as stack:
        made = {name: stack.enter_context(contextlib.closing(Namespace(f"nat-{name}"))) for name in ("router", *LINKS)}
        make_site(made["router"], made)
        yield made


@pytest.fixture(params=["sockets", "kernel"])
def engine(request):
    return request.param


@pytest.fixture
def start(engine, hosts, launch):
    """start({...}) is a server at the site with these keys overridden."""

    def start_server(extra: dict | None = None):
        extra = extra or {}
        relay = CONFIG["relay"] | {"engine": engine} | extra.get("relay", {})
        return launch(CONFIG | extra | {"relay": relay}, hosts["server"])

    return start_server


@contextlib.contextmanager
def clients_outside(hosts, server, *addresses: str):
    """One that comes to each of these addresses of the server."""
    with contextlib.ExitStack() as stack, hosts["outside"].entered():
        yield [stack.enter_context(Client(server, host=address)) for address in addresses]


@contextlib.contextmanager
def peer_at(host: Namespace, address: str, port: int = 0):
    with host.entered():
        peer = Peer(address, port)
    with peer:
        yield peer


def exchange(client: Client, peer: Peer, as_peer: wire.Address, sees: wire.Address, number: int = 0x4001, server=None) -> int:
    """Over a channel to the peer, whom the client knows by one address and who sees the relay at another; the packets that it took. Of a
    server with the kernel engine all of them are the kernel's."""
    in_kernel = server and server.config["relay"]["engine"] == "kernel"
    before = flows(server) if in_kernel else 0
    assert client.bind(number, as_peer) == 0
    if in_kernel:
        wait_for_flows(server, before + 2)
    for payload in PAYLOADS:
        client.send_channel(number, payload)
        assert peer.receive() == (payload, sees)
        peer.send(payload, sees)
        assert client.receive() == ChannelData(number, payload)
    return 2 * len(PAYLOADS)


def indicate(client: Client, peer: Peer, as_peer: wire.Address, sees: wire.Address) -> None:
    """The same by indications."""
    assert client.permit(as_peer) == 0
    client.send_to(as_peer, b"out")
    assert peer.receive() == (b"out", sees)
    peer.send(b"back", sees)
    assert client.receive_data() == (as_peer, b"back")


def expect_relayed(server, packets: int) -> None:
    if server.config["relay"]["engine"] == "kernel":
        assert relayed_in_kernel(server) == packets


def test_every_relay_is_named_and_seen_by_its_public_address_TURN_ALLOC_27(hosts, start):
    ports = 4
    server = start({"relay": {"ports": f"52000-{52000 + ports - 1}"}})
    ways_in = [PUBLIC[SERVER], PUBLIC[SECOND]] * ports  # as many as there are relays
    exchanged, seen = 0, set()
    with clients_outside(hosts, server, *ways_in) as clients, peer_at(hosts["outside"], OUTSIDE) as peer:
        for client in clients:
            relay = client.relay()
            seen.add(relay[0])
            assert client.ask(wire.binding()).address(wire.XOR_MAPPED_ADDRESS) == client.address
            indicate(client, peer, peer.address, relay)
            exchanged += exchange(client, peer, peer.address, relay, server=server)
    assert seen == {PUBLIC[SERVER], PUBLIC[SECOND]}
    expect_relayed(server, exchanged)


def test_relay_external_auto_is_what_a_STUN_server_outside_sees(hosts, start, launch):
    everywhere = {"udp": ["0.0.0.0:{port}"], "tcp": [], "tls": []}
    stun = launch({"listen": everywhere, "relay": {"addresses": [OUTSIDE]}}, hosts["outside"])
    server = start({"relay": {"external": "auto", "stun_servers": [f"{OUTSIDE}:{stun.port}"]}})
    with clients_outside(hosts, server, PUBLIC[SERVER], PUBLIC[SECOND]) as clients, peer_at(hosts["outside"], OUTSIDE) as peer:
        for client in clients:
            relay = client.relay()
            assert relay[0] in (PUBLIC[SERVER], PUBLIC[SECOND])
            indicate(client, peer, peer.address, relay)


def test_a_dual_allocation_has_its_public_IPv4_address_and_its_own_IPv6_one_TURN_ALLOC_13(hosts, start):
    server = start()
    outside, exchanged = hosts["outside"], 0
    both = (wire.ADDITIONAL_ADDRESS_FAMILY, IPV6_FAMILY)
    with clients_outside(hosts, server, PUBLIC[SERVER]) as [client]:
        relays = client.allocate(both).relays()
        assert [relay[0] in PUBLIC.values() for relay in relays] == [True, False] and relays[1][0] == SERVER_V6
        for number, address, relay in ((0x4001, OUTSIDE, relays[0]), (0x4002, OUTSIDE_V6, relays[1])):
            with peer_at(outside, address) as peer:
                indicate(client, peer, peer.address, relay)
                exchanged += exchange(client, peer, peer.address, relay, number, server)
    expect_relayed(server, exchanged)


def test_IPv6_is_served_without_NAT_beside_it(hosts, start):
    server = start({"peers": {"allow": [f"[{SFU_V6}]:{MEDIA_PORT}"]}})
    with clients_outside(hosts, server, SERVER_V6) as [client], peer_at(hosts["sfu"], SFU_V6, MEDIA_PORT) as sfu:
        relay = client.relay((wire.REQUESTED_ADDRESS_FAMILY, IPV6_FAMILY))
        assert relay[0] == SERVER_V6
        exchanged = exchange(client, sfu, sfu.address, relay, server=server)
    expect_relayed(server, exchanged)


# How a client names the SFU, and what the server needs for it: addresses of relay.external and of peers.allow.
WAYS_TO_THE_SFU = {
    "public, by the router": (PUBLIC[SFU], {}, []),
    "private": (SFU, {}, [SFU]),
    "public, not by the router": (PUBLIC[SFU], {SFU: PUBLIC[SFU]}, [SFU]),
    "public and allowed as such, not by the router": (PUBLIC[SFU], {SFU: PUBLIC[SFU]}, [PUBLIC[SFU]]),
}


@pytest.mark.parametrize("way", WAYS_TO_THE_SFU)
def test_an_SFU_beside_the_server_is_reached(hosts, start, way):
    name, external, allowed = WAYS_TO_THE_SFU[way]
    allow = [f"{address}:{MEDIA_PORT}" for address in allowed]
    server = start({"relay": {"external": CONFIG["relay"]["external"] | external}, "peers": {"allow": allow}})
    with clients_outside(hosts, server, PUBLIC[SERVER]) as [client], peer_at(hosts["sfu"], SFU, MEDIA_PORT) as sfu:
        relay = client.relay()
        turns_around = name == PUBLIC[SFU] and not external
        sees = relay if turns_around else (local_of(relay[0]), relay[1])
        indicate(client, sfu, (name, MEDIA_PORT), sees)
        exchanged = exchange(client, sfu, (name, MEDIA_PORT), sees, server=server)
    expect_relayed(server, exchanged)


@pytest.mark.parametrize("allowed", [SERVER, PUBLIC[SERVER]])
def test_an_SFU_on_the_host_of_the_server_is_reached_and_reaches_the_relay_by_either_address(hosts, start, allowed):
    server = start({"peers": {"allow": [f"{allowed}:{MEDIA_PORT}"]}})
    as_peer = (PUBLIC[SERVER], MEDIA_PORT)
    with clients_outside(hosts, server, PUBLIC[SERVER]) as [client], peer_at(hosts["server"], SERVER, MEDIA_PORT) as sfu:
        relay = client.relay()
        sees = (local_of(relay[0]), relay[1])
        indicate(client, sfu, as_peer, sees)
        sfu.send(b"to the candidate", relay)  # by the router and back
        assert client.receive_data() == (as_peer, b"to the candidate")
        exchange(client, sfu, as_peer, sees)
        sfu.send(b"to the candidate", relay)
        assert client.receive() == ChannelData(0x4001, b"to the candidate")


def test_two_clients_meet_at_their_public_addresses_TURN_PERM_16(hosts, start):
    server = start()
    exchanged = 0
    with clients_outside(hosts, server, PUBLIC[SERVER], PUBLIC[SECOND]) as [first, second]:
        relays = first.relay(), second.relay()
        for client, other, own, others in ((first, second, *relays), (second, first, *reversed(relays))):
            assert other.permit(own) == 0
            assert client.permit(others) == 0
            client.send_to(others, b"hello")
            assert other.receive_data() == (own, b"hello")
        assert first.bind(0x4001, relays[1]) == 0 and second.bind(0x4001, relays[0]) == 0
        if server.config["relay"]["engine"] == "kernel" and server.config["workers"] == 1:
            wait_for_flows(server, 2)  # one each way
        for payload in PAYLOADS:
            for client, other in ((first, second), (second, first)):
                client.send_channel(0x4001, payload)
                assert other.receive() == ChannelData(0x4001, payload)
                exchanged += 1
    if server.config["workers"] == 1:
        expect_relayed(server, exchanged)


def test_own_listeners_are_no_peers_by_their_public_addresses_either_TURN_PERM_14_SEC_04(hosts, start):
    server = start({"peers": {"allow": ["0.0.0.0/0"]}})
    with clients_outside(hosts, server, PUBLIC[SERVER]) as [client]:
        client.relay()
        for address in (SERVER, SECOND, PUBLIC[SERVER], PUBLIC[SECOND]):
            assert client.bind(0x4001, (address, server.port)) == 403
            assert client.permit((address, 0)) == 0  # other ports are relays
            client.send_to((address, server.port), wire.binding())
        assert client.receive(SILENCE_S) is None


# A rule and the peer that it forbids.
DENIED = {
    PUBLIC[SERVER]: PUBLIC[SERVER],
    SERVER: PUBLIC[SERVER],
    "20.51.100.0/24": PUBLIC[SECOND],
    f"{SECOND}:{MEDIA_PORT}": PUBLIC[SECOND],
}


@pytest.mark.parametrize("rule", DENIED)
def test_what_is_denied_by_one_of_its_addresses_is_denied_by_both_TURN_PERM_14_SEC_06(hosts, start, rule):
    server = start({"peers": {"allow": ["10.0.0.0/8"], "deny": [rule]}})
    with clients_outside(hosts, server, PUBLIC[SERVER]) as [client]:
        client.relay()
        assert client.bind(0x4001, (DENIED[rule], MEDIA_PORT)) == 403
        assert client.bind(0x4001, (local_of(DENIED[rule]), MEDIA_PORT)) == 403


def test_what_is_said_of_a_peer_at_a_public_address_arrives_ICMP_03(hosts, start):
    server = start()
    closed = (PUBLIC[SFU], MEDIA_PORT)
    with clients_outside(hosts, server, PUBLIC[SERVER]) as [client]:
        client.relay()
        assert client.bind(0x4001, closed) == 0
        client.send_channel(0x4001, b"is there anybody?")
        report = client.receive()
        assert report.address(wire.XOR_PEER_ADDRESS) == closed and report.get(wire.ICMP)[2:4] == b"\x03\x03"


# What LiveKit's file says of the node, as the embedded and as an external TURN server.
NODE = {"node_ip": f"{PUBLIC[SECOND]},{SERVER_V6}"}
TURN_SERVERS = [{"host": "turn.example.org", "port": TURN_PORTS.port, "protocol": "udp", "secret": "north"}]
EMBEDDED_TURN = {"enabled": True, "domain": "turn.example.org", "bind_addresses": ["127.0.0.9"], "udp_port": TURN_PORTS.port}
EMBEDDED = {"rtc": NODE, "turn": EMBEDDED_TURN}
EXTERNAL = {"rtc": NODE | {"turn_servers": TURN_SERVERS}}


def livekit_file(directory: Path, config: dict) -> str:
    file = directory / "livekit.yaml"
    file.touch(0o600)
    file.write_text(json.dumps({"keys": {KEY: SECRET}, **config}))
    return str(file)


@pytest.fixture
def start_beside_livekit(engine, hosts, tmp_path):
    """start_beside_livekit({...}, flags...) is a server at the site with LiveKit's configuration and these flags."""
    with contextlib.ExitStack() as running:

        def start_server(config: dict, *flags: str) -> None:
            external = json.dumps(CONFIG["relay"]["external"])
            command = [*hosts["server"].command(), BINARY, "--livekit-config", livekit_file(tmp_path, config), "--relay.engine", engine]
            command += ["--relay.external", external, "--realm", REALM, "--control.socket", "", *flags]
            log = running.enter_context((tmp_path / "log").open("wb"))
            process = subprocess.Popen(command, stdout=log, stderr=log, preexec_fn=die_with_parent)
            running.callback(lambda: end_process(process, tmp_path / "log"))
            with hosts["server"].entered():
                Http("127.0.0.1:9478").wait_until_ready(process)

        yield start_server


def end_process(process: subprocess.Popen, log: Path) -> None:
    process.terminate()
    assert process.wait(5) == 0, log.read_text()


@contextlib.contextmanager
def participant(hosts, address: str, sid: str = "PA_1"):
    with hosts["outside"].entered():
        client = Client(TURN_PORTS, host=address, **livekit(KEY, SECRET, sid, in_seconds(300)))
    with client:
        yield client


@pytest.mark.parametrize("config", [EMBEDDED, EXTERNAL], ids=["embedded", "external"])
def test_the_media_of_a_node_behind_NAT_is_reached_and_nothing_else(hosts, start_beside_livekit, config):
    start_beside_livekit(config)
    with participant(hosts, PUBLIC[SECOND]) as client, participant(hosts, PUBLIC[SECOND], "PA_2") as other:
        relay, others_relay = client.relay(), other.relay()
        assert relay[0] == PUBLIC[SECOND] if config == EMBEDDED else relay[0] in PUBLIC.values()
        sees = (local_of(relay[0]), relay[1])
        with peer_at(hosts["server"], SECOND, MEDIA_PORT) as media:
            exchange(client, media, (PUBLIC[SECOND], MEDIA_PORT), sees, 0x4001)
        with peer_at(hosts["server"], SECOND, MEDIA_PORT + 1) as media:  # LiveKit may advertise it as well
            exchange(client, media, (SECOND, MEDIA_PORT + 1), sees, 0x4002)
        refused = [(PUBLIC[SECOND], 3478), (PUBLIC[SECOND], 443), (SECOND, 3478), (PUBLIC[SERVER], MEDIA_PORT), (SERVER, MEDIA_PORT)]
        refused += [(PUBLIC[SFU], MEDIA_PORT), (SFU, MEDIA_PORT), (OUTSIDE, MEDIA_PORT), others_relay]
        assert [client.bind(0x4003, peer) for peer in refused] == [403] * len(refused)


@pytest.mark.parametrize("config", [EMBEDDED, EXTERNAL], ids=["embedded", "external"])
def test_an_IPv6_node_is_reached_without_NAT(hosts, start_beside_livekit, config):
    start_beside_livekit(config)
    with participant(hosts, SERVER_V6) as client, peer_at(hosts["server"], SERVER_V6, MEDIA_PORT) as media:
        relay = client.relay((wire.REQUESTED_ADDRESS_FAMILY, IPV6_FAMILY))
        assert relay[0] == SERVER_V6
        exchange(client, media, media.address, relay)
        assert client.bind(0x4002, (SFU_V6, MEDIA_PORT)) == 403


def test_several_nodes_are_reached_where_peers_allow_names_them(hosts, start_beside_livekit):
    several = EXTERNAL | {"redis": {"address": "redis:6379"}}
    start_beside_livekit(several, "--peers.allow", json.dumps([f"{PUBLIC[SFU]}:50000-60000", f"[{SFU_V6}]:50000-60000"]))
    with participant(hosts, PUBLIC[SERVER]) as client:
        relays = client.allocate((wire.ADDITIONAL_ADDRESS_FAMILY, IPV6_FAMILY)).relays()
        with peer_at(hosts["sfu"], SFU, MEDIA_PORT) as media:
            exchange(client, media, (PUBLIC[SFU], MEDIA_PORT), relays[0], 0x4001)
        with peer_at(hosts["sfu"], SFU_V6, MEDIA_PORT) as media:
            exchange(client, media, media.address, relays[1], 0x4002)
        with peer_at(hosts["server"], SECOND, MEDIA_PORT) as media:
            exchange(client, media, (PUBLIC[SECOND], MEDIA_PORT), (local_of(relays[0][0]), relays[0][1]), 0x4003)
        refused = [(PUBLIC[SFU], 443), (SFU_V6, 443), (OUTSIDE, MEDIA_PORT), (OUTSIDE_V6, MEDIA_PORT)]
        assert [client.bind(0x4004, peer) for peer in refused] == [403] * len(refused)


def test_a_node_whose_address_this_host_does_not_have_needs_relay_external(hosts, tmp_path):
    file = livekit_file(tmp_path, EMBEDDED)
    result = subprocess.run([*hosts["server"].command(), BINARY, "--livekit-config", file], capture_output=True, text=True, timeout=10)
    assert result.returncode == 1 and f"listen.udp: {PUBLIC[SECOND]}:{TURN_PORTS.port}: " in result.stderr
    assert "behind 1:1 NAT relay.external says" in result.stderr
