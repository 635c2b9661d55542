"""Each check of tidy finds what it is for, and nothing in what is right."""

import unittest
from pathlib import Path

import attacks
import layout
import names
import pages
import requirements
import tidy
import walks
from sources import code_of, functions_of

LONG_BODY = "\n" * 70


def faults(check, name, text):
    return [what for _, _, what in check(Path(name), text)]


class FirstLine(unittest.TestCase):
    def test_is_a_comment_or_the_own_header(self):
        right = [
            ("include/turnpike/turn/a.hpp", "// What it is.\n#pragma once\n"),
            ("src/turn/a.cpp", '#include "turnpike/turn/a.hpp"\n'),
            ("scripts/x", "#!/bin/sh\n# What it does.\n"),
            ("scripts/y", '#!/usr/bin/env python3\n"""What it does."""\n'),
            ("tests/x.py", '"""What it tests."""\n'),
            ("CMakeLists.txt", "# What it builds.\n"),
            ("tests/vectors/x.hex", "00\n"),
        ]
        wrong = [
            ("include/turnpike/turn/a.hpp", "#pragma once\n// What it is.\n"),
            ("src/turn/a.cpp", '#include "turnpike/turn/b.hpp"\n'),
            ("src/turn/a.cpp", "// Short.\n"),
            ("src/turn/a.cpp", ""),
            ("scripts/x", "#!/bin/sh\nset -e\n"),
            ("tests/x.py", "import os\n"),
        ]
        for name, text in right:
            self.assertEqual(faults(tidy.check_first_line, name, text), [], (name, text))
        for name, text in wrong:
            self.assertEqual(len(faults(tidy.check_first_line, name, text)), 1, (name, text))


class Words(unittest.TestCase):
    def test_unfinished_work_and_machine_paths_are_found(self):
        for text in ["// TO" "DO: later", "// FIX" "ME", "// HA" "CK", "see /wo" "rk/x", "/ro" "ot/x", "/ho" "me/me/x"]:
            self.assertEqual(len(faults(tidy.check_words, "src/a.cpp", text)), 1, text)
        for text in ["// autodoc", "XXXXXX", "framework/x", "https://example.org/home/me/x"]:
            self.assertEqual(faults(tidy.check_words, "src/a.cpp", text), [], text)


class Sizes(unittest.TestCase):
    def test_long_files_and_functions_are_found(self):
        cases = [
            ("a.cpp", "// x\n" * 600, 0),
            ("a.cpp", "// x\n" * 601, 1),
            ("a.cpp", "void f() {" + "\n" * 69 + "}", 0),
            ("a.cpp", "void f() {" + LONG_BODY + "}", 1),
            ("a.py", "def f():\n" + "    x = 1\n" * 70, 1),
            ("a.py", "def f():\n" + "    x = 1\n" * 69, 0),
            ("a.go", "func f() {" + LONG_BODY + "}\n", 1),
        ]
        for name, text, count in cases:
            self.assertEqual(len(faults(tidy.check_sizes, name, text)), count, text[:20])


class Functions(unittest.TestCase):
    def lines(self, text):
        return functions_of(code_of(text))

    def test_are_found_in_any_scope(self):
        text = "namespace a {\nclass B : C {\n public:\n  void f() const\n  {\n  }\n};\nint g(int x) { return x; }\n}\n"
        self.assertEqual(self.lines(text), [(4, 6), (8, 8)])

    def test_are_taken_whole(self):
        text = "X::X(int a) : a_{a}, b_(f({1})) {\n  if (a) {\n  }\n  auto l = [] { };\n}\nvoid g() {\n}\n"
        self.assertEqual(self.lines(text), [(1, 5), (6, 7)])

    def test_are_not_seen_in_types_values_comments_and_text(self):
        text = 'struct A {\n  int x;\n};\nint b[] = {1, 2};\n// f() {\nconst char* c = "f() {";\nchar d = \'{\';\nauto r = R"(f() {)";\n'
        self.assertEqual(self.lines(text), [])

    def test_macros_do_not_hide_them(self):
        self.assertEqual(self.lines("#define F(x) { \\\n  x\nvoid f() {\n}\n"), [(3, 4)])


