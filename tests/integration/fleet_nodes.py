"""Nodes of a fleet under test: servers that share a Redis, each with its control listener."""

import json
import time
from collections.abc import Callable

from client import Client
from control_socket import ControlSocket
from credentials import in_seconds, livekit
from livekit_messages import KEY, SECRET, launch_beside_livekit
from metrics_page import Page
from server import merged
from wire import ALLOCATE, UDP

FLEET_SECRET = "the secret of a fleet, 32 bytes."


def wait_until(holds: Callable[[], bool], seconds: float, what: str = "") -> float:
    """How long it took, in seconds."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


class Node:
    """One of them. `server` and `http` are as launch_beside_livekit() gives them."""

    def __init__(self, launch, redis_url: str, secret: str = FLEET_SECRET, host=None, **sections):
        # On a machine that is busy with other things nodes would send each other their clients.
        fleet = merged({"secret": secret, "redirects": False, "redis": {"url": redis_url}}, sections.pop("fleet", {}))
        # The socket is for operators: there /api/v1 is served without a token.
        control = {"socket": "{directory}/control.sock"}
        livekit = {"webhook": True, "ice_urls": ["turn:127.0.0.1"], **sections.pop("livekit", {})}
        self.server, self.http = launch_beside_livekit(launch, livekit, host, fleet=fleet, control=control, **sections)

    def metrics(self) -> Page:
        status, body, _ = self.http.request("GET", "/metrics")
        assert status == 200
        return Page(body)

    def figure(self, name: str, **labels: str) -> float:
        return self.metrics().value(name, **labels)

    def is_connected(self) -> bool:
        return self.figure("turnpike_redis_connected") == 1

    def knows(self, nodes: int) -> bool:
        return self.is_connected() and self.figure("turnpike_fleet_nodes") == nodes

    def operate(self, path: str, body: dict) -> dict:
        """What an operator asks; it has been done."""
        socket = ControlSocket(self.server.config["control"]["socket"])
        socket.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        response = socket.getresponse()
        answer = response.read()
        assert response.status == 200, answer
        return json.loads(answer)

    def participant(self, sid: str) -> Client:
        """Who has LiveKit's own credential for that participant."""
        return Client(self.server, **livekit(KEY, SECRET, sid, in_seconds(300)))

    def code(self, sid: str) -> int:
        """What an Allocate of the participant gets."""
        with self.participant(sid) as client:
            return client.ask(client.signed(ALLOCATE, [UDP])).code


def wait_for_all(nodes: list[Node], seconds: float = 5) -> None:
    """Until all of them know of each other."""
    for node in nodes:
        wait_until(lambda node=node: node.knows(len(nodes)), seconds, f"{len(nodes)} nodes")
