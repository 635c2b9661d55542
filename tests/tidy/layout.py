"""Where things may stand: which module imports which, what only the shell may touch, and that sources have a header and a test."""

import re
from pathlib import Path

from sources import code_of, line_at

# The floors, from below. A module sees itself and these.
IMPORTS = {
    "base": set(),
    "crypto": {"base"},
    "json": {"base"},
    "yaml": {"base"},
    "help": {"base"},
    "log": {"base"},
    "stun": {"base", "crypto"},
    "relay": {"base", "stun"},
    "turn": {"base", "crypto", "stun", "relay"},
    "client": {"base", "crypto", "stun"},
    "auth": {"base", "crypto", "stun", "relay", "turn"},
    "net": {"base", "crypto", "stun"},
    "http": {"base", "net"},
    "redis": {"base", "net"},
    "kernel": {"base", "stun", "relay", "net"},
    "livekit": {"base", "crypto", "json", "yaml", "stun", "relay", "turn", "auth"},
    "fleet": {"base", "crypto", "json"},
    "config": {"base", "yaml", "log", "turn", "auth", "net", "http", "redis", "kernel", "livekit"},
    "lookup": {"base", "crypto", "log", "stun", "client", "net", "config"},
    "check": {"base", "crypto", "turn", "auth", "net", "http", "config"},
    "path": {"base", "log", "stun", "relay", "net", "config"},
    "worker": {"base", "crypto", "log", "stun", "relay", "turn", "auth", "net", "kernel", "config", "path"},
    "sfu": {"base", "crypto", "log", "relay", "turn", "auth", "net", "http", "livekit", "config", "worker"},
    "node": {"base", "crypto", "log", "stun", "relay", "client", "net", "redis", "livekit", "fleet", "config", "turn", "worker"},
    "admin": {"base", "crypto", "json", "log", "stun", "relay", "turn", "net", "http", "livekit", "config", "worker"},
    "console": {"base", "relay", "http", "config"},
    "metrics": {"base", "stun", "relay", "turn", "net", "http", "redis", "kernel", "fleet", "livekit", "check", "path", "worker"},
    "web": {"base", "log", "net", "http", "config"},
    "coturn": {"base", "help", "yaml", "turn", "config"},
    "probe": {"base", "crypto", "stun", "client", "net"},
    "app": {"base", "crypto", "help", "log", "stun", "relay", "turn", "auth", "net", "http", "kernel", "livekit", "fleet", "config", "check", "lookup", "worker", "sfu", "node", "admin", "console", "metrics", "probe", "coturn", "web"},
    "main": {"base", "app"},
}

SOURCES_MAX = {"app": 12}

PURE = {"crypto", "json", "yaml", "stun", "relay", "turn", "client", "auth", "livekit", "fleet"}  # no sockets
TIMELESS = (PURE - {"crypto"}) | {"base"}  # time and randomness are arguments

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)
SOCKET_HEADER = re.compile(r"^(boost/asio|sys/(socket|epoll|un|uio)\.h|net/|netinet/|arpa/|netdb\.h|linux/|openssl/(ssl|bio)\.h)")
CLOCK_OR_CHANCE = re.compile(
    r"\b(?:system|steady|high_resolution|file|utc)_clock\b|\bclock_gettime\b|\bgettimeofday\b|(?<![\w.>])(?:std::)?time\s*\("
    r"|\brandom_device\b|\bmt19937|\bRAND_\w+|(?<![\w.>])(?:std::)?rand\s*\(|\bgetrandom\b"
)
# Words that some modules must not use, and why.
REFUSED = [
    (TIMELESS, CLOCK_OR_CHANCE, "time and randomness are arguments here"),
    (PURE, re.compile(r"\bmemcmp\b"), "tells by its time where secrets differ, CRYPTO_memcmp does not (INT-07)"),
]


