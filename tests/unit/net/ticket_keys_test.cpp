// How long a key makes tickets, how long it opens them, and that threads share them.
#include "turnpike/net/ticket_keys.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace turnpike::net {
namespace {

using namespace std::chrono_literals;

TimePoint at(Duration time) { return TimePoint(1000h + time); }

std::unique_ptr<Random> seeded() { return std::make_unique<SeededRandom>(1); }

TEST(TicketKeys, a_new_key_comes_every_12_hours) {
  TicketKeys keys(seeded());
  const TicketKey first = keys.to_make(at(0h));
  EXPECT_EQ(keys.to_make(at(12h - 1ns)), first);
  const TicketKey second = keys.to_make(at(12h));
  EXPECT_NE(second.name, first.name);
  EXPECT_NE(second.encryption, first.encryption);
  EXPECT_NE(second.authentication, first.authentication);
  EXPECT_EQ(keys.to_make(at(24h - 1ns)), second);
  EXPECT_NE(keys.to_make(at(24h)).name, second.name);
}

TEST(TicketKeys, the_one_before_opens_tickets_and_the_one_before_that_none) {
  TicketKeys keys(seeded());
  const TicketKey first = keys.to_make(at(0h));
  EXPECT_FALSE(keys.to_open(first.name, at(1h))->is_old);
  const TicketKey second = keys.to_make(at(13h));
  const auto opened = keys.to_open(first.name, at(13h));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->key, first);
  EXPECT_TRUE(opened->is_old);
  EXPECT_EQ(keys.to_open(second.name, at(13h))->key, second);
  EXPECT_FALSE(keys.to_open(second.name, at(13h))->is_old);
  keys.to_make(at(13h + 12h));
  EXPECT_FALSE(keys.to_open(first.name, at(13h + 12h)));
  EXPECT_TRUE(keys.to_open(second.name, at(13h + 12h))->is_old);
}

TEST(TicketKeys, a_key_opens_tickets_for_24_hours_though_no_other_has_come) {
  TicketKeys keys(seeded());
  const TicketKey key = keys.to_make(at(0h));
  EXPECT_TRUE(keys.to_open(key.name, at(12h))->is_old);
  EXPECT_TRUE(keys.to_open(key.name, at(24h - 1ns)));
  EXPECT_FALSE(keys.to_open(key.name, at(24h)));
  keys.to_make(at(25h));
  EXPECT_FALSE(keys.to_open(key.name, at(25h))) << "which is now the one before";
}

TEST(TicketKeys, what_is_no_ticket_of_ours_is_not_opened) {
  TicketKeys keys(seeded());
  EXPECT_FALSE(keys.to_open(TicketKey{}.name, at(0h))) << "no key was made";
  TicketKey key = keys.to_make(at(0h));
  EXPECT_FALSE(keys.to_open(Bytes(key.name).first(15), at(0h)));
  key.name[15] ^= 1;
  EXPECT_FALSE(keys.to_open(key.name, at(0h)));
}

TEST(TicketKeys, threads_share_one_key) {
  TicketKeys keys;
  std::vector<TicketKey> made(4);
  std::vector<std::thread> threads;
  for (TicketKey& key : made) threads.emplace_back([&] { key = keys.to_make(at(0h)); });
  for (std::thread& thread : threads) thread.join();
  for (const TicketKey& key : made) {
    EXPECT_EQ(key, made[0]);
    EXPECT_EQ(keys.to_open(key.name, at(0h))->key, key);
  }
  EXPECT_NE(made[0], TicketKeys().to_make(at(0h))) << "others are others";
}

constexpr UnixSeconds kBegin = 43'200LL * 40'000;  // of a period

TEST(SharedTicketKeys, follow_from_secret_and_period) {
  const SharedTicketKeys one({"north"}), other({"north", "south"}), third({"south"});
  const TicketKey key = one.to_make(kBegin).value();
  EXPECT_EQ(other.to_make(kBegin + 43'199), key);
  EXPECT_NE(third.to_make(kBegin)->name, key.name);
  const TicketKey next = one.to_make(kBegin + 43'200).value();
  EXPECT_NE(next.name, key.name);
  EXPECT_NE(next.encryption, key.encryption);
  EXPECT_NE(next.authentication, key.authentication);
  EXPECT_NE(key.encryption, key.authentication);
  EXPECT_FALSE(SharedTicketKeys({}).to_make(kBegin));
}

TEST(SharedTicketKeys, open_tickets_of_every_secret_until_the_next_period_is_over) {
  const TicketKey key = SharedTicketKeys({"north"}).to_make(kBegin).value();
  const struct {
    const char* what;
    std::vector<std::string> secrets;
    UnixSeconds now;
    bool opens;
  } table[] = {
      {"at once", {"north"}, kBegin, true},
      {"after a change of secrets", {"south", "north"}, kBegin, true},
      {"by a clock that is behind", {"north"}, kBegin - 30, true},
      {"in the next period", {"north"}, kBegin + 2 * 43'200 - 1, true},
      {"in the one after it", {"north"}, kBegin + 2 * 43'200, false},
      {"by another secret", {"south"}, kBegin, false},
      {"by none", {}, kBegin, false},
  };
  for (const auto& [what, secrets, now, opens] : table) {
    const auto opened = SharedTicketKeys(secrets).to_open(key.name, now);
    EXPECT_EQ(opened.has_value(), opens) << what;
    if (opened) {
      EXPECT_EQ(*opened, key) << what;
    }
  }
  EXPECT_FALSE(SharedTicketKeys({"north"}).to_open(Bytes(key.name).first(15), kBegin));
  EXPECT_FALSE(SharedTicketKeys({"north"}).to_open({}, kBegin));
}

TEST(TicketKeys, are_shared_as_long_as_there_is_a_secret) {
  TicketKeys keys(seeded());
  EXPECT_FALSE(keys.shared()->to_make(kBegin));
  keys.share({"north"});
  EXPECT_EQ(keys.shared()->to_make(kBegin), SharedTicketKeys({"north"}).to_make(kBegin));
  keys.share({});
  EXPECT_FALSE(keys.shared()->to_make(kBegin));
}

}  // namespace
}  // namespace turnpike::net
