// Nonces: what they say, whom they are for, and that none can be made or changed outside.
#include "turnpike/turn/nonce.hpp"

#include <gtest/gtest.h>

#include <set>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;
using Verdict = NonceFactory::Verdict;

const auto kClient = ClientEndpoint::parse("198.51.100.1:4000").value();
constexpr Now kStart{TimePoint(seconds(5000)), 1'700'000'000};
constexpr NonceFeatures kBoth{true, true};

Now after(std::int64_t passed_s) { return {kStart.monotonic + seconds(passed_s), kStart.unix_s + passed_s}; }

NonceFactory factory(std::uint64_t seed = 1) {
  SeededRandom random(seed);
  return {NonceFactory::random_key(random), seconds(3600)};
}

// Of a process of its own, with the secrets of a fleet, newest first.
NonceFactory node(const std::vector<std::string>& secrets, std::uint64_t seed = 1) {
  NonceFactory made = factory(seed);
  made.set_shared_keys(NonceFactory::shared_keys(secrets));
  return made;
}

const NonceFactory kEach[] = {factory(), node({"north"}), node({"north", "south"})};

TEST(Nonce, begins_with_the_cookie_and_the_features_AUTH_05) {
  const std::pair<NonceFeatures, std::string> cases[] = {
      {{false, false}, "obMatJos2AAAA"},
      {{true, false}, "obMatJos2gAAA"},
      {{false, true}, "obMatJos2QAAA"},
      {{true, true}, "obMatJos2wAAA"},
  };
  for (const NonceFactory& nonces : kEach) {
    for (const auto& [features, begin] : cases) {
      const std::string nonce = nonces.issue(kClient, features, kStart);
      EXPECT_TRUE(nonce.starts_with(begin)) << nonce;
      EXPECT_LE(nonce.size(), 40U) << "a signed 438 under the longest realm must fit (MSG-25)";
      const auto checked = nonces.check(nonce, kClient, kStart);
      EXPECT_EQ(checked.verdict, Verdict::valid);
      EXPECT_EQ(checked.features, features);
    }
  }
}

TEST(Nonce, lives_as_long_as_it_should_AUTH_17_AUTH_20) {
  for (const NonceFactory& nonces : kEach) {
    const std::string nonce = nonces.issue(kClient, kBoth, kStart);
    EXPECT_EQ(nonces.check(nonce, kClient, after(3599)).verdict, Verdict::valid);
    EXPECT_EQ(nonces.check(nonce, kClient, after(3600)).verdict, Verdict::stale);
    EXPECT_EQ(nonces.check(nonce, kClient, after(1'000'000)).verdict, Verdict::stale);
  }
}

TEST(Nonce, is_for_one_address_and_port_AUTH_03_AUTH_04) {
  for (const NonceFactory& nonces : kEach) {
    const std::string nonce = nonces.issue(kClient, kBoth, kStart);
    for (const char* other : {"198.51.100.1:4001", "198.51.100.1:4256", "198.51.100.2:4000",
                              "[::ffff:198.51.100.1]:4000", "[2001:db8::1]:4000"}) {
      const auto elsewhere = ClientEndpoint::parse(other).value();
      EXPECT_EQ(nonces.check(nonce, elsewhere, kStart).verdict, Verdict::forged) << other;
      EXPECT_NE(nonces.issue(elsewhere, kBoth, kStart), nonce) << other;
    }
  }
}

TEST(Nonce, no_character_can_be_changed_AUTH_35) {
  for (const NonceFactory& nonces : kEach) {
    const std::string nonce = nonces.issue(kClient, kBoth, kStart);
    for (std::size_t i = 0; i < nonce.size(); ++i) {
      for (int value = 0; value < 256; ++value) {
        std::string changed = nonce;
        changed[i] = static_cast<char>(value);
        EXPECT_EQ(nonces.check(changed, kClient, kStart).verdict,
                  changed == nonce ? Verdict::valid : Verdict::forged)
            << i;
      }
    }
  }
}

TEST(Nonce, anything_else_is_forged_AUTH_35) {
  for (const NonceFactory& nonces : kEach) {
    const std::string nonce = nonces.issue(kClient, kBoth, kStart);
    for (std::size_t size = 0; size < nonce.size(); ++size)
      EXPECT_EQ(nonces.check(nonce.substr(0, size), kClient, kStart).verdict, Verdict::forged);
    for (const std::string& other :
         {nonce + "=", nonce + nonce, std::string(763, 'x'), std::string(nonce.size(), '\0')}) {
      EXPECT_EQ(nonces.check(other, kClient, kStart).verdict, Verdict::forged);
    }
    EXPECT_EQ(factory(2).check(nonce, kClient, kStart).verdict, Verdict::forged);
  }
}

TEST(Nonce, one_tells_nothing_about_the_next_S6) {
  const NonceFactory nonces = factory();
  std::set<std::string> tails;
  for (int i = 0; i < 1000; ++i) {
    const std::string nonce = nonces.issue(kClient.with_port(static_cast<std::uint16_t>(i)), kBoth, kStart);
    for (const std::size_t half : {0, 8}) tails.insert(nonce.substr(nonce.size() - 16 + half, 8));
  }
  EXPECT_EQ(tails.size(), 2000U);
}

TEST(Nonce, a_key_that_moves_to_another_server_takes_its_nonces_along) {
  NonceFactory successor = factory(2);
  const std::string nonce = factory(1).issue(kClient, kBoth, kStart);
  successor.set_key(factory(1).key());
  EXPECT_EQ(successor.check(nonce, kClient, kStart).verdict, Verdict::valid);
}

struct Pair {
  const char* what;
  std::vector<std::string> makes;
  std::vector<std::string> checks;
  Verdict verdict;
};

TEST(SharedNonce, every_node_with_the_secret_takes_it_and_no_other_does_AUTH_36) {
  const Pair table[] = {
      {"the same secret", {"north"}, {"north"}, Verdict::valid},
      {"a change that has come to the other one first", {"old"}, {"new", "old"}, Verdict::valid},
      {"a change that will come to the other one: it takes both already",
       {"new"},
       {"old", "new"},
       Verdict::valid},
      {"a change that the other one knows nothing of", {"new", "old"}, {"old"}, Verdict::forged},
      {"a change that is over", {"old"}, {"new"}, Verdict::forged},
      {"another fleet", {"north"}, {"south", "west"}, Verdict::forged},
      {"a node without a secret", {}, {"north"}, Verdict::forged},
      {"for a node without a secret", {"north"}, {}, Verdict::forged},
  };
  for (const auto& [what, makes, checks, verdict] : table) {
    const std::string nonce = node(makes, 1).issue(kClient, kBoth, kStart);
    EXPECT_EQ(node(checks, 2).check(nonce, kClient, kStart).verdict, verdict) << what;
  }
}

TEST(SharedNonce, clocks_may_differ_by_30_seconds_and_what_is_further_ahead_is_stale_and_genuine_AUTH_17) {
  const struct {
    std::int64_t made_s;
    std::int64_t checked_s;
    Verdict verdict;
  } table[] = {
      {0, 0, Verdict::valid},
      {30, 0, Verdict::valid},
      {31, 0, Verdict::stale},
      {0, 30, Verdict::valid},
      {3600, 0, Verdict::stale},
      {0, 3599, Verdict::valid},
      {0, 3600, Verdict::stale},
      {1'000'000'000, 0, Verdict::stale},
      {-1'000'000'000, 0, Verdict::stale},
  };
  for (const auto& [made_s, checked_s, verdict] : table) {
    const std::string nonce = node({"north"}, 1).issue(kClient, kBoth, after(made_s));
    EXPECT_EQ(node({"north"}, 2).check(nonce, kClient, after(checked_s)).verdict, verdict) << made_s;
  }
}

// A host that has just started has a clock of its own from zero on.
TEST(SharedNonce, goes_by_the_time_of_day_alone) {
  const std::string nonce =
      node({"north"}).issue(kClient, kBoth, {TimePoint(seconds(9'000'000)), kStart.unix_s});
  EXPECT_EQ(node({"north"}).check(nonce, kClient, {TimePoint(), kStart.unix_s + 1}).verdict, Verdict::valid);
}

TEST(SharedNonce, the_seconds_of_32_bits_begin_again_and_none_is_refused) {
  constexpr std::int64_t kEnd = std::int64_t{1} << 32;
  const std::string nonce = node({"north"}).issue(kClient, kBoth, {TimePoint(), kEnd - 1});
  EXPECT_EQ(node({"north"}).check(nonce, kClient, {TimePoint(), kEnd + 1}).verdict, Verdict::valid);
  EXPECT_EQ(node({"north"}).check(nonce, kClient, {TimePoint(), kEnd + 3599}).verdict, Verdict::stale);
}

// A server's own nonces are on another clock, of which the other kind may not be taken for one.
TEST(SharedNonce, a_secret_that_is_new_or_changes_leaves_nonces_that_are_out) {
  NonceFactory nonces = factory();
  const std::string own = nonces.issue(kClient, kBoth, kStart);
  nonces.set_shared_keys({NonceFactory::shared_key("north")});
  const std::string first = nonces.issue(kClient, kBoth, kStart);
  nonces.set_shared_keys({NonceFactory::shared_key("south"), NonceFactory::shared_key("north")});
  const std::string second = nonces.issue(kClient, kBoth, kStart);
  EXPECT_EQ(std::set({own, first, second}).size(), 3U);
  for (const std::string& nonce : {own, first, second})
    EXPECT_EQ(nonces.check(nonce, kClient, after(3599)).verdict, Verdict::valid) << nonce;
  EXPECT_EQ(nonces.check(own, kClient, after(3600)).verdict, Verdict::stale);
  nonces.set_shared_keys({});
  EXPECT_EQ(nonces.check(own, kClient, after(3599)).verdict, Verdict::valid);
  EXPECT_EQ(nonces.check(second, kClient, kStart).verdict, Verdict::forged);
}

TEST(SharedNonce, an_id_is_no_proof_AUTH_35) {
  const std::string nonce = node({"north"}).issue(kClient, kBoth, kStart);
  NonceFactory other = factory();
  NonceFactory::Key same_id = NonceFactory::shared_key("north");
  same_id.bytes[0] ^= 1;
  other.set_shared_keys({same_id});
  EXPECT_EQ(other.check(nonce, kClient, kStart).verdict, Verdict::forged);
  other.set_shared_keys({same_id, NonceFactory::shared_key("north")});
  EXPECT_EQ(other.check(nonce, kClient, kStart).verdict, Verdict::valid) << "two secrets may have one id";
}

TEST(SharedNonce, the_realm_counts_on_every_node_AUTH_35) {
  NonceFactory one = node({"north"}), other = node({"north"});
  one.set_realm("a");
  other.set_realm("b");
  EXPECT_EQ(other.check(one.issue(kClient, kBoth, kStart), kClient, kStart).verdict, Verdict::forged);
}

// Made by another program, as the form is described: servers of one fleet may be of different versions.
TEST(SharedNonce, has_one_form_on_every_version) {
  for (const char* nonce :
       {"obMatJos2wAAA8ab6553f100R2DHjwOuZUYYnNHg", "obMatJos2wAAA5d16553f1006L5XgxEocclrPLvP"}) {
    const auto checked = node({"new", "old"}).check(nonce, kClient, kStart);
    EXPECT_EQ(checked.verdict, Verdict::valid) << nonce;
    EXPECT_EQ(checked.features, kBoth);
  }
}

TEST(SharedNonce, a_key_has_a_short_id_and_tells_nothing_of_the_secret) {
  const auto key = NonceFactory::shared_key("north");
  EXPECT_EQ(key.id.size(), kNonceKeyIdSize);
  EXPECT_EQ(key, NonceFactory::shared_key("north"));
  EXPECT_NE(key.bytes, NonceFactory::shared_key("north ").bytes);
}

}  // namespace
}  // namespace turnpike::turn