class Layout(unittest.TestCase):
    def test_imports_go_downwards(self):
        cases = [
            ("src/turn/a.cpp", '#include "turnpike/stun/b.hpp"\n', 0),
            ("src/turn/a.cpp", '#include "turnpike/auth/b.hpp"\n', 1),
            ("include/turnpike/net/a.hpp", '#include "turnpike/turn/b.hpp"\n', 1),
            ("src/turn/a.cpp", '#include "turnpike/relay/route.hpp"\n', 0),
            ("src/relay/a.cpp", '#include "turnpike/turn/server.hpp"\n', 1),
            ("src/main.cpp", '#include "turnpike/app/cli.hpp"\n', 0),
            ("src/other/a.cpp", "", 1),
            ("tests/unit/turn/a_test.cpp", '#include "turnpike/auth/b.hpp"\n', 0),
            ("src/turn/a.cpp", "#include <sys/socket.h>\n", 1),
            ("src/auth/a.cpp", "#include <boost/asio.hpp>\n", 1),
            ("src/client/a.cpp", "#include <openssl/ssl.h>\n", 1),
            ("src/auth/a.cpp", "#include <openssl/hmac.h>\n", 0),
            ("src/base/endpoint.cpp", "#include <arpa/inet.h>\n", 0),
            ("src/net/a.cpp", "#include <sys/socket.h>\n", 0),
        ]
        for name, text, count in cases:
            self.assertEqual(len(faults(layout.check_imports, name, text)), count, (name, text))

    def test_the_core_asks_neither_clock_nor_chance(self):
        refused = ["std::chrono::steady_clock::now()", "clock_gettime(x)", "time(nullptr)", "std::random_device d", "RAND_bytes(p, 1)"]
        for text in refused:
            self.assertEqual(len(faults(layout.check_purity, "src/turn/a.cpp", text)), 1, text)
            self.assertEqual(faults(layout.check_purity, "src/net/a.cpp", text), [], text)
        for text in ["life_time(x)", "a.time()", "// time(nullptr)", 'f("time(0)")', "CRYPTO_memcmp(a, b, 1)"]:
            self.assertEqual(faults(layout.check_purity, "src/turn/a.cpp", text), [], text)
        self.assertEqual(len(faults(layout.check_purity, "src/turn/a.cpp", "std::memcmp(a, b, 1)")), 1)

    def test_sources_have_a_header_or_are_parts(self):
        def twins(*names):
            return len(list(layout.check_twins([Path(name) for name in names])))

        self.assertEqual(twins("include/turnpike/turn/a.hpp", "src/turn/a.cpp", "src/turn/a_part.cpp", "src/main.cpp"), 0)
        self.assertEqual(twins("include/turnpike/turn/a.hpp"), 0)
        self.assertEqual(twins("src/turn/a.cpp"), 1)
        self.assertEqual(twins("include/turnpike/turn/a.hpp", "src/turn/a.cpp", "src/net/a_part.cpp"), 1)

    def test_what_joins_the_others_stays_small(self):
        def faults_of(count):
            return len(list(layout.check_drawers([Path(f"src/app/a{number}.cpp") for number in range(count)])))

        self.assertEqual(faults_of(12), 0)
        self.assertEqual(faults_of(13), 1)

    def test_own_headers_come_first(self):
        header, source = Path("include/turnpike/turn/a.hpp"), Path("src/turn/a.cpp")
        cases = [
            ('// Why.\n#include "turnpike/turn/a.hpp"\n#include <map>\n', 0),
            ('#include <map>\n#include "turnpike/turn/a.hpp"\n', 1),
            ("// Nothing.\n", 1),
        ]
        for text, count in cases:
            found = list(layout.check_own_header_first([header, source], lambda path: text))
            self.assertEqual(len(found), count, text)
        self.assertEqual(list(layout.check_own_header_first([source], lambda path: "#include <map>\n")), [])

    def test_sources_have_tests_or_excuses_that_hold(self):
        def untested(names, excuses):
            return len(list(layout.check_tested([Path(name) for name in names], layout.read_excuses(excuses))))

        source, test = "src/turn/a.cpp", "tests/unit/turn/a_test.cpp"
        self.assertEqual(untested([source, test], ""), 0)
        self.assertEqual(untested([source], ""), 1)
        self.assertEqual(untested([source], "# list\nturn/a: a value\n"), 0)
        self.assertEqual(untested([source], "turn/a:\n"), 1)
        self.assertEqual(untested([source, test], "turn/a: a value"), 1)
        self.assertEqual(untested([], "turn/a: a value"), 1)


