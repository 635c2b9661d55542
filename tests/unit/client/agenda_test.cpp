// What is to be requested again, and when.
#include "turnpike/client/agenda.hpp"

#include <gtest/gtest.h>

namespace turnpike::client {
namespace {

using std::chrono::seconds;

constexpr TimePoint kStart{};
const Request kRefresh{.method = stun::Method::refresh};
const Request kPermission{.method = stun::Method::create_permission,
                          .peers = {*Endpoint::parse("192.0.2.1:1")}};

TEST(Agenda, hands_out_what_is_due_in_the_order_of_time) {
  Agenda agenda;
  EXPECT_EQ(agenda.next(), std::nullopt);
  agenda.set(kRefresh, kStart + seconds(2));
  agenda.set(kPermission, kStart + seconds(1));
  EXPECT_EQ(agenda.next(), kStart + seconds(1));
  EXPECT_EQ(agenda.pop_due(kStart), std::nullopt);
  EXPECT_EQ(agenda.pop_due(kStart + seconds(2)), kPermission);
  EXPECT_EQ(agenda.pop_due(kStart + seconds(2)), kRefresh);
  EXPECT_EQ(agenda.pop_due(kStart + seconds(2)), std::nullopt);
}

TEST(Agenda, holds_a_request_once) {
  Agenda agenda;
  agenda.set(kRefresh, kStart + seconds(1));
  agenda.set(kRefresh, kStart + seconds(3));
  EXPECT_EQ(agenda.pop_due(kStart + seconds(2)), std::nullopt);
  EXPECT_EQ(agenda.pop_due(kStart + seconds(3)), kRefresh);
  EXPECT_EQ(agenda.next(), std::nullopt);
}

}  // namespace
}  // namespace turnpike::client
