// Nonces: what they say, whom they are for, and that none can be made or changed outside.
#include "turnpike/turn/nonce.hpp"

#include <gtest/gtest.h>

#include <set>

namespace turnpike::turn {
namespace {

using std::chrono::seconds;
using Verdict = NonceFactory::Verdict;

const auto kClient = ClientEndpoint::parse("198.51.100.1:4000").value();
const TimePoint kStart{seconds(5000)};
constexpr NonceFeatures kBoth{true, true};

NonceFactory factory(std::uint64_t seed = 1) {
  SeededRandom random(seed);
  return {NonceFactory::random_key(random), seconds(3600)};
}

TEST(Nonce, AUTH_05_begins_with_the_cookie_and_the_features) {
  const std::pair<NonceFeatures, std::string> cases[] = {
      {{false, false}, "obMatJos2AAAA"},
      {{true, false}, "obMatJos2gAAA"},
      {{false, true}, "obMatJos2QAAA"},
      {{true, true}, "obMatJos2wAAA"},
  };
  for (const auto& [features, begin] : cases) {
    const std::string nonce = factory().issue(kClient, features, kStart);
    EXPECT_TRUE(nonce.starts_with(begin)) << nonce;
    EXPECT_LT(nonce.size(), 128U);
    const auto checked = factory().check(nonce, kClient, kStart);
    EXPECT_EQ(checked.verdict, Verdict::valid);
    EXPECT_EQ(checked.features, features);
  }
}

TEST(Nonce, AUTH_17_AUTH_20_lives_as_long_as_it_should) {
  const NonceFactory nonces = factory();
  const std::string nonce = nonces.issue(kClient, kBoth, kStart);
  EXPECT_EQ(nonces.check(nonce, kClient, kStart + seconds(3599)).verdict, Verdict::valid);
  EXPECT_EQ(nonces.check(nonce, kClient, kStart + seconds(3600)).verdict, Verdict::stale);
  EXPECT_EQ(nonces.check(nonce, kClient, kStart + seconds(1'000'000)).verdict, Verdict::stale);
}

TEST(Nonce, AUTH_03_AUTH_04_is_for_one_address_and_port) {
  const NonceFactory nonces = factory();
  const std::string nonce = nonces.issue(kClient, kBoth, kStart);
  for (const char* other : {"198.51.100.1:4001", "198.51.100.1:4256", "198.51.100.2:4000",
                            "[::ffff:198.51.100.1]:4000", "[2001:db8::1]:4000"}) {
    const auto elsewhere = ClientEndpoint::parse(other).value();
    EXPECT_EQ(nonces.check(nonce, elsewhere, kStart).verdict, Verdict::forged) << other;
    EXPECT_NE(nonces.issue(elsewhere, kBoth, kStart), nonce) << other;
  }
}

TEST(Nonce, AUTH_35_no_character_can_be_changed) {
  const NonceFactory nonces = factory();
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

TEST(Nonce, AUTH_35_anything_else_is_forged) {
  const NonceFactory nonces = factory();
  const std::string nonce = nonces.issue(kClient, kBoth, kStart);
  for (std::size_t size = 0; size < nonce.size(); ++size)
    EXPECT_EQ(nonces.check(nonce.substr(0, size), kClient, kStart).verdict, Verdict::forged);
  for (const std::string& other :
       {nonce + "=", nonce + nonce, std::string(763, 'x'), std::string(nonce.size(), '\0')}) {
    EXPECT_EQ(nonces.check(other, kClient, kStart).verdict, Verdict::forged);
  }
  EXPECT_EQ(factory(2).check(nonce, kClient, kStart).verdict, Verdict::forged);
}

TEST(Nonce, S6_one_tells_nothing_about_the_next) {
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

}  // namespace
}  // namespace turnpike::turn