class Pages(unittest.TestCase):
    keys = {"relay.ports", "relay.external", "realm", "fleet.redis.url"}
    page = Path("docs/a.md")

    def faults(self, check, text, *arguments):
        return [what for _, _, what in check(self.page, text, *arguments)]

    def test_links_lead_to_files_and_headings(self):
        known = {Path(name) for name in ("docs", "docs/a.md", "docs/b.md", "conf", "conf/x.yaml")}
        texts = {Path("docs/a.md"): "# Here it is", Path("docs/b.md"): "# One `two`: three\n## Again\n## Again\n```sh\n# No heading\n```\n"}
        right = ["b.md", "../conf", "../conf/x.yaml", "b.md#one-two-three", "b.md#again-1", "#here-it-is", "https://example.org/x", "mailto:a@example.org"]
        for target in right:
            self.assertEqual(self.faults(pages.check_links, f"[a]({target})", known, texts.get), [], target)
        for target in ["c.md", "conf", "../conf/y.yaml", "b.md#no-heading", "b.md#again-2", "#there", "../../docs/b.md"]:
            self.assertEqual(len(self.faults(pages.check_links, f"see [a]({target})", known, texts.get)), 1, target)
        self.assertEqual(self.faults(pages.check_links, "```text\n[a](c.md)\n```\n", known, texts.get), [])

    def test_named_files_are_there(self):
        known = {Path("scripts/run"), Path("conf/x.yaml")}
        for code in ["scripts/run --once", "conf/x.yaml", "/etc/conf/y.yaml", "https://example.org/docs/x", "scripts/*"]:
            self.assertEqual(self.faults(pages.check_named_files, f"`{code}`", known), [], code)
        for code in ["scripts/rnu", "cp conf/y.yaml x"]:
            self.assertEqual(len(self.faults(pages.check_named_files, f"`{code}`", known)), 1, code)

    def test_keys_and_variables_are_known(self):
        for code in ["relay.ports", "relay.ports: 1-2", "--relay.ports 1-2", "rtc.node_ip", "fleet.redis", "relay.md", "TURNPIKE_RELAY_PORTS", "TURNPIKE_USER"]:
            self.assertEqual(self.faults(pages.check_keys, f"`{code}`", self.keys, {"user"}), [], code)
        for code in ["relay.port", "relay.port: 1-2", "fleet.redis.uri", "TURNPIKE_RELAY_PORT"]:
            self.assertEqual(len(self.faults(pages.check_keys, f"`{code}`", self.keys, {"user"})), 1, code)

    def test_keys_are_those_of_the_table(self):
        table = 'f("not.a.key", "x");\nconst kKeys = {\n    key<&C::a>("a.b", "N",\n      "help"),\n    {"c.d",\n "N",\n "help"}, key<&C::e>(\n        "e", "N", "help")};'
        self.assertEqual(pages.keys_of(table), {"a.b", "c.d", "e"})
        self.assertEqual(pages.sections_of({"a.b.c", "d"}), {"a", "a.b"})

    def test_commands_and_options_are_known(self):
        sources = ['add_command(\n app, "check", "x"); add(app, "log-level", "y"); add_option("-c,--config", a);', 'add_option_function<std::string>(\n  "--peer", b); add_flag("--json", c)']
        commands, flags = pages.commands_of(sources)
        self.assertEqual(commands, {"check", "log-level"})
        self.assertLessEqual({"--config", "--peer", "--json", "--help"}, flags)
        for code in ["turnpike check --config x", "turnpike --config=x", "sudo turnpike check", "turnpike check | grep --color x"]:
            self.assertEqual(self.faults(pages.check_calls, f"`{code}`", commands, flags), [], code)
        for code in ["turnpike chekc", "turnpike check --jsn", "/usr/bin/turnpike check --conf x"]:
            self.assertEqual(len(self.faults(pages.check_calls, f"`{code}`", commands, flags)), 1, code)
        self.assertEqual(len(self.faults(pages.check_calls, "```sh\nturnpike chekc\n```\n", commands, flags)), 1)

    def test_long_lines_of_prose_are_found(self):
        long = "x" * 101
        self.assertEqual(len(self.faults(pages.check_width, long)), 1)
        for text in [long[1:], f"| {long} |", f"```text\n{long}\n```\n", f"# {long}"]:
            self.assertEqual(self.faults(pages.check_width, text), [], text)

    def test_the_version_is_the_one_that_was_released_last(self):
        texts = {"CMakeLists.txt": "project(turnpike VERSION 0.2.0 LANGUAGES CXX)\n", "docs/operating.md": "turnpike 0.2.0: ready\n"}
        texts |= {"docs/livekit.md": "", "CHANGELOG.md": "# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-12-01\n\n### Added\n"}

        def count(**other):
            changed = texts | {name.replace("__", ".").replace("_", "/"): text for name, text in other.items()}
            return len(list(pages.check_version(lambda path: changed[str(path)])))

        self.assertEqual(count(), 0)
        self.assertEqual(count(docs_operating__md="turnpike 0.1.0: ready\n"), 1)
        self.assertEqual(count(docs_livekit__md='newTag: "0.1.9"\n'), 1)
        for text in ["## 0.2.0 - 2026-12-01\n", "## Unreleased\n\n## 0.1.0 - 2026-12-01\n", "## Unreleased\n", "## Unreleased\n\n## 0.2.0\n"]:
            self.assertEqual(count(CHANGELOG__md=text), 1, text)

    def test_blocks_without_a_fence_are_found(self):
        self.assertEqual(len(self.faults(pages.check_fences, "a\n\n    realm: x\n    y\n\nb\n")), 1)
        for text in ["```sh\n\n    a\n```\n", "- a\n  b\n", "a\n    b\n"]:
            self.assertEqual(self.faults(pages.check_fences, text), [], text)

    def test_blocks_have_their_info_and_lose_the_indent_of_a_list(self):
        text = "1. a\n\n   ```yaml turnpike.yaml\n   realm: x\n     y\n   ```\n\n```sh\na\n```\n"
        self.assertEqual(pages.blocks_of(text), [(3, "yaml turnpike.yaml", "realm: x\n  y\n"), (8, "sh", "a\n")])

    def test_each_cause_has_its_row(self):
        sources = {Path(source): f'{name} = {{"a", "b"}};' for source, name in pages.CAUSES.values()}
        sources[Path("src/kernel/layout.h")] = "#define TURNPIKE_EVENTS(X) \\\n  X(a) \\\n  X(b)\n"
        text_of = lambda path: sources[Path(path)]  # noqa: E731
        table = "| cause | x |\n| --- | --- |\n| `a` | x |\n| `b` | x |\n\n"
        whole = "".join(f"## {heading}\n\n{table}" for heading in pages.CAUSES)
        self.assertEqual(list(pages.check_errors(whole, text_of)), [])
        self.assertEqual(len(list(pages.check_errors(whole.replace("| `b` | x |\n", "", 1), text_of))), 1)
        self.assertEqual(len(list(pages.check_errors(whole.replace("`b`", "`c`", 1), text_of))), 2)
        self.assertEqual(len(list(pages.check_errors(whole, lambda path: ""))), 3 * len(pages.CAUSES))

    def test_a_list_of_causes_may_have_rows(self):
        text = 'kOther = {"x"}; kRows = {\n  {Cause::a, "a", "in words"},\n  {Cause::b, "b", "more"},\n};'
        self.assertEqual(pages.strings_of_list(text, "kRows"), ["a", "b"])
        self.assertEqual(pages.strings_of_list('kNames[kA] = {"x"}; kNames[kB] = {"y", "z z"};', "kNames[kB]"), ["y", "z z"])

    def test_a_list_of_causes_is_not_forgotten(self):
        def text(path):
            return "// As the log and documentation call it.\n"

        listed = [Path("include/turnpike/path/admission.hpp"), Path("include/turnpike/net/inherited.hpp")]
        self.assertEqual(list(pages.check_cause_lists(listed, text)), [])
        self.assertEqual(len(list(pages.check_cause_lists([Path("include/turnpike/path/new.hpp")], text))), 1)

    def test_each_option_of_coturn_has_its_row(self):
        source = 'kOptions[] = {\n {"min-port", "the first of relay.ports, \\"x\\"", CoturnRole::first_port},\n {"daemon",\n "not there"},\n};'
        page = '| coturn | here | imported |\n| --- | --- | --- |\n| `min-port` | the first of `relay.ports`, "x" | yes |\n| `daemon` | not there | no |\n'
        self.assertEqual(list(pages.check_coturn(page, source, self.keys)), [])
        self.assertEqual(len(list(pages.check_coturn(page.replace("| `daemon` | not there | no |\n", ""), source, self.keys))), 1)
        self.assertEqual(len(list(pages.check_coturn(page.replace("yes", "no"), source, self.keys))), 2)


