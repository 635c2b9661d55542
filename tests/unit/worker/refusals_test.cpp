// What is remembered of refusals: the latest, of whom one asks, in memory of a fixed size.
#include "turnpike/worker/refusals.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::worker {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using turn::Cause;

turn::RequestRefused refused(const std::string& client, Cause cause, const std::string& user) {
  turn::RequestRefused refused{.client = {},
                               .method = stun::Method::allocate,
                               .refusal = {.cause = cause},
                               .user = user,
                               .user_is_proven = false};
  refused.client.tuple.client = *ClientEndpoint::parse(client);
  return refused;
}

Now at(int second) { return {TimePoint{std::chrono::seconds(second)}, 1'750'000'000 + second}; }

std::vector<Cause> causes(const std::vector<RefusalRecord>& records) {
  std::vector<Cause> result;
  for (const RefusalRecord& record : records) result.push_back(record.cause);
  return result;
}

TEST(Refusals, are_found_by_client_or_user_the_latest_first) {
  Refusals refusals;
  refusals.add(refused("192.0.2.1:1", Cause::no_credentials, ""), at(1));
  refusals.add(refused("192.0.2.1:1", Cause::wrong_integrity, "alice"), at(2));
  refusals.add(refused("192.0.2.1:2", Cause::user_quota, "bob"), at(3));
  refusals.add(refused("192.0.2.9:1", Cause::expired, "alice"), at(4));
  const IpAddress address = *IpAddress::parse("192.0.2.1");
  const struct {
    const char* name;
    RefusalQuery query;
    std::vector<Cause> expected;
  } table[] = {
      {"address",
       {.address = address, .max = 9},
       {Cause::user_quota, Cause::wrong_integrity, Cause::no_credentials}},
      {"address and port",
       {.address = address, .port = 1, .max = 9},
       {Cause::wrong_integrity, Cause::no_credentials}},
      {"user", {.user = "alice", .max = 9}, {Cause::expired, Cause::wrong_integrity}},
      {"one", {.user = "alice", .max = 1}, {Cause::expired}},
      {"everybody",
       {.max = 9},
       {Cause::expired, Cause::user_quota, Cause::wrong_integrity, Cause::no_credentials}},
      {"nobody", {.user = "ali", .max = 9}, {}},
  };
  for (const auto& row : table) EXPECT_EQ(causes(refusals.find(row.query)), row.expected) << row.name;
  const auto record = refusals.find({.user = "bob", .max = 1}).front();
  EXPECT_EQ(record.user(), "bob");
  EXPECT_EQ(record.code, 486);
  EXPECT_EQ(record.at_unix_s, 1'750'000'003);
}

TEST(Refusals, a_redirection_is_remembered_with_where_to) {
  Refusals refusals;
  turn::RequestRefused sent_away = refused("192.0.2.1:1", Cause::redirected, "alice");
  sent_away.refusal.detour = turn::Detour{*Endpoint::parse("192.0.2.8:3478")};
  refusals.add(sent_away, at(1));
  refusals.add(refused("192.0.2.1:1", Cause::expired, "bob"), at(2));
  EXPECT_EQ(refusals.find({.user = "alice", .max = 1}).front().alternate, Endpoint::parse("192.0.2.8:3478"));
  EXPECT_EQ(refusals.find({.user = "bob", .max = 1}).front().alternate, Endpoint{});
}

TEST(Refusals, the_oldest_makes_room_and_challenges_push_out_nothing_else) {
  Refusals refusals;
  refusals.add(refused("192.0.2.1:1", Cause::expired, "first"), at(1));
  for (std::size_t i = 0; i < 3 * Refusals::kChallenges; ++i)
    refusals.add(refused("192.0.2.2:1", Cause::no_credentials, ""), at(2));
  EXPECT_THAT(causes(refusals.find({.user = "first", .max = 9})), ElementsAre(Cause::expired));
  for (std::size_t i = 1; i < Refusals::kRecords; ++i)
    refusals.add(refused("192.0.2.3:1", Cause::user_quota, "many"), at(3));
  EXPECT_THAT(causes(refusals.find({.user = "first", .max = 9})), ElementsAre(Cause::expired));
  refusals.add(refused("192.0.2.3:1", Cause::user_quota, "last"), at(4));
  EXPECT_THAT(refusals.find({.user = "first", .max = 9}), IsEmpty());
  EXPECT_EQ(refusals.find({.max = 100'000}).size(), Refusals::kRecords + Refusals::kChallenges);
  EXPECT_EQ(refusals.find({.max = 9}).front().user(), "last");
}

TEST(Refusals, of_a_long_name_the_beginning_is_kept_and_found) {
  const std::string name(RefusalRecord::kUserMax + 50, 'n');
  Refusals refusals;
  refusals.add(refused("192.0.2.1:1", Cause::expired, name), at(1));
  const auto found = refusals.find({.user = name, .max = 9});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().user(), std::string_view(name).substr(0, RefusalRecord::kUserMax));
}

}  // namespace
}  // namespace turnpike::worker
