"""Pages of the documentation: links that lead somewhere, keys and options that there are, and a row for each thing that has one."""

import os
import re
from pathlib import Path

from sources import line_at

ERRORS, COTURN = Path("docs/errors.md"), Path("docs/from-coturn.md")
CHANGELOG, OPERATING, LIVEKIT = Path("CHANGELOG.md"), Path("docs/operating.md"), Path("docs/livekit.md")
KEYS, COTURN_OPTIONS, EVENTS = "src/config/keys.cpp", "src/config/coturn_options.cpp", "src/log/event.cpp"
PROSE_MAX = 100
PAGES_OF_ROOT = {Path(name) for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md")}

# Each list of causes: its heading on the page of errors, its source and what it is called there.
CAUSES = {
    "Requests that are refused": ("src/turn/cause.cpp", "kRows"),
    "Allocations that end": ("src/turn/effect.cpp", "names"),
    "Packets that are dropped": ("src/relay/drop_reason.cpp", "kNames"),
    "Connections that are refused": ("src/path/admission.cpp", "kNames"),
    "Connections that are closed": ("src/path/connection.cpp", "kNames"),
    "TLS handshakes that fail": ("src/net/handshake_failure.cpp", "kNames"),
    "PROXY headers that are refused": ("src/path/newcomers.cpp", "kNames"),
    "Servers behind port 443 that fail": ("src/http/upstreams.cpp", "kNames"),
    "ACME challenges without an answer": ("src/web/challenge_folder.cpp", "kNames"),
    "Webhooks that are refused": ("src/livekit/webhook.cpp", "kNames"),
    "Access tokens that are refused": ("src/livekit/access_token.cpp", "kTexts"),
    "Channels that the sockets relay": ("src/kernel/flow_admissions.cpp", "kNames"),
    "Packets that the kernel passes on": ("src/kernel/layout.h", "TURNPIKE_EVENTS"),
    "A fleet's Redis that is away": ("src/redis/failure.cpp", "kEntries"),
    "Records of a fleet that are refused": ("src/fleet/seal.cpp", "kNames[kRecordFaults]"),
    "A server that is not ready": ("include/turnpike/metrics/figures.hpp", "kObstacles"),
}
# Names of causes that no running server tells.
UNTOLD = {"src/net/inherited.cpp"}
NO_CAUSES = {"none"}

FENCE = re.compile(r"^(?P<indent> *)(?P<mark>```+)(?P<info>[^\n`]*)\n(?P<body>.*?)^ *(?P=mark) *$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:(?<=\n\n)|\A)(?: {4}[^\n]*\n|\n(?= {4}))+")
SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.*?) *$", re.MULTILINE)
NAMED_FILE = re.compile(r"(?:conf|docs|scripts|systemd|bench|tests|packaging)/[\w./-]+")
FLAG = re.compile(r"(?<![\w-])--[a-z][\w.-]*")
IS_CALL = re.compile(r"\s*(?:[$#] |sudo |[\w./]*/)?turnpike ")
ENDS_OF_FILES = (".yaml", ".yml", ".md", ".conf", ".json", ".service", ".cpp", ".hpp", ".h", ".py", ".org", ".sh", ".pem", ".key", ".crt", ".sock", ".log")


def blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def prose_of(text):
    """The page with its blocks of code blanked, line by line."""
    return INDENTED.sub(blank, FENCE.sub(blank, text))


def blocks_of(text):
    """(line, info string, text) of each fenced block; what stands there may be indented as a list is."""
    found = FENCE.finditer(text)
    return [(line_at(text, each.start()), each["info"].strip(), re.sub(f"^{each['indent']}", "", each["body"], flags=re.MULTILINE)) for each in found]


def code_of_page(text):
    """(line, text) of each span, and of each line of each block."""
    prose = prose_of(text)
    found = [(line_at(prose, match.start()), match[1]) for match in SPAN.finditer(prose)]
    found += [(number, line) for number, (line, left) in enumerate(zip(text.splitlines(), prose.splitlines()), 1) if line != left]
    return sorted(found)