TABLE_HEAD = "# about\nid\tlevel\tsource\trule\n"
ROWS = """FRM-03\tM\tRFC 8489 5\tA message has two topmost bits of zero.
FRM-04\tC\tRFC 8489 5\tA datagram that is longer than its message is dropped.
FRM-05\tO\tRFC 8489 8\tA port serves plain and secured clients at once.
T6062-01\tM\tRFC 6062 5.1\tA client over TCP can get a relay for TCP.
"""


class Walks(unittest.TestCase):
    SOURCES = {
        Path("src/a/b.cpp"): "void B::go(int x) {\n  if (other(x)) return;\n}\nboost::system::error_code\nmake(int) {}\n",
        Path("include/turnpike/a/b.hpp"): "class B {\n  void inside() { return called(); }\n  int x = guessed();\n};\n",
    }

    def faults(self, step):
        text_of = lambda path: self.SOURCES[path]  # noqa: E731
        return [what for *_, what in walks.check(Path("ARCHITECTURE.md"), f"1. `{step}`\n", text_of, set(self.SOURCES))]

    def test_a_step_is_a_function_of_its_file(self):
        for step in ["src/a/b.cpp:go", "src/a/b.cpp:make", "include/turnpike/a/b.hpp:inside"]:
            self.assertEqual(self.faults(step), [], step)
        for step in ["src/a/b.cpp:other", "src/a/b.cpp:o", "src/a/c.cpp:go", "include/turnpike/a/b.hpp:called", "include/turnpike/a/b.hpp:guessed"]:
            self.assertEqual(len(self.faults(step)), 1, step)


