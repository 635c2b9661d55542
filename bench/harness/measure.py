"""Carries the measurements out: rounds of all scenarios and servers in turn, each with a sweep over rates."""

import contextlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

from .measures import BYTE_LIMITS, CLIENTS, HALF_RATE, NEIGHBOUR, NET, SAME_HOST, SCENARIOS, TCP, TLS, WEB
from .servers import DIRECT, FORWARDER, KERNEL, LIMITS, LIVE, PEER_PORT, PORT, REFERENCE, SFU_PORT, TLS_PORT, Server, Unavailable, sfu, site

SWEEP_RATES = [round(20_000 * 1.25**step, -3) for step in range(15)]  # relayed packets a second, two an echo
LIVE_FRAMES = 300_000  # each way and size, twice
LOSS_MAX = 0.001  # of what still counts as free of loss
COLLAPSE = 0.8  # of the rate asked for: less ends a sweep, whether it is the server's fault or the generator's
PROGRAM_RUNS = 100  # of each variant; the kernel waits for all its cores after each one of XDP
# Hook, limits, median and what is added, in nanoseconds a packet: a line of turnpike-program.
PROGRAM_LINE = re.compile(r"(tc|xdp) +(.+?) +(\d+) ns a packet .*added: ([+-]\d+) ")
NEIGHBOUR_ROUNDS, NEIGHBOUR_S = 9, 1


def generate(name, words, server, place, arguments):
    """One run of the generator; None if it fails."""
    user, password = server.credentials() if server else ("user", "pass")
    target = DIRECT if name == DIRECT else f"{'forwarder' if name == FORWARDER else 'turn'}:{place.server}:{PORT}"
    addresses = (place.direct_client, place.direct_peer) if name == DIRECT else (place.client, place.peer)
    command = [*place.generator_command, arguments.bin / "turnpike-bench", target, *words, "--json", "--cpu", arguments.load_cpu]
    command += ["--seconds", arguments.seconds, "--warm-up", arguments.warm_up, "--local", addresses[0], "--peer-local", addresses[1]]
    command += ["--username", user, "--password", password, "--tls-port", TLS_PORT, *place.generator_options]
    command += [word for pid in (server.pids() if server else []) for word in ("--server-pid", pid)]
    command += ["--peer-port", PEER_PORT] if name == FORWARDER else []
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"\nbench: {name} {' '.join(map(str, words))}: {done.stderr.strip()}", file=sys.stderr)
        return None
    result = {"server": name, **json.loads(done.stdout)}
    return {**result, **{f"{name}_us": result["latency_us"][name] for name in ("p50", "p90", "p99")}}


def visit(name, words, server, site_pid, place, arguments):
    """One run of the visitors of a web site; None if it fails."""
    command = [*place.generator_command, arguments.bin / "turnpike-web", f"{place.server}:{TLS_PORT}", *words, "--cpu", arguments.load_cpu]
    command += ["--seconds", arguments.seconds, "--warm-up", arguments.warm_up, "--peer-pid", site_pid]
    command += [word for pid in server.pids() for word in ("--server-pid", pid)]
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        print(f"\nbench: {name} {' '.join(map(str, words))}: {done.stderr.strip()}", file=sys.stderr)
        return None
    return {"server": name, **json.loads(done.stdout)}


def loss_free_rate(swept):
    """The reference server's; None if even the lowest rate loses, or it was not there."""
    reference = [r for r in swept if r["server"] == REFERENCE]
    free = itertools.takewhile(lambda r: r["lost"] <= LOSS_MAX * r["sent"], reference)
    return max((r["offered_per_s"] for r in free), default=None)