def slug(heading):
    """As GitHub makes anchors of headings."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
    return re.sub(r" ", "-", re.sub(r"[^\w\- ]", "", plain))


def anchors_of(text):
    seen, anchors = {}, set()
    for heading in HEADING.findall(prose_of(text)):
        name = slug(heading)
        anchors.add(f"{name}-{seen[name]}" if name in seen else name)
        seen[name] = seen.get(name, 0) + 1
    return anchors


def check_links(path, text, known, text_of):
    """`known` has files and folders."""
    prose = prose_of(text)
    for match in LINK.finditer(prose):
        target, line = match[1], line_at(prose, match.start())
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = Path(os.path.normpath(path.parent / name)) if name else path
        if place not in known:
            yield path, line, f"{target}: leads nowhere"
        elif anchor and place.suffix == ".md" and anchor not in anchors_of(text_of(place)):
            yield path, line, f"{target}: the page has no such heading"


def check_named_files(path, text, known):
    for line, code in code_of_page(text):
        for match in NAMED_FILE.finditer(code):
            name = match.group().rstrip("./")
            before = code[: match.start()]
            if not re.search(r"[\w./:~-]$", before) and Path(name) not in known and "*" not in code[match.end() : match.end() + 1]:
                yield path, line, f"{name}: there is no such file"


def strings_of_list(text, name):
    """The strings of the array that is called so, of rows {Cause::x, "x", ...} the first; or the words of a list of X(word)."""
    macro = re.search(rf"#define {name}\(X\)((?:[^\n]*\\\n)*[^\n]*)", text)
    if macro:
        return re.findall(r"X\((\w+)\)", macro[1])
    body = re.search(rf"\b{re.escape(name)}(?!\w)[^=;{{]*(?:= ?)?\{{(.*?)\}};", text, re.DOTALL)
    listed = body[1] if body else ""
    return re.findall(r'\{\w+::\w+, "([^"]+)"', listed) or re.findall(r'"([^"]+)"', listed)


def keys_of(text):
    """The keys of the configuration, of the text of their table."""
    table = text[text.index("kKeys") :] if "kKeys" in text else ""
    return set(re.findall(r'(?:\(|\{|^\s*)\s*"([a-z_]+(?:\.[a-z_0-9]+)*)",\s*"', table, re.MULTILINE))


def sections_of(keys):
    return {key.rsplit(".", depth)[0] for key in keys for depth in range(1, key.count(".") + 1)}


def check_keys(path, text, keys, fields):
    """Keys in spans, and variables of the environment; the journal's fields look like these."""
    sections = sections_of(keys)
    variables = {"TURNPIKE_" + key.upper().replace(".", "_") for key in keys} | {"TURNPIKE_" + field.upper() for field in fields}
    for line, code in code_of_page(text):
        key = re.match(r"(?:--)?([a-z_]+(?:\.[a-z_0-9]+)+)(?=$|[ :=])", code)
        if key and key[1].split(".")[0] in sections and not key[1].endswith(ENDS_OF_FILES) and key[1] not in keys | sections:
            yield path, line, f"{key[1]}: there is no such key"
        for variable in re.findall(r"\bTURNPIKE_[A-Z0-9_]+\b", code):
            if variable not in variables | {"TURNPIKE_EVENT", "TURNPIKE_PROBE_PASSWORD"}:
                yield path, line, f"{variable}: there is no such variable"


def commands_of(texts):
    """Names of commands and options of the program, of the sources that add them."""
    code = "\n".join(texts)
    commands = set(re.findall(r'\badd(?:_command)?\(\s*app,\s*"([a-z-]+)"', code))
    flags = {flag for names in re.findall(r'\badd_(?:option|flag|key)\w*(?:<[^>]*>)?\(\s*(?:\w+,\s*)?"([^"]+)"', code) for flag in FLAG.findall(names)}
    return commands, flags | {"--help", "--help-all", "--version"}


def calls_of_program(code):
    """(command or None, flags) of each call of turnpike in a line."""
    for match in re.finditer(r"(?:^|(?<=[\s;|&(\[/]))turnpike(?= [a-z-])([^|;&#\n]*)", code.replace("`", " ")):
        words = match[1].split()
        command = words[0] if words and not words[0].startswith("-") else None
        yield command, [flag.partition("=")[0] for flag in FLAG.findall(match[1])]


def check_calls(path, text, commands, flags):
    """Only what stands as a command: in spans from their beginning, in blocks anywhere in a line without a colon before."""
    for line, code in code_of_page(text):
        if not IS_CALL.match(code):
            continue
        for command, given in calls_of_program(code):
            if command is not None and command not in commands:
                yield path, line, f"turnpike {command}: there is no such command"
            for flag in given:
                if flag not in flags:
                    yield path, line, f"{flag}: there is no such option"


def check_width(path, text):
    for number, line in enumerate(prose_of(text).splitlines(), 1):
        if len(line.rstrip()) > PROSE_MAX and not line.startswith(("|", "#", "!", "<!--")):
            yield path, number, f"a line of {len(line.rstrip())} characters, more than {PROSE_MAX}"


def check_version(text_of):
    """The version of the program is the newest that the changelog has released, and what pages show is of that version."""
    (version,) = re.findall(r"^project\(turnpike VERSION ([\d.]+)", text_of("CMakeLists.txt"), re.MULTILINE)
    headings = [heading for heading in HEADING.findall(text_of(CHANGELOG)) if re.match(r"Unreleased$|\d", heading)]
    if headings[:1] != ["Unreleased"] or not re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d\d-\d\d", (headings + ["", ""])[1]):
        yield CHANGELOG, 1, f"has not first Unreleased and then {version} with its day"
    for page in (OPERATING, LIVEKIT):
        for shown in re.findall(r"(?:turnpike |newTag: \")(\d+\.\d+\.\d+)", text_of(page)):
            if shown != version:
                yield page, 1, f"shows version {shown}, and the program is {version}"


