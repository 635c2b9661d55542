"""The kernel engine between hosts: what bound channels carry never reaches the process, and what it must not relay does not pass."""

import contextlib
import fcntl
import os
import re
import select
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

import wire
from client import SILENCE_S, Client, Peer
from kernel_scene import AUTO, CLIENT_SIDE, CLIENTS, CONFIG, PAIRS, PEER_SIDE, PEERS, Call
from kernel_scene import kernel_events, mask, meetings, relayed_in_kernel, three_hosts, udp_counters, wait_for_flows
from mmsg import Messages
from namespace import Namespace, connect
from server import Server
from wire import ChannelData

KERNEL_ENGINE_CAPABILITIES = 1 << 12 | 1 << 38 | 1 << 39  # CAP_NET_ADMIN, CAP_PERFMON, CAP_BPF
TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000  # of linux/if_tun.h
SIOCGIFHWADDR = 0x8927  # of linux/sockios.h
FRAME_MAX = 65536
UPKEEP_S = 2**32 / 1e9  # how often a packet of a flow leaves XDP to tc
FLOOD, STRANGER = 64_000, "10.82.0.66"  # packets of somebody with whom nobody has anything to do
SIZES = [0, 1, 2, 3, 4, 5, 160, 161, 1199, 1200, 1383, 1400]


def capabilities(pid: int) -> int:
    return int(re.search(r"CapEff:\s*(\w+)", Path(f"/proc/{pid}/status").read_text())[1], 16)


@pytest.fixture(scope="module", autouse=True)
def needs() -> None:
    assert KERNEL_ENGINE_CAPABILITIES & ~capabilities(os.getpid()) == 0, "needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON"
    assert Path("/dev/net/tun").exists(), "needs tap devices"


def open_tap(host: Namespace, device: str) -> int:
    """A device whose wire is a descriptor. Unlike veth devices it has a driver in which XDP runs."""
    with host.entered():
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22x", device.encode(), IFF_TAP | IFF_NO_PI))
    host.ip("link", "set", device, "up")
    return tap


class TapCable:
    """Carries frames between two of them."""

    def __init__(self, left: Namespace, right: Namespace, left_device: str):
        self.ends = [open_tap(left, left_device), open_tap(right, "wire")]
        self.is_cut, self.cut = os.pipe()
        self.carrier = threading.Thread(target=self.carry, daemon=True)
        self.carrier.start()

    def carry(self) -> None:
        while True:
            ready, _, _ = select.select([*self.ends, self.is_cut], [], [])
            if self.is_cut in ready:
                return
            for end in ready:
                with contextlib.suppress(OSError):  # of a device that is down
                    os.write(self.ends[1 - self.ends.index(end)], os.read(end, FRAME_MAX))

    def close(self) -> None:
        os.write(self.cut, b"!")
        self.carrier.join()
        for descriptor in (*self.ends, self.is_cut, self.cut):
            os.close(descriptor)


@pytest.fixture(scope="module")
def hosts():
    with three_hosts("", connect) as hosts:
        hosts[2].add_address("wire", mask(STRANGER))
        yield hosts


@pytest.fixture
def tap_hosts():
    with contextlib.ExitStack() as cables:
        join = lambda *ends: cables.enter_context(contextlib.closing(TapCable(*ends)))  # noqa: E731
        with three_hosts("tap-", join) as hosts:
            yield hosts


@pytest.fixture
def server(hosts, launch):
    return launch(CONFIG, hosts[0])


def payloads():
    return [bytes((size + n) % 256 for n in range(size)) for size in SIZES]


def mac_address(host: Namespace) -> str:
    with host.entered(), socket.socket() as control:
        return fcntl.ioctl(control, SIOCGIFHWADDR, struct.pack("40s", b"wire"))[18:24].hex(":")


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def helper_of(pid: int) -> int | None:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else None


