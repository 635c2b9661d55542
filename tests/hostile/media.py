"""The media of good clients: what the load generator says of twenty of them, half over UDP and half over TLS."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scene import GOOD, PEERS, SERVER, Scene, Target
from server import USERS, die_with_parent

CLIENTS = 10  # over each transport
RATE = 50  # packets a second of each, echoed
WARM_UP_S = 1.0

SCENARIOS = {"udp": ("audio", "user"), "tls": ("tls", "user2")}


@dataclass(frozen=True)
class Media:
    """Of one transport: milliseconds there and back, and the share that was lost, in percent."""

    median: float
    p99: float
    lost: float


class Meeting:
    """The clients, from the start of their media until result()."""

    def __init__(self, scene: Scene, target: Target, bench: Path, seconds: float):
        self.running = {}
        self.patience_s = WARM_UP_S + seconds + 20
        for transport, (scenario, user) in SCENARIOS.items():
            command = [*scene.outside.command(), bench, f"turn:{SERVER}:{target.port}", scenario, "--json"]
            command += ["--tls-port", target.tls_port, "--username", user, "--password", USERS[user]]
            command += ["--clients", CLIENTS, "--rate", RATE, "--frame", 1, "--size", 160, "--direction", "echo"]
            command += ["--local", GOOD, "--peer-local", PEERS, "--seconds", seconds, "--warm-up", WARM_UP_S]
            self.running[transport] = subprocess.Popen(
                [str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=die_with_parent
            )

    def result(self) -> dict[str, Media]:
        return {transport: self._result_of(process) for transport, process in self.running.items()}

    def _result_of(self, process: subprocess.Popen) -> Media:
        out, err = process.communicate(timeout=self.patience_s)
        if process.returncode != 0:
            raise RuntimeError(f"the good clients have ended with {process.returncode}: {err}")
        said = json.loads(out)
        latency = said["latency_us"]
        return Media(latency["p50"] / 1e3, latency["p99"] / 1e3, 100 * said["lost"] / said["sent"])
