"""A unit of systemd, read from its file, and what systemd does to start its service, by setpriv."""

import resource
import shlex
from pathlib import Path


class Unit:
    def __init__(self, file: Path):
        self.values: dict[str, list[str]] = {}
        for line in file.read_text().splitlines():
            if "=" in line and not line.startswith(("#", ";", "[")):
                name, value = line.split("=", 1)
                self.values.setdefault(name, []).append(value)

    def __getitem__(self, name: str) -> str:
        """The value of a setting that is there once."""
        (value,) = self.values[name]
        return value

    def capabilities(self, name: str) -> str:
        """For setpriv: these alone."""
        return ",".join(["-all", *(f"+{word.removeprefix('CAP_').lower()}" for word in self[name].split())])

    def command(self) -> list[str]:
        """ExecStart, as the unit's user with the unit's capabilities and limits."""
        bounding, ambient = (self.capabilities(name) for name in ("CapabilityBoundingSet", "AmbientCapabilities"))
        sets = [f"--bounding-set={bounding}", f"--inh-caps={ambient}", f"--ambient-caps={ambient}"]
        privileges = ["--no-new-privs"] if self["NoNewPrivileges"] == "yes" else []
        user = [f"--reuid={self['User']}", f"--regid={self['Group']}", "--init-groups"]
        descriptors = min(int(self["LimitNOFILE"]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])  # not even root may raise it everywhere
        limits = ["prlimit", f"--nofile={descriptors}"]
        mask = ["sh", "-c", f'umask {self["UMask"]}; exec "$@"', "sh"]
        return [*mask, *limits, "setpriv", *user, *privileges, *sets, *shlex.split(self["ExecStart"])]