@pytest.mark.parametrize(("client_family", "peer_family"), PAIRS)
def test_every_packet_of_a_channel_is_relayed_in_the_kernel_byte_for_byte(hosts, server, client_family, peer_family):
    with Call(hosts, server, client_family, peer_family) as call:
        exchanged = call.exchange(payloads())
    log = server.wait_for_log("allocation_ended")
    assert f"packets_from_client={len(SIZES)} bytes_from_client={sum(SIZES)} " in log
    assert f"packets_to_client={len(SIZES)} bytes_to_client={sum(SIZES)} " in log
    assert relayed_in_kernel(server) == exchanged


@pytest.mark.parametrize(("client_family", "peer_family"), PAIRS)
def test_what_the_kernel_leaves_to_the_sockets_arrives_too(hosts, server, client_family, peer_family):
    with Call(hosts, server, client_family, peer_family) as call:
        large = [bytes(n % 251 for n in range(size)) for size in (1500, 3000)]  # in fragments
        exchanged = call.exchange(large + [b"whole"])
    assert exchanged == 6 and relayed_in_kernel(server) == 2


def test_nothing_passes_once_the_allocation_is_deleted_nor_to_the_next_holder_of_its_port(hosts, launch):
    port = 50002
    server = launch(CONFIG | {"relay": CONFIG["relay"] | {"ports": f"{port}-{port}", "port_quiet_s": 0}}, hosts[0])
    with Call(hosts, server, "4", "4") as first:
        first.exchange([b"hello"])
        assert first.client.refresh(0).code == 0
        first.assert_silent()
        with Call(hosts, server, "4", "4") as second:
            assert second.relay == first.relay
            first.client.send(wire.channel_data(first.CHANNEL, b"late"))
            second.exchange([b"hello"])
            assert first.client.receive(SILENCE_S) is None and first.peer.receive(SILENCE_S) is None


def test_a_rule_that_a_reload_brings_ends_what_the_kernel_relays(hosts, launch):
    server = launch(CONFIG, hosts[0])
    with Call(hosts, server, "4", "4") as denied, Call(hosts, server, "4", "6") as allowed:
        denied.exchange([b"hello"])
        server.config["peers"] = server.config["peers"] | {"deny": [f"{PEERS['4']}/32"]}
        server.reload()
        wait_for_flows(server, 2)
        denied.assert_silent()
        allowed.exchange([b"hello"])


def test_a_listener_that_a_reload_brings_is_relayed_in_the_kernel_and_ends_there_with_another(hosts, launch):
    server = launch(CONFIG, hosts[0])
    first, second = server.port, server.port + 1
    with Call(hosts, server, "4", "4") as stays:
        exchanged = stays.exchange(payloads())
        server.config["listen"]["udp"] = [f"{host}:{port}" for host in ("0.0.0.0", "[::]") for port in (first, second)]
        server.reload()
        server.wait_for_log("listeners_changed")
        server.port = second
        with Call(hosts, server, "4", "6") as goes:
            exchanged += goes.exchange(payloads()) + stays.exchange([b"still here"])
            server.config["listen"]["udp"] = [f"{host}:{first}" for host in ("0.0.0.0", "[::]")]
            server.reload()
            server.wait_for_log('reason="listener closed"')
            wait_for_flows(server, 2)
            goes.client.has_allocation = False
            exchanged += stays.exchange([b"still here"])
    server.wait_for_lines("allocation_ended", 2)
    assert relayed_in_kernel(server) == exchanged


def test_the_kernel_ends_a_route_by_itself_when_its_time_has_come(hosts, launch):
    lifetime_s = 2
    server = launch(CONFIG | {"limits": {"lifetime_default_s": lifetime_s, "lifetime_max_s": lifetime_s}}, hosts[0])
    with Call(hosts, server, "4", "4") as call:
        call.exchange([b"in time"])
        time.sleep(lifetime_s + 0.2)
        call.assert_silent()


def test_traffic_goes_on_through_a_change_of_neighbour(hosts, server):
    server_host, _, peer_host = hosts
    with Call(hosts, server, "4", "4") as call:
        call.exchange([b"before"])
        peer_host.ip("link", "set", "wire", "address", "02:00:00:00:82:99")
        server_host.ip("neighbour", "flush", "dev", "peers")
        call.exchange([b"after"])
    assert relayed_in_kernel(server) == 4


