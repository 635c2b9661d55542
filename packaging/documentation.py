"""Writes the manual pages and completions of both programs: documentation.py --server PROGRAM --bench PROGRAM --version V FOLDER."""

import argparse
import gzip
from pathlib import Path

import completions
import manual

ROOT = Path(__file__).resolve().parents[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True, help="the program turnpike")
    parser.add_argument("--bench", required=True, help="the program turnpike-bench")
    parser.add_argument("--version", required=True)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()

    readme, operating, commented = ((ROOT / name).read_text() for name in ("README.md", "docs/operating.md", "conf/turnpike.yaml"))
    files = {
        "man8/turnpike.8.gz": manual.server(given.server, given.version, readme, operating),
        "man5/turnpike.yaml.5.gz": manual.configuration(given.server, given.version, commented),
        "man1/turnpike-bench.1.gz": manual.generator(given.bench, given.version),
    }
    for program, path in (("turnpike", given.server), ("turnpike-bench", given.bench)):
        interface = completions.Interface.of(path, program)
        files[f"bash/{program}"] = completions.bash(interface)
        files[f"zsh/_{program}"] = completions.zsh(interface)
        files[f"fish/{program}.fish"] = completions.fish(interface)
    for name, text in files.items():
        file = given.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(text.encode(), mtime=0) if file.suffix == ".gz" else text.encode())


if __name__ == "__main__":
    main()
