// Findings as lines, and which of them stop a server.
#include "turnpike/config/finding.hpp"

#include <gmock/gmock.h>

#include "turnpike/yaml/error.hpp"

namespace turnpike::config {
namespace {

using ::testing::ElementsAre;

const Finding kWarning{Severity::warning, "a", "x.yaml:1: a", "is odd"};
const Finding kError{Severity::error, "b", "", "b:\nis wrong"};

TEST(Finding, is_one_line_with_its_place) {
  EXPECT_EQ(kWarning.line(), "x.yaml:1: a: is odd");
  EXPECT_EQ(kError.line(), "b:\\x0ais wrong");
}

TEST(Finding, the_first_error_stops_and_the_number_of_others_is_told) {
  EXPECT_EQ(first_error({kWarning}), nullptr);
  throw_first_error({kWarning});
  const auto thrown = [](const Findings& findings) -> std::string {
    try {
      throw_first_error(findings);
    } catch (const yaml::ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(thrown({kWarning, kError}), kError.line());
  EXPECT_EQ(thrown({kError, kWarning, kError}), kError.line() + " (and 1 more: turnpike check)");
}

TEST(Finding, warnings_are_lines_for_the_log) {
  Findings all{kWarning};
  append(all, {kError, kWarning});
  EXPECT_THAT(warnings_of(all), ElementsAre(kWarning.line(), kWarning.line()));
}

}  // namespace
}  // namespace turnpike::config
