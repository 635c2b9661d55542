"""Each check of tidy finds what it is for, and nothing in what is right."""

import unittest
from pathlib import Path

import layout
import requirements
import tidy
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


class Requirements(unittest.TestCase):
    rows = requirements.read_table("# about\nid\tsection\tlevel\nFRM-01\t2\tM\nFRM-02\t2\tC\nT6062-01\t18\tM\n")

    def check(self, named, excuses=""):
        return len(list(requirements.check(self.rows, named, requirements.read_excuses(excuses))))

    def test_every_must_of_the_first_sections_is_named_or_excused(self):
        self.assertEqual(self.check({"FRM-01"}), 0)
        self.assertEqual(self.check(set()), 1)
        self.assertEqual(self.check(set(), "- `FRM-01`: nobody can see it\n"), 0)
        self.assertEqual(self.check(set(), "- `FRM-02`, `FRM-01`: nobody can see it\n"), 0)
        self.assertEqual(self.check(set(), "- `FRM-01`:\n"), 1)

    def test_excuses_must_hold(self):
        self.assertEqual(self.check({"FRM-01"}, "- `FRM-01`: nobody can see it\n"), 1)
        self.assertEqual(self.check({"FRM-01"}, "- `FRM-99`: nobody can see it\n"), 1)

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

    def test_the_report_has_what_is_missing(self):
        self.assertEqual(list(requirements.missing(self.rows, {"FRM-01"}, {})), ["C  2 FRM-02", "M 18 T6062-01"])
        self.assertIn("1/1", list(requirements.summary(self.rows, {"FRM-01"}, {}))[1])


if __name__ == "__main__":
    unittest.main()
