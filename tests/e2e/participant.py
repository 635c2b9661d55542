"""A participant of a call: a page that joins rooms with livekit-client, in a browser on a host of the scene."""

import base64
import contextlib
import hashlib
import json
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from chromium import Chromium, Page
from deployment import KEY, SECRET, Deployment
from livekit_messages import token
from scene import DOMAIN, NODE, Host
from website import SITE

RELAY_ONLY = {"iceTransportPolicy": "relay"}
PATIENCE_S = 90


def access_token(identity: str, room: str) -> str:
    return token({"sub": identity, "video": {"room": room, "roomJoin": True}}, secret=SECRET, key=KEY)


def fingerprint(certificate: Path) -> str:
    """Of its public key, as Chromium takes it."""
    pem = subprocess.run(["openssl", "x509", "-in", certificate, "-pubkey", "-noout"], check=True, capture_output=True).stdout
    key = b"".join(pem.splitlines()[1:-1])
    return base64.b64encode(hashlib.sha256(base64.b64decode(key)).digest()).decode()


@contextlib.contextmanager
def browser(host: Host, directory: Path, certificate: Path, *more_flags: str, node: str = NODE):
    """A browser there, for which the relay's domain leads to the node, and its certificate is good."""
    # WebRTC asks for the name with a dot at its end.
    flags = [f"--host-resolver-rules=MAP {DOMAIN}* {node}", f"--ignore-certificate-errors-spki-list={fingerprint(certificate)}", *more_flags]
    with contextlib.closing(Chromium(host, directory, flags)) as running:
        yield running


class Participant:
    """Somebody who is about to join a room of the LiveKit at `url`."""

    def __init__(self, running: Chromium, identity: str, url: str):
        self.identity = identity
        self.url = url
        self.page = Page(running, f"{SITE}/")
        self.sid = ""

    def join(self, room: str, rtc_config: dict) -> float:
        """The seconds until everything was published. `rtc_config`: what livekit-client takes of that name."""
        joined = self.call("join", self.url, access_token(self.identity, room), rtc_config)
        self.sid = joined["sid"]
        return joined["ms"] / 1000

    def call(self, function: str, *arguments):
        """The value of a function of page/call.js."""
        return self.page.run(f"{function}({', '.join(json.dumps(each) for each in arguments)})")

    def report(self) -> "Report":
        return Report(self.call("report"))

    def wait(self, what: str, happens: Callable[[], bool]) -> float:
        """The seconds until it happens."""
        began = time.monotonic()
        while not happens():
            assert time.monotonic() - began < PATIENCE_S, f"after {PATIENCE_S} s still not: {what}\n{self.call('report')}"
            time.sleep(0.1)
        return time.monotonic() - began

    def relays(self, deployment: Deployment, user_id: str = "") -> set[str]:
        """Their allocations, once there is one over each transport that LiveKit offers."""
        user_id = user_id or self.sid
        self.wait("a relay over each transport", lambda: len(deployment.held_by(user_id)) == len(deployment.offered))
        return deployment.held_by(user_id)

    def goes_on(self) -> None:
        """Waits until packets of any kind arrive anew."""
        before = self.report().way["packetsReceived"]
        self.wait(f"{self.identity} goes on", lambda: self.report().way["packetsReceived"] > before)

    def is_silent(self) -> bool:
        """Nothing arrives within a second."""
        before = self.report().arrived
        time.sleep(1)
        return self.report().arrived == before

    def receives(self, sender: str, count: int = 1) -> float:
        """Waits until so many packets of audio, pictures and messages have arrived anew; the seconds that took."""
        last, arrived = self.report().counters(sender), Counter()

        def have_arrived() -> bool:
            nonlocal last
            now = self.report().counters(sender)
            arrived.update({kind: max(0, now[kind] - last[kind]) for kind in now})  # a new connection counts from 0
            last = now
            return min(arrived.values()) >= count

        return self.wait(f"{self.identity} receives {sender}", have_arrived)


class Report:
    """What a page says of its connections: the `way` that media takes, counters and events."""

    def __init__(self, said: dict):
        self.said = said
        ways = [way for each in said["connections"] for way in each["ways"]]
        self.streams = [stream for each in said["connections"] for stream in each["streams"]]
        self.way = ways[0] if ways else {}
        self.arrived = sum(stream["packetsReceived"] for stream in self.streams)
        self.candidate, self.transport = self.way.get("candidateType"), self.way.get("relayProtocol")

    def counters(self, sender: str) -> dict[str, int]:
        """Packets of audio and pictures of everybody, and messages of that sender."""
        counters = {"audio": 0, "video": 0, "data": self.said["heard"].get(sender, 0)}
        for stream in self.streams:
            counters[stream["kind"]] += stream.get("framesDecoded", stream["packetsReceived"])
        return counters

    def __str__(self) -> str:
        lost = sum(stream["packetsLost"] for stream in self.streams)
        rtt_ms = 1000 * self.way.get("rtt", 0)
        return f"{self.candidate} over {self.transport}, rtt {rtt_ms:.0f} ms, lost {lost} of {self.arrived + lost} packets"