class TableOfRequirements(unittest.TestCase):
    def faults(self, *lines):
        return [what for _, _, what in requirements.check_table(TABLE_HEAD + "\n".join(lines) + "\n")]

    def row(self, name="FRM-01", level="M", source="RFC 8489 5", rule="A message has two topmost bits of zero."):
        return f"{name}\t{level}\t{source}\t{rule}"

    def test_a_row_has_a_source_and_a_sentence(self):
        self.assertEqual(self.faults(self.row()), [])
        wrong = [
            self.row(level="X"),
            self.row(level="-"),
            self.row(name="FRM01"),
            self.row(source=""),
            self.row(source="8489 5"),
            self.row(source="RFC 8489 5,RFC 8656 5"),
            self.row(source="section 5"),
            self.row(source="chosen, RFC"),
            self.row(rule=""),
            self.row(rule="A message has two topmost bits of zero"),
            self.row(rule="a message has two topmost bits of zero."),
            self.row(rule="Two topmost zeros."),
            self.row(rule="A message has two topmost zeros. Others are dropped."),
            self.row() + "\tmore",
            "FRM-01\tM\tRFC 8489 5",
        ]
        for line in wrong:
            self.assertEqual(len(self.faults(line)), 1, line)

    def test_a_source_is_a_section_a_step_another_text_or_chosen(self):
        for source in [
            "RFC 8489 6.3.1.2",
            "RFC 8489 B.1",
            "RFC 9443",
            "RFC 8656 7.2 (5)",
            "RFC 8656 7.2 (5), RFC 6062 5.1",
            "PROXY protocol 2.2",
            "draft-uberti-behave-turn-rest-00 2.2",
            "chosen",
        ]:
            self.assertEqual(self.faults(self.row(source=source)), [], source)

    def test_nothing_stands_there_twice(self):
        other = "A message of an unknown method gets no answer."
        self.assertEqual(self.faults(self.row(), self.row(name="FRM-02", rule=other)), [])
        self.assertEqual(len(self.faults(self.row(), self.row(name="FRM-02"))), 1)
        self.assertEqual(len(self.faults(self.row(), self.row(rule=other))), 1)

    def test_rows_are_in_the_order_of_the_rfcs(self):
        sources = ["RFC 8489 6.3", "RFC 8489 14.9", "RFC 8489 14.10", "RFC 8656 7.2", "RFC 8656 7.2 (2)", "RFC 8656 7.2 (10)", "RFC 5780 6"]
        sources += ["RFC 8016 3", "PROXY protocol 2", "chosen"]
        rows = [self.row(f"FRM-{i:02}", "M", source, f"This is the rule of number {i}.") for i, source in enumerate(sources)]
        self.assertEqual(self.faults(*rows), [])
        for i in range(len(rows) - 1):
            swapped = [*rows[:i], rows[i + 1], rows[i], *rows[i + 2 :]]
            self.assertEqual(len(self.faults(*swapped)), 1, sources[i])