def test_traffic_goes_on_through_a_change_of_route(hosts, server):
    server_host, _, peer_host = hosts
    with Call(hosts, server, "4", "4") as call:
        call.exchange([b"before"])
        server_host.ip("link", "add", "detour", "type", "veth", "peer", "name", "detour", "netns", peer_host.name)
        try:
            for host in (server_host, peer_host):
                host.ip("link", "set", "detour", "up")
            server.wait_for_log("interface=detour engine=tc")
            server_host.ip("route", "add", PEERS["4"], "dev", "detour", "src", PEER_SIDE["4"])
            peer_host.ip("route", "add", PEER_SIDE["4"], "dev", "detour", "src", PEERS["4"])
            call.wait_until_reached(lambda: server_host.sent_packets("detour") >= 2)
            wait_for_flows(server, 2)
            call.exchange([b"by the other way"])
        finally:
            server_host.ip("link", "del", "detour")
        call.wait_until_reached()
        wait_for_flows(server, 2)
        call.exchange([b"and back"])
    assert relayed_in_kernel(server) >= 6


@pytest.mark.parametrize(("client_family", "peer_family"), PAIRS)
def test_drivers_relay_by_XDP_but_for_the_upkeep_of_neighbours(tap_hosts, launch, client_family, peer_family):
    server_host, client_host, peer_host = tap_hosts
    for device, address, host in (("clients", CLIENTS[client_family], client_host), ("peers", PEERS[peer_family], peer_host)):
        server_host.ip("neighbour", "replace", address, "lladdr", mac_address(host), "dev", device)
    server = launch(CONFIG, server_host)
    server.wait_for_log("relay_engine interface=clients engine=xdp")
    started_s = time.monotonic()
    with Call(tap_hosts, server, client_family, peer_family) as call:
        exchanged = sum(call.exchange(payloads()) for _ in range(5))
    periods = (time.monotonic() - started_s) // UPKEEP_S + 2
    events = kernel_events(server)
    assert events["relayed"] == exchanged and events["no_neighbour"] == events["no_redirect"] == 0
    assert 2 <= events["upkeep"] <= 2 * os.cpu_count() * periods


def test_XDP_learns_of_neighbours_that_come_and_move(tap_hosts, launch):
    server_host, _, peer_host = tap_hosts
    server = launch(CONFIG, server_host)
    with Call(tap_hosts, server, "4", "4") as call:
        exchanged = call.exchange(payloads())
        peer_host.ip("link", "set", "wire", "address", "02:00:00:00:82:99")
        server_host.ip("neighbour", "flush", "dev", "peers")
        for _ in range(20):  # until the server has heard of it, XDP sends to where the peer was
            call.client.send(wire.channel_data(call.CHANNEL, b"moved"))
            if call.peer.receive(SILENCE_S) is not None:
                break
        while call.peer.receive(SILENCE_S) is not None:  # what waited for the new address
            pass
        exchanged += call.exchange(payloads())
    events = kernel_events(server)
    assert events["relayed"] > exchanged
    assert events["no_neighbour"] > 0 and events["no_redirect"] == 0


def test_XDP_leaves_to_tc_what_is_for_this_host(tap_hosts, launch):
    server_host, client_host, _ = tap_hosts
    server_host.ip("neighbour", "replace", CLIENTS["4"], "lladdr", mac_address(client_host), "dev", "clients")
    server = launch(CONFIG, server_host)
    server.wait_for_log("relay_engine interface=clients engine=xdp")
    with Call((server_host, client_host, server_host), server, "4", "4", peer_at=PEER_SIDE["4"]) as call:
        exchanged = call.exchange(payloads())
    events = kernel_events(server)
    assert events["relayed"] == exchanged and events["local"] == exchanged / 2


