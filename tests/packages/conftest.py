"""Fixtures: the packages of this release, a bare tree of this machine's Debian, and copies of it for tests to change."""

import contextlib
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from namespace import Namespace
from tree import Tree, bare_tree

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Packages:
    folder: Path

    def file(self, name: str) -> Path:
        (found,) = self.folder.glob(f"{name}_*.deb")
        return found


@pytest.fixture(scope="session")
def packages() -> Packages:
    """Of this source, unless TEST_PACKAGES names the folder of others."""
    if folder := os.environ.get("TEST_PACKAGES"):
        return Packages(Path(folder))
    done = subprocess.run([ROOT / "scripts/package"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    return Packages(ROOT / "build/packages")


@pytest.fixture(scope="session")
def bare(tmp_path_factory) -> Tree:
    return bare_tree(tmp_path_factory.mktemp("trees") / "bare")


@pytest.fixture
def tree(bare, tmp_path) -> Tree:
    """A copy that this test may do with as it likes."""
    return bare.copy(tmp_path / "tree")


@pytest.fixture
def host():
    """A host that has nothing but loopback."""
    with contextlib.closing(Namespace("packages")) as made:
        yield made
