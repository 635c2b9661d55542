// Who reads whose records, and what is made of those that nobody of the fleet wrote.
#include "turnpike/fleet/seal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::fleet {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(Seal, what_is_closed_opens_with_the_same_secret_and_kind_alone) {
  const Seal ours("secret"), theirs("another"), open("");
  const std::string record = ours.close(Kind::node, "{}");
  ASSERT_TRUE(ours.open(Kind::node, record));
  EXPECT_EQ(*ours.open(Kind::node, record), "{}");
  EXPECT_EQ(ours.open(Kind::word, record).error(), RecordFault::wrong_seal);
  EXPECT_EQ(theirs.open(Kind::node, record).error(), RecordFault::wrong_seal);
  EXPECT_EQ(open.open(Kind::node, record).error(), RecordFault::wrong_seal);
}

TEST(Seal, without_a_secret_records_are_not_sealed_and_a_fleet_with_one_refuses_them) {
  const Seal open(""), ours("secret");
  EXPECT_EQ(open.close(Kind::word, "{}"), "1..{}");
  EXPECT_EQ(*open.open(Kind::word, "1..{}"), "{}");
  EXPECT_EQ(ours.open(Kind::word, "1..{}").error(), RecordFault::not_sealed);
}

TEST(Seal, a_change_of_secrets_in_two_steps_refuses_nobody) {
  const Seal before("old", ""), knows_next("old", "new"), changed("new", "old");
  for (const auto& [writer, reader] :
       {std::pair(before, knows_next), {knows_next, before}, {knows_next, changed}, {changed, knows_next}}) {
    const std::string record = writer.close(Kind::node, "{}");
    EXPECT_TRUE(reader.open(Kind::node, record));
    EXPECT_THAT(reader.tags(), ::testing::Contains(writer.tag()));
    EXPECT_THAT(reader.digests("alice"), ::testing::Contains(writer.digest("alice")));
  }
}

TEST(Seal, bad_records_have_a_fault_each) {
  const Seal seal("secret");
  const struct {
    std::string record;
    RecordFault fault;
  } kCases[] = {
      {"", RecordFault::other_version},
      {"1", RecordFault::other_version},
      {"2.abc.{}", RecordFault::other_version},
      {"1.", RecordFault::not_sealed},
      {"1.{}", RecordFault::not_sealed},
      {"1." + std::string(23, 'a') + ".{}", RecordFault::not_sealed},
      {"1..{}", RecordFault::not_sealed},
      {"1." + std::string(22, 'a') + ".{}", RecordFault::wrong_seal},
      {"1.a.{}", RecordFault::wrong_seal},
      {std::string(Seal::kRecordSizeMax + 1, '1'), RecordFault::too_long},
  };
  for (const auto& [record, fault] : kCases) {
    ASSERT_FALSE(seal.open(Kind::node, record)) << record.substr(0, 40);
    EXPECT_EQ(seal.open(Kind::node, record).error(), fault) << record.substr(0, 40);
  }
}

TEST(Seal, every_change_of_a_record_is_noticed) {
  const Seal seal("secret");
  const std::string record = seal.close(Kind::word, R"({"user":"a"})");
  for (std::size_t i = 0; i < record.size(); ++i) {
    std::string changed = record;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(seal.open(Kind::word, changed)) << i;
    EXPECT_FALSE(seal.open(Kind::word, record.substr(0, i))) << i;
  }
}

TEST(Seal, digests_depend_on_the_secret_and_tell_nothing_of_the_name) {
  const Seal ours("secret"), theirs("another");
  EXPECT_EQ(ours.digest("alice"), Seal("secret").digest("alice"));
  EXPECT_NE(ours.digest("alice"), theirs.digest("alice"));
  EXPECT_NE(ours.digest("alice"), ours.digest("bob"));
  EXPECT_THAT(ours.long_digests("a:b*\r\n"), ElementsAre(SizeIs(22)));
  EXPECT_THAT(ours.digests("alice"), ElementsAre(ours.digest("alice")));
}

TEST(Seal, wishes_have_digests_that_no_name_has) {
  const Seal seal("secret", "previous");
  EXPECT_THAT(seal.wish_digests("alice"), SizeIs(2));
  EXPECT_EQ(seal.wish_digests("alice").front(), Seal("secret").wish_digests("alice").front());
  EXPECT_EQ(seal.wish_digests("alice").back(), Seal("previous").wish_digests("alice").front());
  EXPECT_NE(seal.wish_digests("alice").front(), seal.digest("alice"));
  EXPECT_NE(seal.wish_digests("alice").front(), seal.wish_digests("bob").front());
}

TEST(Seal, kinds_and_faults_have_names) {
  EXPECT_EQ(to_string(Kind::room_rates), "room-rates");
  EXPECT_EQ(to_string(RecordFault::misplaced), "misplaced");
}

}  // namespace
}  // namespace turnpike::fleet
