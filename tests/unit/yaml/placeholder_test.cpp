// What was to be filled in is found, and what a random secret looks like is not.
#include "turnpike/yaml/placeholder.hpp"

#include <gtest/gtest.h>

#include "turnpike/yaml/error.hpp"

namespace turnpike::yaml {
namespace {

TEST(Placeholder, is_found_in_every_form_that_tools_use) {
  const struct {
    const char* text;
    const char* found;
  } table[] = {
      {"${TURN_SECRET}", "${TURN_SECRET}"},
      {"prefix-${turn_secret}-suffix", "${turn_secret}"},
      {"${SECRET:-changeme}", "${SECRET:-changeme}"},
      {"${SECRET:?must be set}", "${SECRET:?must be set}"},
      {"$(TURN_SECRET)", "$(TURN_SECRET)"},
      {"{{ .Values.secret }}", "{{ .Values.secret }}"},
      {"{{- turn_secret | quote -}}", "{{- turn_secret | quote -}}"},
      {"{{secret}}", "{{secret}}"},
      {"${} then ${A}", "${A}"},
      {"{{ b }} ${A}", "{{ b }}"},
  };
  for (const auto& [text, found] : table) EXPECT_EQ(find_placeholder(text), found) << text;
}

TEST(Placeholder, is_not_what_a_secret_may_have_by_chance) {
  for (const char* text : {"", "secret", "$ecret", "${", "${}", "$5{a}", "${1a}", "${a b", "a}${", "$(a+b)",
                           "${%&}", "{{}}", "{{ }}", "{{%!", "}}{{"})
    EXPECT_EQ(find_placeholder(text), "") << text;
}

TEST(Placeholder, is_refused_wherever_it_stands_in_a_node) {
  for (const char* text : {"${A}", "[a, \"${A}\"]", "{a: {b: \"${A}\"}}", "{\"${A}\": b}"}) {
    try {
      refuse_placeholders(YAML::Load(text));
      ADD_FAILURE() << text;
    } catch (const BadValue& bad) {
      EXPECT_STREQ(bad.what(), "${A} was never filled in") << text;
      EXPECT_EQ(bad.line(), 1) << text;
    }
  }
  refuse_placeholders(YAML::Load("&all [*all, {a: b}]"));
}

}  // namespace
}  // namespace turnpike::yaml
