// Which keys differ; what changes, application_test.cpp and the integration tests show.
#include "turnpike/app/reconfiguration.hpp"

#include <gtest/gtest.h>

namespace turnpike::app {
namespace {

TEST(Reconfiguration, keys_that_differ_are_named_in_the_order_of_the_file) {
  config::Config other;
  EXPECT_TRUE(changed_keys({}, other).empty());
  other.nonce_life_s = 7;
  other.realm = "another";
  other.relay.ports = {50000, 50009};
  EXPECT_EQ(changed_keys({}, other), (std::vector<std::string>{"realm", "relay.ports", "nonce_life_s"}));
}

}  // namespace
}  // namespace turnpike::app