class Requirements(unittest.TestCase):
    rows = requirements.read_table(TABLE_HEAD + ROWS)

    def check(self, named, excuses=""):
        return len(list(requirements.check(self.rows, named, requirements.read_excuses(excuses))))

    def test_every_must_and_every_choice_is_named_or_excused(self):
        self.assertEqual(self.check({"FRM-03", "FRM-04", "T6062-01"}), 0)
        self.assertEqual(self.check({"FRM-03", "T6062-01"}), 1)
        self.assertEqual(self.check({"FRM-04", "T6062-01"}), 1)
        self.assertEqual(self.check(set()), 3)
        self.assertEqual(self.check({"T6062-01"}, "- `FRM-03`: nobody can see it\n- `FRM-04`: nor this\n"), 0)
        self.assertEqual(self.check({"FRM-04"}, "- `T6062-01`, `FRM-03`: nobody can see it\n"), 0)
        self.assertEqual(self.check({"FRM-03", "FRM-04"}, "- `T6062-*`: not built\n"), 0)
        self.assertEqual(self.check({"T6062-01", "FRM-04"}, "- `FRM-03`:\n"), 1)

    def test_excuses_must_hold(self):
        named = {"FRM-03", "FRM-04", "T6062-01"}
        self.assertEqual(self.check(named, "- `FRM-03`: nobody can see it\n"), 1)
        self.assertEqual(self.check(named, "- `FRM-99`: nobody can see it\n"), 1)
        self.assertEqual(self.check(named, "- `T6062-*`: not built\n"), 1)
        self.assertEqual(self.check(named, "- `MOB-*`: not built\n"), 1)
        self.assertEqual(self.check(named, "- `FRM-05`: nobody can see it\n"), 0)

    def test_code_cites_the_rfc_and_no_id(self):
        groups = {row.group for row in self.rows}

        def found(name, text):
            return len(list(requirements.check_code(Path(name), text, groups)))

        for text in ["// Dropped (FRM-03).", "// FRM-03, FRM-04", "// (FRM-03, -04)", "x;  // T6062-01", "FRM_03"]:
            self.assertGreater(found("src/turn/a.cpp", text), 0, text)
            self.assertGreater(found("include/turnpike/turn/a.hpp", text), 0, text)
            self.assertEqual(found("tests/rfc/a_test.cpp", text), 0, text)
        for text in ["// RFC 8489 5", "// XFRM-03", "// FRM-3", "// FRM-0312", "kT6062_01"]:
            self.assertEqual(found("src/turn/a.cpp", text), 0, text)

    def test_names_are_whole_words_of_identifiers(self):
        names = ["AUTH-01", "OAUTH-01", "AUTH-010", "T6062-01"]
        cases = [
            ("TEST(Auth, AUTH_01_and_T6062_01_hold)", {"AUTH-01", "T6062-01"}),
            ("def test_OAUTH_01_x", {"OAUTH-01"}),
            ("AUTH_010", {"AUTH-010"}),
            ("AUTH_0, AUTH-01, xAUTH_01, AUTH_01x", set()),
        ]
        for text, found in cases:
            self.assertEqual(requirements.named_in([text], names), found, text)

    def test_the_report_has_what_is_missing_and_what_it_says(self):
        excused = requirements.read_excuses("- `T6062-*`: not built\n")
        expected = [
            "C FRM-04 (RFC 8489 5): A datagram that is longer than its message is dropped.",
            "O FRM-05 (RFC 8489 8): A port serves plain and secured clients at once.",
        ]
        self.assertEqual(list(requirements.missing(self.rows, {"FRM-03"}, excused)), expected)
        lines = list(requirements.summary(self.rows, {"FRM-03"}, excused))
        self.assertIn("1/1", lines[1])
        self.assertRegex(lines[2], r"^T6062 +0/1 +1 ")


