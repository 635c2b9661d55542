// Typing mistakes that are recognised, and names that are too far from any.
#include "turnpike/config/suggestion.hpp"

#include <gtest/gtest.h>

namespace turnpike::config {
namespace {

TEST(Suggestion, names_the_nearest_if_it_is_near) {
  const std::vector<std::string> names = {"relay.ports", "relay.port_quiet_s", "log.level", "mobility"};
  const struct {
    const char* unknown;
    const char* suggestion;
  } cases[] = {
      {"relay.port", ", did you mean relay.ports?"},
      {"realy.ports", ", did you mean relay.ports?"},
      {"relay.port_quiet", ", did you mean relay.port_quiet_s?"},
      {"log.levels", ", did you mean log.level?"},
      {"log_level", ", did you mean log.level?"},
      {"mobilty", ", did you mean mobility?"},
      {"ports", ", did you mean relay.ports?"},
      {"listen.ports", ", did you mean relay.ports?"},
      {"x", ""},
      {"", ""},
  };
  for (const auto& c : cases) EXPECT_EQ(suggestion(c.unknown, names), c.suggestion) << c.unknown;
  EXPECT_EQ(suggestion("mobility", {}), "");
}

}  // namespace
}  // namespace turnpike::config
