// The names that logs and counters use.
#include "turnpike/turn/effect.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

TEST(Effect, every_reason_for_an_end_has_its_name) {
  const std::pair<EndReason, std::string_view> names[] = {
      {EndReason::expired, "expired"},
      {EndReason::deleted, "deleted"},
      {EndReason::client_closed, "client closed"},
      {EndReason::revoked, "revoked"},
      {EndReason::shutdown, "shutdown"},
      {EndReason::credential_gone, "credential gone"},
      {EndReason::address_gone, "address gone"},
      {EndReason::listener_closed, "listener closed"},
      {EndReason::over_quota, "over quota"},
  };
  for (const auto& [reason, name] : names) EXPECT_EQ(to_string(reason), name);
}

}  // namespace
}  // namespace turnpike::turn
