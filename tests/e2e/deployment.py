"""LiveKit's server and turnpike on one host, both with the same configuration file of LiveKit, and LiveKit's server API."""

import contextlib
import json
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from datetime import datetime
from pathlib import Path

from control_socket import ControlSocket
from livekit_messages import token
from scene import DOMAIN, NODE, Host
from server import BINARY, die_with_parent

CONF = Path(__file__).parents[2] / "conf"
LIVEKIT = Path(__file__).parents[2] / "build/livekit"  # made by scripts/setup
# turnpike as LiveKit's external TURN server, in the place of its embedded one, and in front of all of LiveKit; the transports that LiveKit then
# offers; and where its clients find it.
EXTERNAL, EMBEDDED, ONE_PORT = "livekit.example.yaml", "livekit.embedded.example.yaml", "livekit.one-port.example.yaml"
OFFERED = {EXTERNAL: ["udp", "tcp", "tls"], EMBEDDED: ["udp", "tls"], ONE_PORT: ["udp", "tls"]}
SIGNALLING, CONTROL = 7880, 9478  # ports of the node
URLS = {EXTERNAL: f"ws://{NODE}:{SIGNALLING}", EMBEDDED: f"ws://{NODE}:{SIGNALLING}", ONE_PORT: f"wss://{DOMAIN}"}
LOOPBACK = "127.0.0.1"
KEY, SECRET = "APIexample", "replace-this-secret-of-at-least-32-characters"  # of all examples
LIFE = ("allocation_started", "allocation_ended")


class Deployment:
    """With this file of conf/, as it stands; `flags` are for turnpike alone."""

    def __init__(self, host: Host, example: str, certificate: tuple[Path, Path], directory: Path, flags: list[str]):
        config = CONF / example
        self.offered = OFFERED[example]
        self.url = URLS[example]
        self.host = host
        self.directory = directory
        tls = ["--tls.certificate", str(certificate[0]), "--tls.key", str(certificate[1])]
        self._control = directory / "control"
        control = ["--control.listen", f"0.0.0.0:{CONTROL}", "--control.socket", str(self._control)]
        self._processes = {
            "turnpike": self._start("turnpike", [BINARY, "--livekit-config", str(config), *tls, *control, "--log.format", "json", *flags]),
            "livekit": self._start("livekit", [str(LIVEKIT / "server"), "--config", str(config)]),
        }
        try:
            self._wait_for(SIGNALLING)
            self._wait_for(CONTROL)
        except BaseException:
            self.close()
            raise

    def _start(self, name: str, command: list[str]) -> subprocess.Popen:
        with self._log_file(name).open("wb") as log:
            return subprocess.Popen(
                self.host.command() + command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent
            )

    def _log_file(self, name: str) -> Path:
        return self.directory / f"{name}.log"

    def _log(self, name: str) -> str:
        """What it has written, but no line that it is still at."""
        return self._log_file(name).read_text().rpartition("\n")[0]

    def _wait_for(self, port: int) -> None:
        for _ in range(300):
            for name, process in self._processes.items():
                assert process.poll() is None, f"{name} ended at its start:\n{self._log(name)[-2000:]}"
            with self.host.entered(), socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError(f"nobody listens on port {port} after 30 s")

    def close(self) -> None:
        self._processes["livekit"].kill()  # it would wait for participants to leave
        self._processes["turnpike"].terminate()
        try:
            codes = [process.wait(10) for process in self._processes.values()]
            assert codes[0] == 0, self._log("turnpike")[-4000:]
        finally:
            self._processes["turnpike"].kill()

    def ask(self, method: str, **request) -> dict:
        """A call of LiveKit's RoomService."""
        room = request.get("room", "")
        grants = {"roomAdmin": True, "roomCreate": True, "roomList": True, "room": room}
        bearer = token({"sub": "operator", "video": grants}, secret=SECRET, key=KEY)
        url = f"http://{LOOPBACK}:{SIGNALLING}/twirp/livekit.RoomService/{method}"
        headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
        return json.loads(self.host.fetch(urllib.request.Request(url, json.dumps(request).encode(), headers)))

    def engine(self) -> dict:
        """What relays on which interface, and what became of packets."""
        with contextlib.closing(ControlSocket(str(self._control))) as control:
            return control.get("/engine")

    def events(self, name: str) -> list[dict]:
        """turnpike's log: the records of this event, with `at` in seconds of the system's clock."""
        records = [json.loads(line) for line in self._log("turnpike").splitlines()]
        return [record | {"at": datetime.fromisoformat(record["time"]).timestamp()} for record in records if record["event"] == name]

    def held_by(self, sid: str) -> set[str]:
        """The allocations that this participant has, by the log."""
        started, ended = ({record["allocation"] for record in self.events(name) if record["user"] == sid} for name in LIFE)
        return started - ended

    def revoked(self) -> set[str]:
        """The allocations that were taken away."""
        return {record["allocation"] for record in self.events("allocation_ended") if record["reason"] == "revoked"}

    def held_at_most(self) -> int:
        """The greatest number of allocations that one participant ever had at a time, by the log."""
        held, most = Counter(), 0
        changes = [(record["at"], record["user"], change) for name, change in zip(LIFE, (1, -1)) for record in self.events(name)]
        for _, user_id, change in sorted(changes):
            held[user_id] += change
            most = max(most, held[user_id])
        return most
