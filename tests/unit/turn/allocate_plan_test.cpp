// What an Allocate is taken to ask for, and what is refused before anything is taken for it.
#include "turnpike/turn/allocate_plan.hpp"

#include <gtest/gtest.h>

#include "rfc/messages.hpp"

namespace turnpike::turn {
namespace {

using test::additional_family;
using test::Attributes;
using test::even_port;
using test::family;
using test::lifetime;
using test::operator+;
using test::token;
using test::transport;

constexpr Families kBoth{.ipv4 = true, .ipv6 = true};
constexpr Families kOnlyIpv4{.ipv4 = true};
constexpr Families kOnlyIpv6{.ipv6 = true};
const ServerOptions kOptions{.external = {}};

Result<AllocatePlan, Refusal> plan(const Attributes& attributes, Families families = kBoth,
                                   std::string_view client = "198.51.100.1:4000",
                                   const ServerOptions& options = kOptions) {
  const test::Buffer bytes = test::request(stun::Method::allocate, attributes);
  const stun::MessageView message = *stun::MessageView::parse(bytes);
  const Request request{message, {{{test::at(client), {}, Transport::udp, {}}, {}}}, {}, {}, nullptr};
  return plan_allocate(request, options, families);
}

RelayWant want(Family family, Parity parity = Parity::any) { return {.family = family, .parity = parity}; }

RelayWant unsupported(Family family) {
  RelayWant made = want(family);
  made.fail({Cause::family_unsupported});
  return made;
}

TEST(AllocatePlan, wants_one_relay_or_one_of_each_family) {
  const struct {
    const char* name;
    Attributes attributes;
    Families families;
    std::vector<RelayWant> expected;
  } cases[] = {
      {"IPv4 unless named", {}, kBoth, {want(Family::ipv4)}},
      {"IPv6 where there is no other", {}, kOnlyIpv6, {want(Family::ipv6)}},
      {"IPv4 named", {family(1)}, kBoth, {want(Family::ipv4)}},
      {"IPv6 named", {family(2)}, kBoth, {want(Family::ipv6)}},
      {"both", {additional_family(2)}, kBoth, {want(Family::ipv4), want(Family::ipv6)}},
      {"both, of which one is there",
       {additional_family(2)},
       kOnlyIpv4,
       {want(Family::ipv4), unsupported(Family::ipv6)}},
      {"an even port", {even_port(false)}, kBoth, {want(Family::ipv4, Parity::even)}},
      {"a pair", {even_port(true), family(2)}, kBoth, {want(Family::ipv6, Parity::pair)}},
      {"both even",
       {even_port(false), additional_family(2)},
       kBoth,
       {want(Family::ipv4, Parity::even), want(Family::ipv6, Parity::even)}},
  };
  for (const auto& [name, attributes, families, expected] : cases) {
    const auto planned = plan(Attributes{transport(17)} + attributes, families);
    ASSERT_TRUE(planned) << name;
    EXPECT_EQ(planned->wants, expected) << name;
    EXPECT_FALSE(planned->token) << name;
  }
}

TEST(AllocatePlan, the_default_family_is_for_clients_that_name_none_TURN_ALLOC_11) {
  const ServerOptions ipv6{.default_family = Family::ipv6, .external = {}};
  const std::string_view client = "198.51.100.1:4000";
  EXPECT_EQ(plan({transport(17)}, kBoth, client, ipv6)->wants, std::vector{want(Family::ipv6)});
  EXPECT_EQ(plan({transport(17), family(1)}, kBoth, client, ipv6)->wants, std::vector{want(Family::ipv4)});
  EXPECT_EQ(plan({transport(17)}, kOnlyIpv4, client, ipv6).error().cause, Cause::family_unsupported);
}

TEST(AllocatePlan, only_a_single_pair_reserves_and_takes_a_second_place_TURN_ALLOC_16) {
  EXPECT_TRUE(plan({transport(17), even_port(true)})->reserves_next());
  EXPECT_EQ(plan({transport(17), even_port(true)})->places(), 2);
  EXPECT_EQ(plan({transport(17), even_port(false)})->places(), 1);
  EXPECT_EQ(plan({transport(17), even_port(false), additional_family(2)})->places(), 1);
}

TEST(AllocatePlan, a_token_stands_for_one_relay_of_whatever_family) {
  const ReservationToken given{1, 2, 3, 4, 5, 6, 7, 8};
  const auto planned = plan({transport(17), token(given)});
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->token, given);
  EXPECT_EQ(planned->wants.size(), 1U);
  EXPECT_EQ(planned->places(), 1);
}

TEST(AllocatePlan, the_lifetime_is_within_the_servers_bounds_TURN_ALLOC_25) {
  EXPECT_EQ(plan({transport(17)})->lifetime_s, 600U);
  const std::pair<std::uint32_t, std::uint32_t> cases[] = {
      {0, 600}, {599, 600}, {601, 601}, {3600, 3600}, {0xFFFFFFFF, 3600}};
  for (const auto& [asked_s, granted_s] : cases)
    EXPECT_EQ(plan({transport(17), lifetime(asked_s)})->lifetime_s, granted_s) << asked_s;
}

TEST(AllocatePlan, what_cannot_be_asked_is_refused_with_its_cause) {
  using test::raw;
  const struct {
    const char* name;
    Attributes attributes;
    Families families;
    Cause expected;
  } cases[] = {
      {"no transport", {}, kBoth, Cause::malformed},
      {"a short transport", {raw(stun::Attr::requested_transport, {17})}, kBoth, Cause::malformed},
      {"TCP", {transport(6)}, kBoth, Cause::unsupported_transport},
      {"a short lifetime", {transport(17), raw(stun::Attr::lifetime, {1})}, kBoth, Cause::malformed},
      {"a long DONT-FRAGMENT",
       {transport(17), raw(stun::Attr::dont_fragment, {0, 0, 0, 0})},
       kBoth,
       Cause::malformed},
      {"a short token",
       {transport(17), raw(stun::Attr::reservation_token, {1, 2, 3, 4})},
       kBoth,
       Cause::malformed},
      {"a token and a family", {transport(17), token({}), family(1)}, kBoth, Cause::malformed},
      {"a token and another family",
       {transport(17), token({}), additional_family(2)},
       kBoth,
       Cause::malformed},
      {"a token and an even port", {transport(17), token({}), even_port(false)}, kBoth, Cause::malformed},
      {"both family attributes", {transport(17), family(1), additional_family(2)}, kBoth, Cause::malformed},
      {"an additional IPv4", {transport(17), additional_family(1)}, kBoth, Cause::malformed},
      {"a pair in both families",
       {transport(17), even_port(true), additional_family(2)},
       kBoth,
       Cause::malformed},
      {"a family that does not exist", {transport(17), family(3)}, kBoth, Cause::family_unsupported},
      {"a family that is not here", {transport(17), family(2)}, kOnlyIpv4, Cause::family_unsupported},
      {"IPv4, which is not here", {transport(17), family(1)}, kOnlyIpv6, Cause::family_unsupported},
      {"nothing, and none is here", {transport(17)}, {}, Cause::family_unsupported},
      {"both, and none is here", {transport(17), additional_family(2)}, {}, Cause::no_relay_address},
  };
  for (const auto& [name, attributes, families, expected] : cases) {
    const auto planned = plan(attributes, families);
    ASSERT_FALSE(planned) << name;
    EXPECT_EQ(to_string(planned.error().cause), to_string(expected)) << name;
  }
}

TEST(AllocatePlan, a_client_behind_a_form_that_hides_ipv4_is_refused) {
  for (const char* address : {"[2002:c633:6401::1]:4000", "[2001::1]:4000", "[::ffff:198.51.100.1]:4000"}) {
    const auto planned = plan({transport(17)}, kBoth, address);
    ASSERT_FALSE(planned) << address;
    EXPECT_EQ(planned.error().cause, Cause::client_disguised) << address;
  }
}

}  // namespace
}  // namespace turnpike::turn
