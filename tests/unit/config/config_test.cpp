// Computed defaults.
#include "turnpike/config/config.hpp"

#include <gtest/gtest.h>

namespace turnpike::config {
namespace {

TEST(AllAddresses, are_those_of_both_families) {
  EXPECT_EQ(all_addresses(443), (std::vector{*Endpoint::parse("0.0.0.0:443"), *Endpoint::parse("[::]:443")}));
}

}  // namespace
}  // namespace turnpike::config
