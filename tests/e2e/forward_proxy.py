"""Squid on a host of the scene, as offices have it: whoever wants out asks it for a tunnel to port 443."""

import contextlib
import os
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from scene import DOMAIN, NODE, Host
from server import die_with_parent

PORT = 3128
USER = "proxy"  # Debian's; Squid runs as root for nobody
CONFIG = """
http_port {port}
acl https port 443
http_access deny !CONNECT
http_access deny !https
http_access allow all
hosts_file {directory}/hosts
dns_nameservers 127.0.0.1
access_log stdio:{directory}/access.log
cache_log {directory}/cache.log
coredump_dir {directory}
pid_filename none
netdb_filename none
pinger_enable off
cache deny all
shutdown_lifetime 0 seconds
visible_hostname {user}
"""


# What it leaves in shared memory when it is killed goes with its own view of the files. Its user is another one before it is told to die with
# its parent, for a change of the user takes that back.
COMMAND = f'mount -t tmpfs squid /dev/shm && exec setpriv --reuid {USER} --regid {USER} --clear-groups --pdeathsig KILL squid -N -f "$0"'


class ForwardProxy:
    """It knows the relay's domain, has files only in `directory`, and no process beside its own."""

    def __init__(self, host: Host, directory: Path):
        self.url = f"http://{host.address}:{PORT}"
        self._directory = directory
        (directory / "hosts").write_text(f"{NODE} {DOMAIN}\n")
        config = directory / "squid.conf"
        config.write_text(CONFIG.format(port=PORT, directory=directory, user=USER))
        with (directory / "output.log").open("wb") as log:
            self._process = subprocess.Popen(
                [*host.command(), "sh", "-c", COMMAND, config], stdin=subprocess.DEVNULL, stdout=log, stderr=log, preexec_fn=die_with_parent
            )

    def wait(self, host: Host) -> None:
        for _ in range(200):
            assert self._process.poll() is None, f"Squid ended at its start:\n{self.logs()}"
            with host.entered(), socket.socket() as probe:
                if probe.connect_ex((host.address, PORT)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"Squid does not listen after 10 s:\n{self.logs()}")

    def logs(self) -> str:
        return "".join(file.read_text() for file in sorted(self._directory.glob("*.log")))

    def close(self) -> None:
        self._process.kill()
        self._process.wait()


@contextlib.contextmanager
def forward_proxy(host: Host):
    """It runs there meanwhile."""
    with tempfile.TemporaryDirectory(prefix="squid-") as directory:
        os.chmod(directory, 0o777)  # the folders of tests are for root alone
        with contextlib.closing(ForwardProxy(host, Path(directory))) as running:
            running.wait(host)
            yield running
