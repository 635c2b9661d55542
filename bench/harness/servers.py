"""The servers that are compared, each started for one measurement: none finds the traces of another one or of its own past."""

import contextlib
import os
import platform
import shlex
import signal
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPARE = ROOT / "bench/compare"
PORT, TLS_PORT, PEER_PORT = 3478, 5349, 9000
START_S_MAX = 10
STOP_S_MAX = 2

REFERENCE = "coturn"
DIRECT = "direct"  # no server at all: what the generator costs alone
FORWARDER = "forwarder"  # speaks no TURN: the floors for programs that use sockets, of UDP and of streams
LIVE = "turnpike-xdp"  # the kernel engine's program alone, fed with frames as by a driver
# Their drivers in bench/compare with what follows the common arguments.
DRIVERS = {
    "turnpike-kernel": ["turnpike.sh", "kernel"],
    "turnpike-sockets": ["turnpike.sh", "sockets"],
    "coturn": ["coturn.sh"],
    "pion": ["pion.sh"],
    FORWARDER: ["forwarder.sh"],
}
ALL = [*DRIVERS, LIVE, DIRECT]


class Unavailable(Exception):
    """A server that does not start here, and why."""


class Server:
    """Pinned to a core. A driver turns into its server, so that the pid is the server's."""

    def __init__(self, name, place, state, arguments):
        self.name, self.place, self.bin = name, place, arguments.bin
        script, *extra = DRIVERS[name]
        driver = [COMPARE / script, place.server, place.relay, PORT, TLS_PORT, state, *extra]
        command = [*place.server_command, "taskset", "-c", arguments.server_cpu, *driver]
        environment = {**os.environ, "BIN": str(arguments.bin), "PEER": f"{place.peer}:{PEER_PORT}"}
        self.errors = Path(state) / "errors"
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                list(map(str, command)), env=environment, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True
            )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def pids(self):
        """Of the server and of what it has started."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):  # nothing is left, as it should be
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def _wait_until_ready(self):
        deadline = time.monotonic() + START_S_MAX
        while not self._answers():
            lines = self.errors.read_text(errors="replace").strip().splitlines() or ["no message"]
            if self.process.poll() is not None:
                raise Unavailable(f"ended with {self.process.returncode}: {lines[-1]}")
            if time.monotonic() > deadline:
                raise Unavailable(f"no answer within {START_S_MAX} s: {lines[-1]}")

    def _answers(self):
        if self.name == FORWARDER:
            time.sleep(0.2)
            return self.process.poll() is None
        probe = [*self.place.generator_command, self.bin / "turnpike", "probe", f"stun:{self.place.server}:{PORT}", "--timeout", "0.1"]
        return subprocess.run(list(map(str, probe)), capture_output=True).returncode == 0


def make_certificate(state):
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=bench"
    files = ["-keyout", state / "key.pem", "-out", state / "certificate.pem"]
    subprocess.run([*shlex.split(command), *files], check=True, stderr=subprocess.DEVNULL)
    (state / "key.pem").chmod(0o600)


def build():
    """What is missing on this machine, the release, and pion's server if there is a Go."""
    subprocess.run([ROOT / "scripts/setup", "bench"], check=True)
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "release"], cwd=ROOT, check=True)
    try:
        command = ["go", "build", "-mod=readonly", "-o", ROOT / "build/release/bin/pion-server", "."]
        subprocess.run(command, cwd=COMPARE / "pion", check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"bench: no pion: {error}")


def versions(arguments):
    def first_line(*command):
        try:
            return subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()[0]
        except (OSError, IndexError):
            return "unknown"

    pion = next((line.split()[-1] for line in (COMPARE / "pion/go.mod").read_text().splitlines() if "pion/turn/" in line), "unknown")
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return {
        "cpu": f"{os.cpu_count()} cores ({cpu})",
        "kernel": f"Linux {platform.release()}",
        "turnpike": first_line(arguments.bin / "turnpike", "--version"),
        "coturn": first_line("dpkg-query", "-W", "-f", "${Version}\n", "coturn"),
        "pion": f"{pion}, {first_line('go', 'version')}",
    }
