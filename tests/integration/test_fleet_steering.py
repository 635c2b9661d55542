"""Nodes of a fleet send clients to each other, name each other's URLs, and drain one after the other."""

import contextlib
import json
import socket
import subprocess
import time

import pytest

import openapi
import wire
from client import Client
from control_socket import ControlSocket
from livekit_messages import KEY, SECRET, Http, access_token
from redis_server import RedisServer
from server import BINARY, USERS, Server, free_port, make_certificate
from wire import ALLOCATE, UDP

FLEET_SECRET = "the secret of this fleet, 32 byte"
ALTERNATE_SERVER = 0x8023
LIST_S = 0.4  # until the workers have a list of what is known now
FULL = 8  # allocations, of which a node is full


@pytest.fixture(scope="module", params=[2], ids=["two_workers"])
def workers(request) -> int:
    return request.param


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with RedisServer(tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
def prefix() -> str:
    """Tests share Redis and are no fleet of each other's."""
    return f"t{time.monotonic_ns()}:"


class Node:
    def __init__(self, server: Server, control_port: int):
        self.server = server
        self.control = Http(f"127.0.0.1:{control_port}")

    @property
    def socket(self) -> str:
        return self.server.config["control"]["socket"]

    def request(self, method: str, path: str, body: dict | None = None) -> tuple[int, dict]:
        """Status and answer, which is as the API's document has it."""
        with contextlib.closing(ControlSocket(self.socket)) as connection:
            connection.request(method, path, body and json.dumps(body))
            response = connection.getresponse()
            answer = json.loads(response.read())
        openapi.check(method, path, response.status, response.headers["Content-Type"], answer)
        return response.status, answer

    def ask(self, *arguments: str, check: bool = True) -> str:
        command = [BINARY, *arguments, "--control.socket", self.socket]
        run = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert not check or run.returncode == 0, run.stderr
        return run.stdout

    def nodes(self) -> list[dict]:
        return self.request("GET", "/api/v1/fleet")[1].get("nodes", [])

    def addresses(self) -> set[str]:
        return {f"127.0.0.1:{self.server.port}", f"[::1]:{self.server.port}"}

    def probe(self, uri: str = "", *arguments: str, user: str = "user") -> dict:
        """What `turnpike probe` tells of its only leg."""
        uri = uri or f"turn:127.0.0.1:{self.server.port}"
        command = [BINARY, "probe", uri, "--username", user, "--password", USERS[user], "--json", *arguments]
        run = subprocess.run(command, capture_output=True, text=True, timeout=30)
        leg = json.loads(run.stdout)["legs"][0]
        leg["sent_to"] = [address for step in leg["sent_to"] for address in step.split(", ")]
        return leg


def within(seconds: float, is_so, what: str = "") -> None:
    until = time.monotonic() + seconds
    while not (last := is_so()):
        assert time.monotonic() < until, f"not within {seconds} s: {what} {last}"
        time.sleep(0.05)


@pytest.fixture
def node(launch, redis, prefix):
    """node({...}) starts a server of the fleet."""

    def start(extra: dict | None = None, **fleet) -> Node:
        port = free_port()
        config = {
            "fleet": {"secret": FLEET_SECRET, "redis": {"url": redis.url, "prefix": prefix}, **fleet},
            "control": {"socket": "{directory}/control.sock", "listen": f"127.0.0.1:{port}"},
            "limits": {"allocations": FULL},
            **(extra or {}),
        }
        return Node(launch(config), port)

    return start


def fleet_of(*nodes: Node) -> None:
    """Waits until all know of all."""
    for each in nodes:
        within(10, lambda each=each: len(each.nodes()) == len(nodes), "all nodes are known")


def fill(node: Node, count: int = FULL) -> list[Client]:
    clients = [Client(node.server) for _ in range(count)]
    for client in clients:
        client.relay()
    return clients


def allocate(node: Node, transport: str = "udp", **how) -> wire.Message:
    with Client(node.server, transport, **how) as client:
        client.challenge()
        return client.ask(client.signed(ALLOCATE, [UDP]))


def alternate_in(answer: wire.Message) -> str:
    """ALTERNATE-SERVER, which has the form of MAPPED-ADDRESS: ADDRESS:PORT of IPv4."""
    value = answer.get(ALTERNATE_SERVER)
    assert value[:2] == b"\0\1" and len(value) == 8
    return f"{socket.inet_ntoa(value[4:])}:{int.from_bytes(value[2:4], 'big')}"


@contextlib.contextmanager
def draining(*nodes: Node):
    """They drain, and each has a client as long as this lasts; then they end by themselves."""
    clients = [client for node in nodes for client in fill(node, 1)]
    for node in nodes:
        node.ask("drain")
        within(5, lambda node=node: all(each["is_draining"] for each in node.nodes() if each["is_this"]), "it says that it drains")
    try:
        yield clients
    finally:
        for client in clients:
            client.close()
        for node in nodes:
            assert node.server.process.wait(5) == 0


def test_clients_of_a_node_that_drains_go_to_the_other(node):
    one, other = node(), node()
    fleet_of(one, other)
    with draining(one) as (staying,):
        leg = one.probe()
        assert leg["sent_to"] and set(leg["sent_to"]) <= other.addresses(), leg
        assert staying.refresh().code == 0


def test_nobody_is_sent_to_a_node_that_drains(node):
    one, other, third = node(), node(), node()
    fleet_of(one, other, third)
    with draining(one, other):
        for each in (one, other):
            within(5, lambda each=each: sum(known["is_draining"] for known in each.nodes()) == 2)
        time.sleep(LIST_S)
        for each in (one, other):
            for _ in range(4):
                answer = allocate(each)
                assert answer.code == 300, answer
                assert alternate_in(answer) in third.addresses()


def test_a_node_over_its_mark_sends_clients_on_until_it_is_below_it(node):
    one, other = node(high_water=0.5), node(high_water=0.5)
    fleet_of(one, other)
    clients = fill(one, FULL // 2)
    try:
        within(10, lambda: any(each["load_permille"] == 500 for each in one.nodes()))
        time.sleep(LIST_S)
        assert set(one.probe()["sent_to"]) <= other.addresses()
        assert one.probe()["sent_to"] == [], "who comes back is served"
    finally:
        for client in clients:
            client.close()
    within(10, lambda: all(each["load_permille"] < 450 for each in one.nodes()))
    time.sleep(LIST_S)
    assert one.probe(user="user2")["sent_to"] == []


def test_nobody_goes_in_a_circle_where_all_are_over_their_marks(node):
    nodes = [node(high_water=0.5), node(high_water=0.5)]
    fleet_of(*nodes)
    clients = [client for each in nodes for client in fill(each, FULL // 2)]
    try:
        for each in nodes:
            within(15, lambda each=each: [load["load_permille"] for load in each.nodes()] == [500, 500])
        time.sleep(LIST_S)
        for each in nodes:
            leg = each.probe()
            assert leg["sent_to"] == [], leg
    finally:
        for client in clients:
            client.close()


def test_a_drain_without_other_nodes_is_that_of_a_single_server(node):
    one, other = node(), node()
    fleet_of(one, other)
    other.server.stop()
    within(5, lambda: len(one.nodes()) == 1, "it has said goodbye")
    with draining(one):
        assert allocate(one).code == 508


def test_over_tls_the_other_is_known_by_the_name_of_its_certificate(node, tmp_path):
    certificate, key = make_certificate(tmp_path, "other.example.org")
    one, other = node(), node({"tls": {"certificate": str(certificate), "key": str(key)}})
    fleet_of(one, other)
    with draining(one):
        leg = one.probe(f"turns:127.0.0.1:{one.server.tls_port}", "--insecure")
        assert any(f":{other.server.tls_port}" in server for server in leg["sent_to"]), leg
        assert any("other.example.org" in server for server in leg["sent_to"]), leg


def test_the_nodes_are_listed(node, launch):
    one, other = node(region="eu-1"), node(region="us-1")
    fleet_of(one, other)
    text = one.ask("fleet")
    assert "2 nodes; * is the one that was asked" in text and "eu-1" in text and "us-1" in text
    for line in text.splitlines():
        assert len(line) <= 80
    listed = json.loads(other.ask("fleet", "--json"))
    assert [(each["region"], each["is_this"]) for each in listed["nodes"]] == [("eu-1", False), ("us-1", True)]
    assert f"udp 127.0.0.1:{one.server.port}" in listed["nodes"][0]["addresses"]
    assert one.request("POST", "/api/v1/fleet/drain", {"node": "0" * 32})[0] == 404
    assert one.request("POST", "/api/v1/fleet/drain", {"node": "x"})[0] == 400
    status, _ = one.request("POST", "/api/v1/fleet/drain", {"node": listed["node"]})
    assert status == 200
    assert other.server.process.wait(5) == 0
    alone = Node(launch({"control": {"socket": "{directory}/control.sock"}}), 0)
    assert alone.ask("fleet") == "this server is in no fleet: fleet.redis.url is not set\n"
    assert alone.ask("drain", "--fleet", check=False) == ""
    assert alone.request("POST", "/api/v1/fleet/drain", {"node": "0" * 32})[0] == 404
    assert alone.server.process.poll() is None


def test_one_node_after_the_other_drains_and_comes_back(node):
    nodes = [node(), node(), node()]
    fleet_of(*nodes)
    ids = {each["node"] for each in nodes[0].nodes()}
    clients = [client for each in nodes for client in fill(each, 1)]
    command = [BINARY, "drain", "--fleet", "--wait", "30", "--return", "30", "--control.socket", nodes[0].socket]
    rollout = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    drained = []
    try:
        while rollout.poll() is None:
            busy = [each for each in nodes if each.server.process.poll() is None and any(n["is_draining"] and n["is_this"] for n in each.nodes())]
            assert len(busy) <= 1, "one after the other"
            for each in busy:
                clients[nodes.index(each)].close()
                assert each.server.process.wait(10) == 0
                drained.append(nodes.index(each))
                each.server.start()
            time.sleep(0.05)
    finally:
        rollout.kill()
        output = rollout.communicate()[0]
    assert rollout.returncode == 0, output
    assert output.endswith("every node has drained\n") and output.count("3 of 3 nodes serve") == 3
    assert sorted(drained) == [0, 1, 2] and drained[-1] == 0
    assert not ids & {each["node"] for each in nodes[0].nodes()}


def test_a_rollout_whose_node_does_not_come_back_goes_no_further(node):
    one, other = node(), node()
    fleet_of(one, other)
    command = [BINARY, "drain", "--fleet", "--return", "1", "--control.socket", one.socket]
    with fill(other, 1)[0]:
        rollout = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        within(10, lambda: any(each["is_draining"] for each in one.nodes()))
        time.sleep(0.6)  # until the command has seen that, too
    _, why = rollout.communicate(timeout=30)
    assert rollout.returncode == 1
    assert "only 1 of 2 nodes serve: no other was asked to drain" in why
    assert other.server.process.wait(5) == 0
    assert one.server.process.poll() is None and not one.nodes()[0]["is_draining"]


def test_urls_are_those_of_the_region_of_the_request_or_the_address(node):
    def exchange(region: str) -> dict:
        return {
            "credentials": {"users": {"user": "uOpen5esame"}, "livekit_keys": {KEY: SECRET}},
            "livekit": {"ice_urls": [f"turn:{region}.example.org"]},
            "listen": {"proxy_protocol": ["127.0.0.1/32"]},
        }

    regions = {"198.51.100.0/24": "us", "192.0.2.0/24": "nowhere"}
    eu, us = node(exchange("eu"), region="eu", regions=regions), node(exchange("us"), region="us", regions=regions)
    fleet_of(eu, us)

    def first(query: str = "", forwarded_for: str = "") -> str:
        headers = {"Authorization": f"Bearer {access_token('r1', 'alice')}"}
        if forwarded_for:
            headers["X-Forwarded-For"] = forwarded_for
        status, body, _ = eu.control.request("POST", f"/livekit/ice-servers{query}", b"", **headers)
        assert status == 200, body
        urls = json.loads(body)["urls"]
        assert sorted(urls) == ["turn:eu.example.org", "turn:us.example.org"]
        return urls[0].split(":")[1].split(".")[0]

    assert first() == "eu"
    assert first("?region=us") == "us"
    assert first("?region=nowhere") == "eu"
    assert first(forwarded_for="198.51.100.7") == "us"
    assert first(forwarded_for="198.51.100.7, 203.0.113.1") == "eu", "whom no proxy has said"
    assert first(forwarded_for="192.0.2.1") == "eu", "no node serves there"
    assert first("?region=eu", "198.51.100.7") == "eu"
