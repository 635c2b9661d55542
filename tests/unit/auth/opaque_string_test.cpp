// OpaqueString: what is mapped, what is refused.
#include "turnpike/auth/opaque_string.hpp"

#include <gtest/gtest.h>

namespace turnpike::auth {
namespace {

using std::string_view_literals::operator""sv;

struct Case {
  const char* name;
  std::string_view input;
  std::optional<std::string_view> expected;
};

constexpr std::optional<std::string_view> kRefused = std::nullopt;

const Case kCases[] = {
    {"ASCII stays", "Aa0 ~!:%\"\\", "Aa0 ~!:%\"\\"},
    {"no-break space", "a\u00A0b", "a b"},
    {"ogham space", "a\u1680b", "a b"},
    {"en quad, whose NFC is another space", "a\u2000b", "a b"},
    {"ideographic space", "\u3000", " "},
    {"only spaces", "  ", "  "},
    {"composed by NFC", "e\u0301", "\u00E9"},
    {"composed already", "\u00E9", "\u00E9"},
    {"angstrom sign", "\u212B", "\u00C5"},
    {"no case folding", "\u00C9I\u0130\u03A3", "\u00C9I\u0130\u03A3"},
    {"no width mapping", "\uFF21\uFF71", "\uFF21\uFF71"},
    {"compatibility characters stay", "\uFB01\u00B2\u2460", "\uFB01\u00B2\u2460"},
    {"titlecase, letter numbers, enclosing marks", "\u01C5\u2160a\u20DD", "\u01C5\u2160a\u20DD"},
    {"katakana of RFC 8489 B.1", "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9",
     "\u30DE\u30C8\u30EA\u30C3\u30AF\u30B9"},
    {"symbols and emoji", "\u20AC\u221E\U0001F511", "\u20AC\u221E\U0001F511"},
    {"conjoining jamo that NFC composes", "\u1112\u1161\u11AB", "\uD55C"},
    {"joiner behind a virama", "\u0915\u094D\u200D\u0937", "\u0915\u094D\u200D\u0937"},
    {"highest planes", "\U00020000\U0002FA1D", "\U00020000\U0002A600"},

    {"empty", "", kRefused},
    {"soft hyphen of RFC 8489 B.1", "The\u00ADM\u00AAtr\u2168", kRefused},
    {"NUL", "a\0b"sv, kRefused},
    {"tab", "a\tb", kRefused},
    {"line feed", "a\n", kRefused},
    {"delete", "a\x7F", kRefused},
    {"C1 control", "a\u0085b", kRefused},
    {"line separator", "a\u2028b", kRefused},
    {"paragraph separator", "a\u2029b", kRefused},
    {"zero width space", "a\u200Bb", kRefused},
    {"byte order mark", "\uFEFFa", kRefused},
    {"right-to-left override", "a\u202Eb", kRefused},
    {"combining grapheme joiner", "a\u034Fb", kRefused},
    {"variation selector", "a\uFE0F", kRefused},
    {"hangul filler", "\u3164", kRefused},
    {"old hangul jamo alone", "\u1100", kRefused},
    {"arabic tatweel", "a\u0640", kRefused},
    {"vertical kana repeat mark", "\u3031", kRefused},
    {"joiner at the beginning", "\u200Da", kRefused},
    {"joiner behind a letter", "a\u200Db", kRefused},
    {"unassigned", "a\u0378", kRefused},
    {"noncharacter", "a\uFFFE", kRefused},
    {"private use", "a\uE000", kRefused},
    {"tag character", "a\U000E0041", kRefused},
    {"lone continuation byte", "a\x80", kRefused},
    {"cut short", "a\xC3", kRefused},
    {"overlong slash", "\xC0\xAF", kRefused},
    {"surrogate", "\xED\xA0\x80", kRefused},
    {"beyond U+10FFFF", "\xF4\x90\x80\x80", kRefused},
    {"byte 0xFF", "\xFF", kRefused},
};

TEST(OpaqueString, maps_spaces_and_composes_and_refuses_the_rest_AUTH_26) {
  for (const Case& c : kCases) EXPECT_EQ(opaque_string(c.input), c.expected) << c.name;
}

TEST(OpaqueString, preparing_twice_changes_nothing_AUTH_26) {
  for (const Case& c : kCases) {
    if (const auto once = opaque_string(c.input)) {
      EXPECT_EQ(opaque_string(*once), once) << c.name;
    }
  }
}

TEST(OpaqueString, every_printable_ascii_character_stays_and_every_control_is_refused_AUTH_26) {
  for (char c = 0; c >= 0 && c < 0x7F; ++c) {
    const std::string text(1, c);
    EXPECT_EQ(opaque_string(text), c < 0x20 ? std::nullopt : std::optional(text)) << int{c};
  }
}

TEST(OpaqueString, a_long_text_is_prepared_whole) {
  const std::string typed(763, 'x');
  EXPECT_EQ(opaque_string(typed), typed);
  EXPECT_EQ(opaque_string(typed + "\u00A0"), typed + " ");
}

}  // namespace
}  // namespace turnpike::auth