def module_of(path):
    """`turn` for include/turnpike/turn/x.hpp and src/turn/x.cpp; None for what belongs to no module."""
    parts = path.parts
    if path == Path("src/main.cpp"):
        return "main"
    if parts[:2] == ("include", "turnpike") and len(parts) == 4:
        return parts[2]
    return parts[1] if parts[0] == "src" and len(parts) == 3 else None


def check_imports(path, text):
    module = module_of(path)
    if module is None:
        return
    if module not in IMPORTS:
        yield path, 1, f"module {module} is not in the table of imports of tests/tidy/layout.py"
        return
    for match in INCLUDE.finditer(text):
        header, line = match.group(1), line_at(text, match.start(1))
        if header.startswith("turnpike/"):
            name = header[len("turnpike/") :].removesuffix(".hpp")
            imported = name.split("/")[0]
            if imported not in IMPORTS[module] | {module}:
                yield path, line, f"{module} must not see {name}"
        elif module in PURE and SOCKET_HEADER.match(header):
            yield path, line, f"{module} does no I/O, but includes {header}"


def check_purity(path, text):
    module = module_of(path)
    if module is None:
        return
    code = code_of(text)
    for modules, pattern, why in REFUSED:
        for match in pattern.finditer(code) if module in modules else ():
            yield path, line_at(code, match.start()), f"{match.group().strip()}: {why}"


def pieces(paths, folder, suffix):
    """`module/name` of each file of a folder."""
    return {f"{p.parts[-2]}/{p.name.removesuffix(suffix)}" for p in paths if p.is_relative_to(folder) and p.name.endswith(suffix)}


def check_twins(paths):
    """A source without a header of its own is a part of another: server_allocate.cpp of server.hpp."""
    headers = pieces(paths, "include/turnpike", ".hpp")
    sources = pieces([p for p in paths if module_of(p) not in (None, "main")], "src", ".cpp")
    for name in sorted(sources - headers):
        words = name.split("_")
        if not any("_".join(words[:i]) in headers for i in range(1, len(words))):
            yield Path(f"src/{name}.cpp"), 1, f"has no include/turnpike/{name}.hpp, nor is it a part of another"


def check_drawers(paths):
    """What only joins the others stays small: what grows there has a room of its own."""
    for module, most in SOURCES_MAX.items():
        count = sum(1 for path in paths if module_of(path) == module and path.suffix == ".cpp")
        if count > most:
            yield Path("src", module), 1, f"{count} sources, more than {most}"


def check_own_header_first(paths, text_of):
    """A source includes its own header first, which shows that the header needs nothing from before it."""
    known = set(paths)
    for path in paths:
        own = Path("include/turnpike", *path.parts[1:]).with_suffix(".hpp")
        if path.parts[0] != "src" or path.suffix != ".cpp" or own not in known:
            continue
        first = INCLUDE.search(text_of(path))
        if first is None or f"include/{first.group(1)}" != str(own):
            yield path, 1, f"does not include its own header first, {own}"


def check_tested(paths, excused):
    """Each source has its unit test, or a line `module/name: reason` in untested.txt, but not both."""
    sources = pieces([p for p in paths if module_of(p) not in (None, "main")], "src", ".cpp")
    tests = pieces(paths, "tests/unit", "_test.cpp")
    for name in sorted(sources - tests - excused.keys()):
        yield Path(f"src/{name}.cpp"), 1, f"has no tests/unit/{name}_test.cpp"
    for name in sorted(excused.keys() & tests):
        yield Path("tests/tidy/untested.txt"), excused[name], f"{name} has a test"
    for name in sorted(excused.keys() - sources):
        yield Path("tests/tidy/untested.txt"), excused[name], f"{name} is no source"


def read_excuses(text):
    """Name -> line of `name: reason`."""
    excused = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, colon, reason = line.partition(":")
        if colon and reason.strip() and not line.startswith("#"):
            excused[name.strip()] = number
    return excused