def check_fences(path, text):
    """A block of the documentation says what it is, so that a test can find it."""
    unfenced = FENCE.sub(blank, text)
    for match in INDENTED.finditer(unfenced):
        if match.group().strip():
            yield path, line_at(unfenced, match.start()), "an indented block: a fence says what it is"


def tables_of(text):
    """Heading -> rows of the tables below it, without their heads; each row a list of cells."""
    found, heading, is_body = {}, "", False
    for line in FENCE.sub(blank, text).splitlines():
        if line.startswith("#"):
            heading, is_body = line.lstrip("# ").strip(), False
        elif re.match(r"\|(?: ?:?-+:? ?\|)+$", line):
            is_body = True
        elif not line.startswith("|"):
            is_body = False
        elif is_body:
            found.setdefault(heading, []).append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return found


def check_errors(text, text_of):
    """The page of errors has a table for each list of causes, and a row for each cause."""
    tables = tables_of(text)
    for heading, (source, name) in CAUSES.items():
        expected = set(strings_of_list(text_of(source), name)) - NO_CAUSES
        if not expected:
            yield Path(source), 1, f"has no list {name} of causes"
        found = [row[0].strip("`") for row in tables.get(heading, [])]
        for cause in sorted(expected - set(found)):
            yield ERRORS, 1, f"{heading}: has no row for {cause}, which {source} has"
        for cause in sorted(set(found) - expected):
            yield ERRORS, 1, f"{heading}: has a row for {cause}, which {source} does not have"


def check_cause_lists(paths, text_of):
    """What calls itself a name of the documentation is among the lists of causes."""
    listed = {source for source, _ in CAUSES.values()} | UNTOLD
    for path in paths:
        source = str(path).replace("include/turnpike", "src").replace(".hpp", ".cpp")
        if path.suffix == ".hpp" and "documentation call it" in text_of(path) and source not in listed:
            yield path, 1, "has names of causes that are in no list of tests/tidy/pages.py"


def coturn_rows(text, keys):
    """(option, what says the same here, whether the import takes it) of each of coturn's options, keys as code."""
    table = text[text.index("kOptions[]") : text.index("};", text.index("kOptions[]"))]
    literal = r'"((?:\\.|[^"\\])*)"'
    for option, here, role in re.findall(rf"\{{{literal},\s*{literal}(?:,\s*CoturnRole::(\w+))?\}}", table):
        here = here.replace('\\"', '"')
        words = sorted(keys, key=len, reverse=True)
        here = re.sub(rf"(?<![\w.])(?:{'|'.join(map(re.escape, words))})(?![\w]|\.\w)(?:: (?:\[[^\]]*\]|\"[^\"]*\"|debug|false|true))?", lambda key: f"`{key.group()}`", here)
        yield [f"`{option}`", here, "yes" if role else "no"]


def check_coturn(text, source, keys):
    """The page has the options of coturn as the program's own table has them."""
    keys = {key for key in keys if "." in key} | {"nonce_life_s", "realm", "workers"}
    expected = list(coturn_rows(source, keys))
    found = [row for rows in tables_of(text).values() for row in rows if row[0].startswith("`") and len(row) == 3]
    for row in expected:
        if row not in found:
            yield COTURN, 1, f"has no row | {' | '.join(row)} |"
    for row in found:
        if row not in expected:
            yield COTURN, 1, f"has a row of {row[0]} that {COTURN_OPTIONS} does not have"


def is_page(path):
    return path.suffix == ".md" and (path in PAGES_OF_ROOT or path.parts[0] == "docs")


def check(paths, text_of):
    """All faults of all pages; `text_of` takes a path from the root."""
    known = set(paths) | {parent for path in paths for parent in path.parents}
    keys = keys_of(text_of(KEYS))
    fields = set(re.findall(r'"([a-z_]+)"', text_of(EVENTS)))
    commands, flags = commands_of(text_of(path) for path in paths if path.suffix == ".cpp" and path.parent in (Path("src/app"), Path("src/console")))
    flags |= {f"--{key}" for key in keys}
    for path in paths:
        if path.suffix != ".md":
            continue
        text = text_of(path)
        yield from check_links(path, text, known, text_of)
        if is_page(path):
            yield from check_named_files(path, text, known)
            yield from check_keys(path, text, keys, fields)
            yield from check_calls(path, text, commands, flags)
            yield from check_width(path, text)
        if is_page(path) and path.parent != Path("."):
            yield from check_fences(path, text)
    yield from check_width(CHANGELOG, text_of(CHANGELOG))
    yield from check_version(text_of)
    yield from check_errors(text_of(ERRORS), text_of)
    yield from check_cause_lists(paths, text_of)
    yield from check_coturn(text_of(COTURN), text_of(COTURN_OPTIONS), keys)
