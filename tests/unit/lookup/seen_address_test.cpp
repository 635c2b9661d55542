// What STUN servers say of sockets of this host.
#include "turnpike/lookup/seen_address.hpp"

#include "harness.hpp"

namespace turnpike::lookup {
namespace {

TEST(SeenAddress, a_request_that_is_lost_is_sent_again) {
  const StunServer server(address("203.0.113.5"), 1);
  const auto seen = run(ask_where({address("127.0.0.1")}, {server.at()}, std::chrono::seconds(10)));
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen.front().seen, address("203.0.113.5"));
  EXPECT_EQ(seen.front().server, server.at());
}

TEST(SeenAddress, nobody_of_another_family_is_asked_and_an_address_that_is_gone_is_seen_by_nobody) {
  const StunServer server(address("203.0.113.5"));
  const auto seen =
      run(ask_where({address("::1"), address("192.0.2.77")}, {server.at()}, std::chrono::seconds(10)));
  EXPECT_EQ(seen, (std::vector<SeenAddress>{{address("::1"), std::nullopt, {}},
                                            {address("192.0.2.77"), std::nullopt, {}}}));
}

}  // namespace
}  // namespace turnpike::lookup