def test_clients_that_meet_are_one_flow_each_way_whichever_workers_have_them(hosts, certificate, tmp_path):
    server = Server(tmp_path, certificate, 2, CONFIG, hosts[0]).start()
    with meetings(server, hosts[1], hosts[0]) as pairs:
        before = udp_counters(hosts[0])["InDatagrams"]
        for pair in pairs:
            pair.exchange(payloads())
        assert udp_counters(hosts[0])["InDatagrams"] == before
        for pair in pairs:
            assert pair.first.refresh(0).code == 0
            pair.second.send(wire.channel_data(pair.SECOND, b"late"))
            assert pair.first.receive(SILENCE_S) is None
            counts = f"packets_from_client={pair.packets} bytes_from_client={pair.bytes} packets_to_client={pair.packets} bytes_to_client={pair.bytes} "
            server.wait_for_log(counts)


def cpu_ns(pid: int) -> int:
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


@pytest.mark.parametrize("engine", ["sockets", "kernel"])
def test_a_flood_for_ports_without_a_relay_never_reaches_the_process_and_one_for_a_relay_no_client(hosts, launch, engine):
    first, last = 52000, 52099
    server = launch(CONFIG | {"relay": CONFIG["relay"] | {"engine": engine, "ports": f"{first}-{last}"}}, hosts[0])
    with hosts[2].entered():
        stranger = Peer(STRANGER)
    with Call(hosts, server, "4", "4") as call, stranger:
        closed = [(call.relay[0], port) for port in range(first, last + 1) if port != call.relay[1]]
        for to in (closed, [call.relay]):
            messages = Messages(64, 160).fill(bytes(160), to)
            cpu_before_ns, before = cpu_ns(server.process.pid), udp_counters(hosts[0])
            sent = sum(messages.send(stranger.socket) for _ in range(FLOOD // messages.count))
            call.exchange([b"meanwhile"])  # it has read what it will read
            after, used_ns = udp_counters(hosts[0]), cpu_ns(server.process.pid) - cpu_before_ns
            reached, unreachable = (after[name] - before[name] for name in ("InDatagrams", "NoPorts"))
            print(f"{engine}, {len(to)} ports: {sent} sent, {reached} read, {unreachable} unreachable, {used_ns / sent:.0f} ns of CPU each")
            if to == closed:
                assert unreachable > 0.9 * FLOOD and reached <= 2
        assert call.client.receive(SILENCE_S) is None
    if engine == "kernel":
        assert kernel_events(server)["no_flow"] > 1.9 * FLOOD


def test_privileges_stay_in_a_helper_that_ends_with_the_server(hosts, server):
    with Call(hosts, server, "4", "4") as call:
        call.exchange([b"alive"])
        helper = helper_of(server.process.pid)
        assert capabilities(helper) == KERNEL_ENGINE_CAPABILITIES
        assert capabilities(server.process.pid) & KERNEL_ENGINE_CAPABILITIES == 0
        server.process.kill()
        server.process.wait()
        until = time.monotonic() + 2
        while is_running(helper):
            assert time.monotonic() < until
            time.sleep(0.01)
        call.assert_silent()


def test_auto_takes_the_kernel_where_it_can(hosts, launch):
    server = launch(AUTO, hosts[0])
    server.wait_for_log("relay_engine interface=clients engine=tc")
    server.wait_for_log("relay_engine interface=lo engine=tc")
    with Call(hosts, server, "4", "4") as call:
        call.exchange([b"hello"])
    assert relayed_in_kernel(server) == 2


def test_sockets_loads_nothing(hosts, launch):
    server = launch(CONFIG | {"relay": CONFIG["relay"] | {"engine": "sockets"}}, hosts[0])
    assert helper_of(server.process.pid) is None and "relay_engine" not in server.log()
    with Call(hosts, server, "4", "4") as call:
        call.exchange([b"hello"])


def test_kernel_does_not_start_where_no_interface_can_be_served(certificate, tmp_path):
    lonely = Namespace("lonely")
    try:
        with pytest.raises(RuntimeError, match="ended with 1 at its start(.|\n)*no interface is up"):
            Server(tmp_path, certificate, 1, {"relay": {"engine": "kernel"}}, lonely).start()
    finally:
        lonely.close()
