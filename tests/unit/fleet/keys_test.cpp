// The names of keys and channels: under the prefix, and without anything that a client chose.
#include "turnpike/fleet/keys.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace turnpike::fleet {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(Keys, are_under_the_prefix_and_the_tag) {
  const Seal open("");
  const Keys keys("turnpike:", open);
  EXPECT_EQ(keys.node("0123"), "turnpike:open:node:0123");
  EXPECT_EQ(keys.holdings(Kind::places, "0123", 2), "turnpike:open:places:0123:2");
  EXPECT_EQ(keys.lease("reconcile"), "turnpike:open:lease:reconcile");
  EXPECT_EQ(keys.channel(Kind::word), "turnpike:open:word");
  EXPECT_THAT(keys.words('l', "PA_1")[0], StartsWith("turnpike:open:word:l:"));
}

TEST(Keys, nothing_that_a_client_chose_is_in_them) {
  const Seal seal("secret");
  const Keys keys("turnpike:", seal);
  for (const std::string user : {"alice", "a:b", "*", "", "\r\nFLUSHALL\r\n", "\xFF\xFE"}) {
    const std::string key = keys.words('l', user)[0];
    EXPECT_TRUE(std::ranges::all_of(key, [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) || c == ':' || c == '-' || c == '_';
    })) << key;
    EXPECT_THAT(key, SizeIs(keys.words('l', "bob")[0].size()));
  }
}

TEST(Keys, channels_of_the_previous_secret_are_listened_to) {
  const Keys one("t:", Seal("new")), both("t:", Seal("new", "old"));
  EXPECT_THAT(one.channels(), SizeIs(kKinds));
  EXPECT_THAT(both.channels(), SizeIs(2 * kKinds));
  EXPECT_EQ(both.kind_of(Keys("t:", Seal("old")).channel(Kind::places)), Kind::places);
  EXPECT_THAT(both.words('l', "a"),
              ElementsAre(one.words('l', "a")[0], Keys("t:", Seal("old")).words('l', "a")[0]));
  EXPECT_THAT(both.prefixes(Kind::word),
              ElementsAre(one.channel(Kind::word) + ":", Keys("t:", Seal("old")).channel(Kind::word) + ":"));
}

TEST(Keys, of_other_fleets_have_no_kind) {
  const Keys keys("turnpike:", Seal("secret"));
  EXPECT_EQ(keys.kind_of(keys.node("01")), Kind::node);
  EXPECT_EQ(keys.kind_of(keys.words('o', "alice")[0]), Kind::word);
  EXPECT_EQ(keys.kind_of(keys.lease("reconcile")), std::nullopt);
  EXPECT_EQ(keys.kind_of(Keys("turnpike:", Seal("other")).node("01")), std::nullopt);
  EXPECT_EQ(keys.kind_of("turnpike:"), std::nullopt);
  EXPECT_EQ(keys.kind_of(""), std::nullopt);
}

}  // namespace
}  // namespace turnpike::fleet
