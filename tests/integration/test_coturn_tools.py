"""coturn's own clients, turnutils_uclient and turnutils_stunclient, relay through the server and lose nothing."""

import re
import subprocess

import pytest

from server import REST_SECRETS, USERS, free_port

# uclient draws channel numbers up to 0x7FFF.
CONFIG = {"compat": {"rfc5766_channels": True}}

CLIENTS, MESSAGES = 4, 25  # an even number of clients, for -y pairs them
NOTHING_LOST = "Total lost packets 0 "
TO_PEER, EACH_OTHER = ["-e", "127.0.0.1"], ["-y"]
USER = ["-u", "user", "-w", USERS["user"]]

# name: (server host, flags); -e sends to an echo peer, -y makes two clients send to each other's relayed addresses. Not -y over TLS: there
# uclient leaves a packet unread if two arrive at once, whatever the server.
RUNS = {
    "udp_channels": ("127.0.0.1", USER + TO_PEER),
    "udp_send_indications": ("127.0.0.1", USER + TO_PEER + ["-s"]),
    "udp_dont_fragment": ("127.0.0.1", USER + TO_PEER + ["-s", "-g"]),
    "udp_1200_bytes": ("127.0.0.1", USER + TO_PEER + ["-l", "1200"]),
    "udp_client_to_client": ("127.0.0.1", USER + EACH_OTHER),
    "udp_rest_secret": ("127.0.0.1", ["-u", "alice", "-W", REST_SECRETS[0]] + TO_PEER),
    "udp_older_rest_secret": ("127.0.0.1", ["-u", "alice", "-W", REST_SECRETS[1]] + TO_PEER),
    "tcp_channels": ("127.0.0.1", USER + TO_PEER + ["-t"]),
    "tcp_send_indications": ("127.0.0.1", USER + TO_PEER + ["-t", "-s"]),
    "tcp_client_to_client": ("127.0.0.1", USER + EACH_OTHER + ["-t"]),
    "tcp_rest_secret": ("127.0.0.1", ["-u", "alice", "-W", REST_SECRETS[0]] + TO_PEER + ["-t"]),
    "tls_channels": ("127.0.0.1", USER + TO_PEER + ["-t", "-S"]),
    "tls_send_indications": ("127.0.0.1", USER + TO_PEER + ["-t", "-S", "-s"]),
    "ipv6_client_ipv4_relay": ("::1", USER + EACH_OTHER + ["-X"]),
    "ipv6_client_ipv4_relay_tls": ("::1", USER + TO_PEER + ["-X", "-t", "-S"]),
    "ipv4_client_ipv6_relay": ("127.0.0.1", USER + EACH_OTHER + ["-x"]),
    "ipv4_client_ipv6_relay_tcp": ("127.0.0.1", USER + EACH_OTHER + ["-x", "-t"]),
    "ipv6_client_ipv6_relay": ("::1", USER + EACH_OTHER + ["-x", "-s"]),
}


def start(server, name: str, peer_port: int) -> subprocess.Popen:
    host, flags = RUNS[name]
    port = server.tls_port if "-S" in flags else server.port
    interval = ["-z", "50" if "-S" in flags else "10"]
    sizes = ["-m", str(CLIENTS), "-n", str(MESSAGES), "-c", "-r", str(peer_port), "-p", str(port)]
    return subprocess.Popen(
        ["turnutils_uclient", *flags, *interval, *sizes, host], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def finish(server, name: str, peer_port: int, running: dict[str, subprocess.Popen]) -> str:
    """What it printed. Over TLS a run with a loss is repeated, for uclient itself may have left a packet unread."""
    output = running[name].communicate(timeout=40)[0]
    for _ in range(2 if "-S" in RUNS[name][1] else 0):
        if NOTHING_LOST in output:
            break
        running[name] = start(server, name, peer_port)
        output = running[name].communicate(timeout=40)[0]
    return output


@pytest.fixture(scope="module")
def outputs(server):
    """What uclient printed in each run; all runs go at once, since uclient mostly sleeps."""
    peer_port = free_port()
    peer = subprocess.Popen(["turnutils_peer", "-p", str(peer_port), "-L", "127.0.0.1"])
    running = {}
    try:
        for name in RUNS:
            running[name] = start(server, name, peer_port)
        yield {name: finish(server, name, peer_port, running) for name in RUNS}
    finally:
        for process in [peer, *running.values()]:
            process.kill()
            process.wait()


@pytest.mark.parametrize("name", RUNS)
def test_uclient_receives_every_byte_that_it_sent(outputs, name):
    totals = re.findall(r"tot_send_msgs=(\d+), tot_recv_msgs=(\d+)\n", outputs[name])
    octets = re.findall(r"tot_send_bytes ~ (\d+), tot_recv_bytes ~ (\d+)\n", outputs[name])
    assert totals, outputs[name]
    assert totals[-1] == (str(CLIENTS * MESSAGES),) * 2, outputs[name]
    assert octets[-1][0] == octets[-1][1]
    assert NOTHING_LOST in outputs[name]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_stunclient_learns_its_address(server, host):
    run = subprocess.run(["turnutils_stunclient", "-p", str(server.port), "-L", host, host], capture_output=True, text=True, timeout=10)
    assert re.search(rf"UDP reflexive addr: \[?{re.escape(host)}\]?:\d+", run.stdout), run.stdout