class Bench:
    """What is known so far. `unavailable` holds servers that did not start, and why; but for the live frames they are not tried again.
    `near`: the place where the SFU is on the server's host; `far`: the one where it is on another."""

    def __init__(self, near, far, state, arguments):
        self.near, self.far, self.state, self.arguments = near, far, state, arguments
        self.unavailable = {}
        self.loss_free_rate = None  # of the reference server in the first sweep, in relayed packets a second

    def servers(self, scenario):
        """Those that can do it; `direct` comes first, for others are compared with it."""
        able = SCENARIOS[scenario].servers
        names = [name for name in self.arguments.servers if name in able and name not in self.unavailable]
        return sorted(names, key=lambda name: name != DIRECT)

    def place_of(self, scenario):
        return self.near if SCENARIOS[scenario].section == SAME_HOST else self.far

    def run(self, name, scenario, words):
        """None if the server does not start or the generator fails."""
        place, echo = self.place_of(scenario), SCENARIOS[scenario].echo
        try:
            with contextlib.ExitStack() as stack:
                if SCENARIOS[scenario].section == WEB:
                    site_pid = stack.enter_context(site(place, self.arguments))
                    server = stack.enter_context(Server(name, place, self.state, self.arguments))
                    return visit(name, words, server, site_pid, place, self.arguments)
                if echo is not None:
                    peer = stack.enter_context(sfu(place, echo, self.arguments))
                    words = [*words, "--peer", f"{place.sfu}:{SFU_PORT}", "--peer-pid", peer]
                server = stack.enter_context(Server(name, place, self.state, self.arguments)) if name != DIRECT else None
                return generate(name, words, server, place, self.arguments)
        except Unavailable as reason:
            self.unavailable[name] = str(reason)
            return None

    def show(self, text):
        if sys.stderr.isatty():
            print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def words(self, scenario):
        words = SCENARIOS[scenario].words
        if scenario == "many":
            return [*words, "--clients", self.arguments.many]
        return self.at_rate(self.loss_free_rate / 2) if scenario == HALF_RATE else words

    @staticmethod
    def at_rate(relayed_per_s):
        return ["audio", "--clients", CLIENTS, "--rate", relayed_per_s / 2 / CLIENTS]

    def round(self, number):
        """One measurement of each pair. The generator's own cost is taken off where `direct` has shown it."""
        results = []
        for scenario in self.arguments.scenarios:
            if scenario not in SCENARIOS or (scenario == HALF_RATE and self.loss_free_rate is None):
                continue
            self.far.set_stream_offload(SCENARIOS[scenario].section in (TCP, TLS, WEB))
            alone = None
            for name in self.servers(scenario):
                self.show(f"round {number + 1}/{self.arguments.rounds} {scenario} {name}")
                result = self.run(name, scenario, self.words(scenario))
                if result is None:
                    continue
                if name == DIRECT:
                    alone = result["work_us_per_packet"]
                elif alone is not None:
                    result[NET] = result["work_us_per_packet"] - alone
                    result["rest_us_per_packet"] = result["work_us_per_packet"] - result["generator_us_per_packet"]
                results.append({**result, "round": number, "scenario": scenario})
        return results

    def live(self, number):
        """The kernel engine's program alone, once a round."""
        if LIVE not in self.arguments.servers or not {"audio", "video"} & set(self.arguments.scenarios):
            return []
        self.show(f"round {number + 1}/{self.arguments.rounds} {LIVE}")
        lines = self.alone(LIVE, "turnpike-live", LIVE_FRAMES, self.arguments.load_cpu)
        return [{"server": LIVE, "round": number, **json.loads(line)} for line in lines]

    def limits(self, number):
        """What limits add to that program, once a round."""
        if LIMITS not in self.arguments.servers or BYTE_LIMITS not in self.arguments.scenarios:
            return []
        self.show(f"round {number + 1}/{self.arguments.rounds} {BYTE_LIMITS}")
        found = [PROGRAM_LINE.match(line) for line in self.alone("the program with byte limits", "turnpike-program", PROGRAM_RUNS)]
        said = {(line[1], line[2]): (int(line[3]), int(line[4])) for line in found if line}
        results = []
        for hook in ("tc", "xdp") if said else ():
            without_ns, added_ns = said[hook, "no limits"][0], said[hook, "of a user and a room"][1]
            for server, value in (KERNEL, without_ns), (LIMITS, without_ns + added_ns):
                results.append({"server": server, "scenario": f"limits-{hook}", "round": number, "program_ns": value})
        return results

    def alone(self, name, *command):
        """What one of our own programs says, by lines; none if it fails."""
        command = [self.arguments.bin / command[0], *command[1:]]
        try:
            done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
            failure = done.stderr.strip() if done.returncode else None
        except OSError:
            failure = "built without the kernel engine"
        if failure:
            self.unavailable[name] = failure  # of this round; another one may succeed
            return []
        return done.stdout.splitlines()

    def neighbour(self):
        """TCP on loopback beside an idle kernel engine and without it, in turn; who is first changes, too."""
        if NEIGHBOUR not in self.arguments.scenarios or KERNEL not in self.arguments.servers:
            return []
        results = []
        for number in range(NEIGHBOUR_ROUNDS):
            for name in (KERNEL, DIRECT) if number % 2 else (DIRECT, KERNEL):
                self.show(f"round {number + 1}/{NEIGHBOUR_ROUNDS} {NEIGHBOUR} {name}")
                try:
                    with Server(name, self.near, self.state, self.arguments) if name == KERNEL else contextlib.nullcontext():
                        results.append({"server": name, "scenario": NEIGHBOUR, "round": number, **self.neighbours_rate()})
                except Unavailable as reason:
                    self.unavailable[name] = str(reason)
                    return []
        return results

    def neighbours_rate(self):
        program = [sys.executable, Path(__file__).with_name("neighbour.py"), NEIGHBOUR_S, self.arguments.server_cpu]
        command = [str(word) for word in [*self.near.server_command, *program]]
        return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)

    def sweep(self, number):
        """`audio` in open loop at growing rates, until a server or the generator does not follow."""
        if HALF_RATE not in self.arguments.scenarios:
            return []
        self.far.set_stream_offload(False)
        results = []
        for name in self.servers(HALF_RATE):
            for rate in SWEEP_RATES if name != DIRECT else []:
                self.show(f"round {number + 1}/{self.arguments.rounds} sweep {name} {rate:,.0f}/s")
                result = self.run(name, HALF_RATE, self.at_rate(rate))
                if result is None:
                    break
                results.append({**result, "round": number, "scenario": "sweep", "offered_per_s": rate})
                if result["relayed_per_s"] < COLLAPSE * rate:
                    break
        if number == 0:
            self.loss_free_rate = loss_free_rate(results)
        return results