class NamesOfTests(unittest.TestCase):
    def test_are_found_in_cpp_and_python(self):
        cpp = "// Why.\nTEST(A, one) {}\nTEST_F(A,\n       two_X_01) {}\nTEST_P(A, three) {}\nATEST(A, four)\n"
        self.assertEqual([(line, name) for _, line, name in names.names_in(Path("a.cpp"), cpp)], [(2, "one"), (4, "two_X_01"), (5, "three")])
        python = "def test_one():\n    pass\n\n\nclass A:\n    async def test_two(self):\n        test_three()\n"
        self.assertEqual([(line, name) for _, line, name in names.names_in(Path("a.py"), python)], [(1, "test_one"), (6, "test_two")])

    def test_begin_with_a_sentence(self):
        def found(name):
            return len(list(names.check_order([(Path("a.cpp"), 1, name)], {"FRM", "TURN-ALLOC"})))

        for name in ["FRM_01_it_is", "test_FRM_01_it_is", "TURN_ALLOC_02_it_is", "S4_it_is", "FRM_01", "S12_FRM_01_it_is"]:
            self.assertEqual(found(name), 1, name)
        for name in ["it_is_FRM_01", "test_it_is_S4", "S4ever", "FRM_is_first", "FRM_012", "SEC_01_it_is"]:
            self.assertEqual(found(name), 0, name)


class Attacks(unittest.TestCase):
    HEAD = "# about\nid\tsource\trule\n"
    ROW = "S4\tcoturn CVE-2020-4067\tEvery padding byte that leaves is zero.\n"

    def test_rows_have_an_id_a_source_and_a_sentence_and_are_in_order(self):
        other = "S12\tcoturn #1946, 0123abcd\tListeners of the server are no peers.\n"
        cases = [
            (self.ROW + other, 0),
            (other + self.ROW, 1),
            (self.ROW + self.ROW, 1),
            (self.ROW.replace("S4", "X4"), 1),
            (self.ROW.replace("coturn ", ""), 1),
            (self.ROW.replace("zero.", "zero"), 1),
            (self.ROW.replace("\tEvery", " Every"), 1),
        ]
        for text, count in cases:
            self.assertEqual(len(list(attacks.check_table(self.HEAD + text))), count, text)

    def test_ids_in_names_are_in_the_table_and_have_tests(self):
        def found(*test_names):
            return len(list(attacks.check_named(self.HEAD + self.ROW, [(Path("a.cpp"), 1, name) for name in test_names])))

        self.assertEqual(found("padding_is_zero_S4"), 0)
        self.assertEqual(found("padding_is_zero"), 1)
        self.assertEqual(found("padding_is_zero_S4", "another_S5"), 1)
        self.assertEqual(found("padding_is_zero_S4", "another_S5_S6"), 2)
        self.assertEqual(found("padding_is_zero_S4", "XS5_S512_S5x"), 0)


if __name__ == "__main__":
    unittest.main()
