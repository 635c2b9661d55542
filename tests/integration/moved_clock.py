"""A clock of servers that a test moves while they run."""

import struct
import subprocess
import time
from pathlib import Path


class Clock:
    """Of servers that start while it is in their environment."""

    def __init__(self, folder: Path):
        self.library, self.file = folder / "moved_clock.so", folder / "ahead"
        source = Path(__file__).with_name("moved_clock.c")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", self.library, source], check=True)
        self.ahead_s = 0
        self.file.write_bytes(struct.pack("q", 0))

    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self.library), "MOVED_CLOCK": str(self.file)}

    def move(self, seconds: int) -> None:
        self.ahead_s += seconds
        with self.file.open("r+b") as file:
            file.write(struct.pack("q", self.ahead_s))
        time.sleep(0.2)
