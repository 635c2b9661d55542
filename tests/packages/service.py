"""The packaged service in a tree, started as its unit says, by hand."""

import contextlib
import signal
import socket
import subprocess
import time
from pathlib import Path

from namespace import Namespace
from tree import ENVIRONMENT, Tree
from unit import Unit

UNIT = "/usr/lib/systemd/system/turnpike.service"
BINDING = bytes.fromhex("000100002112a442") + b"are you up? "


class Service:
    def __init__(self, host: Namespace, process: subprocess.Popen, log_file: Path):
        self.host = host
        self.process = process
        self.log_file = log_file

    def log(self) -> str:
        return self.log_file.read_text()

    @property
    def pid(self) -> int:
        """The server's own; what `process` has is the program that waits for it."""
        return int(Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text())

    def status(self) -> dict[str, str]:
        return dict(line.split(":\t", 1) for line in Path(f"/proc/{self.pid}/status").read_text().splitlines() if ":\t" in line)

    def answers(self, port: int = 3478) -> bool:
        with self.host.entered():
            asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with asker:
            asker.settimeout(0.1)
            asker.connect(("127.0.0.1", port))
            try:
                asker.send(BINDING)
                return asker.recv(2048)[8:20] == BINDING[8:20]
            except (ConnectionRefusedError, TimeoutError):
                return False

    def wait_until_it_answers(self, port: int = 3478) -> None:
        until = time.monotonic() + 10
        while not self.answers(port):
            assert self.process.poll() is None and time.monotonic() < until, self.log()
            time.sleep(0.05)

    def stop(self) -> int:
        subprocess.run(["kill", f"-{signal.SIGTERM.name[3:]}", str(self.pid)], check=True)
        return self.process.wait(10)


@contextlib.contextmanager
def running(tree: Tree, host: Namespace, log_file: Path):
    """From the first answer on; it ends in order."""
    command = [*host.command(), *tree.command(*Unit(tree.path(UNIT)).command())]
    with log_file.open("wb") as log, subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as process:
        service = Service(host, process, log_file)
        try:
            service.wait_until_it_answers()
            yield service
            assert service.stop() == 0, service.log()
        finally:
            process.kill()
