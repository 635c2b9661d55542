"""The servers that are compared, each started for one measurement: none finds the traces of another one or of its own past."""

import contextlib
import json
import os
import platform
import shlex
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMPARE = ROOT / "bench/compare"
LIVEKIT_FOLDER = ROOT / "build/livekit"  # made by scripts/setup
PORT, TLS_PORT, PEER_PORT, SFU_PORT, SITE_PORT = 3478, 5349, 9000, 7882, 8080
START_S_MAX = 10
STOP_S_MAX = 2

KERNEL, SOCKETS, LIMITS = "turnpike-kernel", "turnpike-sockets", "turnpike-limits"  # the last is the kernel engine with byte limits
COTURN, PION, LIVEKIT = "coturn", "pion", "livekit"
HAPROXY = "haproxy"  # relays nothing: it ends the TLS of web sites, as the others' listeners do
REFERENCE = COTURN
DIRECT = "direct"  # no server at all: what the generator costs alone
FORWARDER = "forwarder"  # speaks no TURN: the floors for programs that use sockets, of UDP and of streams
LIVE = "turnpike-xdp"  # the kernel engine's program alone, fed with frames as by a driver
UNREACHED = 10**10  # bytes a second: a limit that drops nothing
# Their drivers in bench/compare with what follows the common arguments.
DRIVERS = {
    KERNEL: ["turnpike.sh", "kernel"],
    LIMITS: ["turnpike.sh", "kernel", UNREACHED],
    SOCKETS: ["turnpike.sh", "sockets"],
    COTURN: ["coturn.sh"],
    PION: ["pion.sh"],
    LIVEKIT: ["livekit.sh"],
    FORWARDER: ["forwarder.sh"],
    HAPROXY: ["haproxy.sh"],
}
CONNECT = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 0.2)"
ALL = [*DRIVERS, LIVE, DIRECT]


class Unavailable(Exception):
    """A server that does not start here, and why."""


class Server:
    """Pinned to a core. A driver turns into its server, so that the pid is the server's."""

    def __init__(self, name, place, state, arguments):
        self.name, self.place, self.state, self.bin = name, place, Path(state), arguments.bin
        script, *extra = DRIVERS[name]
        driver = [COMPARE / script, place.server, place.relay, PORT, TLS_PORT, state, *extra]
        command = [*place.server_command, "taskset", "-c", arguments.server_cpu, *driver]
        environment = {**os.environ, "BIN": str(arguments.bin), "PEER": f"{place.peer}:{PEER_PORT}", "SITE": f"127.0.0.1:{SITE_PORT}"}
        environment |= {"LIVEKIT": str(LIVEKIT_FOLDER / "server")}
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

    def credentials(self):
        """(name, password); LiveKit's are derived from its key, as it derives them for participants."""
        if self.name != LIVEKIT:
            return "user", "pass"
        mint = [self.bin / "turnpike", "mint", "--livekit-config", self.state / "livekit.yaml", "--participant", "PA_bench", "--ttl", 86400]
        words = [*mint, "--format", "livekit", "--url", f"turn:{self.place.server}:{PORT}"]
        minted = json.loads(subprocess.run(list(map(str, words)), check=True, capture_output=True, text=True).stdout)
        return minted["username"], minted["credential"]

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
        if self.name == HAPROXY:
            return self._succeeds(sys.executable, "-c", CONNECT, self.place.server, TLS_PORT)
        return self._succeeds(self.bin / "turnpike", "probe", f"stun:{self.place.server}:{PORT}", "--timeout", "0.1")

    def _succeeds(self, *words):
        """From where clients are."""
        command = [str(word) for word in [*self.place.generator_command, *words]]
        return subprocess.run(command, capture_output=True).returncode == 0


@contextlib.contextmanager
def sfu(place, words, arguments):
    """Its pid, once it echoes: a process on the server's core."""
    program = [arguments.bin / "turnpike-bench", "--echo", f"{place.sfu}:{SFU_PORT}", *words]
    with beside_server(place, arguments.server_cpu, program) as pid:
        yield pid


@contextlib.contextmanager
def site(place, arguments):
    """Its pid, once it serves: a web server on the server's host, but on the core of those who visit it."""
    program = [arguments.bin / "turnpike-web", "--origin", f"127.0.0.1:{SITE_PORT}"]
    with beside_server(place, arguments.load_cpu, program) as pid:
        yield pid


@contextlib.contextmanager
def beside_server(place, cpu, program):
    """The pid of a process that says a word when it has begun."""
    command = [*place.server_command, "taskset", "-c", cpu, *program]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True) as process:
        try:
            if not process.stdout.readline():
                raise SystemExit(f"bench: {program[0].name} did not start")
            yield process.pid
        finally:
            process.kill()


def make_certificate(state):
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=bench"
    files = ["-keyout", state / "key.pem", "-out", state / "certificate.pem"]
    subprocess.run([*shlex.split(command), *files], check=True, stderr=subprocess.DEVNULL)
    (state / "key.pem").chmod(0o600)


def go():
    """The system's, else the tests' own."""
    return shutil.which("go") or str(ROOT / "build/venv/bin/go")


def build():
    """What is missing on this machine, the release, and pion's server if there is a Go."""
    subprocess.run([ROOT / "scripts/setup", "bench"], check=True)
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "--preset", "release"], cwd=ROOT, check=True)
    try:
        command = [go(), "build", "-mod=readonly", "-o", ROOT / "build/release/bin/pion-server", "."]
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
    livekit = (LIVEKIT_FOLDER / "versions").read_text().split()[0].rpartition("@")[2] if (LIVEKIT_FOLDER / "versions").exists() else "unknown"
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    return {
        "cpu": f"{os.cpu_count()} cores ({cpu})",
        "kernel": f"Linux {platform.release()}",
        "turnpike": first_line(arguments.bin / "turnpike", "--version"),
        "coturn": first_line("dpkg-query", "-W", "-f", "${Version}\n", "coturn"),
        "pion": f"{pion}, {first_line(go(), 'version')}",
        "livekit": livekit,
        "haproxy": first_line("dpkg-query", "-W", "-f", "${Version}\n", "haproxy"),
    }
