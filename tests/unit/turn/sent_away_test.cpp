// Who is sent to another server, and who has come back from there.
#include "turnpike/turn/sent_away.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const IpAddress kAddress = IpAddress::v4(198, 51, 100, 1);
const TimePoint kStart{seconds(1000)};

Detour detour(std::uint16_t port) { return {.first = {kAddress, port}}; }

// As one that asks: is sent away where it may be.
class Sender {
 public:
  explicit Sender(std::size_t clients_max) : sent_(clients_max) {}

  bool send(const std::string& user, const IpAddress& address, std::uint8_t request, int times,
            TimePoint now) {
    const stun::TransactionId id{request};
    return sent_.send({user, address, id}, detour(request), times, now);
  }
  std::optional<Detour> repeat(const std::string& user, std::uint8_t request, TimePoint now) {
    const stun::TransactionId id{request};
    return sent_.repeat({user, kAddress, id}, now);
  }
  std::size_t size() const { return sent_.size(); }
  std::vector<SentTo> take_sent() { return sent_.take_sent(); }

 private:
  SentAway sent_;
};

TEST(SentAway, who_comes_back_within_ten_seconds_stays) {
  Sender sent(100);
  EXPECT_TRUE(sent.send("user", kAddress, 1, 1, kStart));
  EXPECT_FALSE(sent.send("user", kAddress, 2, 1, kStart));
  EXPECT_FALSE(sent.send("user", kAddress, 3, 1, kStart + milliseconds(9999)));
  EXPECT_TRUE(sent.send("user", kAddress, 4, 1, kStart + seconds(10)));
  EXPECT_FALSE(sent.send("user", kAddress, 5, 1, kStart + seconds(11)));
}

TEST(SentAway, a_repetition_is_sent_where_it_was_sent_before) {
  Sender sent(100);
  EXPECT_FALSE(sent.repeat("user", 0, kStart));
  EXPECT_TRUE(sent.send("user", kAddress, 0, 2, kStart));
  EXPECT_EQ(sent.repeat("user", 0, kStart + seconds(9)), detour(0));
  EXPECT_FALSE(sent.repeat("user", 1, kStart));
  EXPECT_FALSE(sent.repeat("other", 0, kStart));
  EXPECT_TRUE(sent.send("user", kAddress, 1, 2, kStart + seconds(1)));
  EXPECT_EQ(sent.repeat("user", 1, kStart + seconds(9)), detour(1));
  EXPECT_FALSE(sent.repeat("user", 1, kStart + seconds(10)));
}

TEST(SentAway, others_at_the_address_and_the_user_elsewhere_are_other_clients) {
  Sender sent(100);
  EXPECT_TRUE(sent.send("user", kAddress, 1, 1, kStart));
  EXPECT_TRUE(sent.send("other", kAddress, 2, 1, kStart));
  EXPECT_TRUE(sent.send("user", IpAddress::v4(198, 51, 100, 2), 3, 1, kStart));
  EXPECT_EQ(sent.size(), 3U);
}

TEST(SentAway, addresses_of_a_64_are_one) {
  Sender sent(100);
  EXPECT_TRUE(sent.send("user", *IpAddress::parse("2001:db8:0:1::1"), 1, 1, kStart));
  EXPECT_FALSE(sent.send("user", *IpAddress::parse("2001:db8:0:1:ffff::9"), 2, 1, kStart));
  EXPECT_TRUE(sent.send("user", *IpAddress::parse("2001:db8:0:2::1"), 3, 1, kStart));
}

TEST(SentAway, some_may_be_sent_more_often_within_the_time_of_the_first) {
  Sender sent(100);
  for (std::uint8_t i = 1; i <= 3; ++i)
    EXPECT_TRUE(sent.send("user", kAddress, i, 3, kStart + i * seconds(1)));
  EXPECT_FALSE(sent.send("user", kAddress, 4, 3, kStart + seconds(10)));
  EXPECT_TRUE(sent.send("user", kAddress, 5, 3, kStart + seconds(11)));
}

TEST(SentAway, it_is_counted_where_clients_were_sent) {
  Sender sent(1000);
  EXPECT_TRUE(sent.send("a", kAddress, 1, 1, kStart));
  EXPECT_TRUE(sent.send("b", kAddress, 1, 1, kStart));
  EXPECT_TRUE(sent.send("c", kAddress, 2, 1, kStart));
  EXPECT_FALSE(sent.send("c", kAddress, 2, 1, kStart)) << "who may not leave";
  EXPECT_EQ(sent.take_sent(), (std::vector<SentTo>{{{kAddress, 1}, 2}, {{kAddress, 2}, 1}}));
  EXPECT_TRUE(sent.take_sent().empty());
}

TEST(SentAway, the_first_one_makes_room_and_time_empties_it) {
  Sender sent(2);
  EXPECT_TRUE(sent.send("a", kAddress, 1, 1, kStart));
  EXPECT_TRUE(sent.send("b", kAddress, 2, 1, kStart));
  EXPECT_TRUE(sent.send("c", kAddress, 3, 1, kStart));
  EXPECT_EQ(sent.size(), 2U);
  EXPECT_FALSE(sent.send("b", kAddress, 4, 1, kStart));
  EXPECT_TRUE(sent.send("a", kAddress, 5, 1, kStart)) << "forgotten";
  EXPECT_TRUE(sent.send("d", kAddress, 6, 1, kStart + seconds(10)));
  EXPECT_EQ(sent.size(), 1U);
}

}  // namespace
}  // namespace turnpike::turn
