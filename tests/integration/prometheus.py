"""Debian's Prometheus on loopback: it scrapes a server, and tells what its expressions come to."""

import contextlib
import json
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

from server import die_with_parent, free_port

PATIENCE_S = 30


class Prometheus:
    """A process that scrapes `target` every half second, with the rules of a file."""

    def __init__(self, directory: Path, target: str, rules: Path):
        self.base = f"http://127.0.0.1:{free_port()}"
        config = {
            "global": {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "scrape_configs": [{"job_name": "turnpike", "static_configs": [{"targets": [target]}]}],
        }
        (directory / "prometheus.yml").write_text(json.dumps(config))  # JSON is YAML
        command = [
            "prometheus",
            f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/data",
            f"--web.listen-address={self.base.removeprefix('http://')}",
        ]
        self.log = directory / "prometheus.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent)

    def __enter__(self) -> "Prometheus":
        self.wait_for("up == 1")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=10)
        self.process.kill()
        self.process.wait()

    def get(self, path: str, **query: str):
        with urllib.request.urlopen(f"{self.base}/api/v1/{path}?{urllib.parse.urlencode(query)}", timeout=5) as response:
            answer = json.load(response)
        assert answer["status"] == "success", answer
        return answer["data"]

    def values(self, expression: str) -> list[float]:
        """Of the series that the expression comes to by now."""
        return [float(series["value"][1]) for series in self.get("query", query=expression)["result"]]

    def wait_for(self, expression: str) -> list[float]:
        """Its values, once there are any."""
        until = time.monotonic() + PATIENCE_S
        while True:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError):
                if values := self.values(expression):
                    return values
            assert time.monotonic() < until, f"no value of {expression}\n{self.log.read_text()}"
            time.sleep(0.2)
