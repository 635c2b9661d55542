// RFC 8656 section 7.2: Allocate.
#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

const IpAddress kRelayV4 = ip("203.0.113.1");

TEST(Rfc8656Allocate, a_second_allocate_on_the_5_tuple_is_437_whoever_sends_it_TURN_ALLOC_02) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  EXPECT_EQ(client.allocate().code(), 437);
  EXPECT_EQ(client.request(Method::allocate, {}).code(), 437);
  TestClient other(world, "198.51.100.1:4000", kUser2);
  EXPECT_EQ(other.allocate().code(), 437);
  EXPECT_EQ(world.relays(), std::set{relay});
}

TEST(Rfc8656Allocate, the_transport_must_be_named_and_be_udp_TURN_ALLOC_03_TURN_ALLOC_04) {
  World world;
  TestClient client(world);
  EXPECT_EQ(client.request(Method::allocate, {}).code(), 400);
  EXPECT_EQ(client.request(Method::allocate, {raw(Attr::requested_transport, {17})}).code(), 400);
  for (const std::uint8_t protocol : {0, 1, 6, 16, 18, 132, 255}) {
    EXPECT_EQ(client.request(Method::allocate, {transport(protocol)}).code(), 442) << int{protocol};
  }
}

TEST(Rfc8656Allocate, dont_fragment_is_accepted_TURN_ALLOC_05) {
  World world;
  TestClient client(world);
  EXPECT_EQ(client.allocate({dont_fragment()}).code(), 0);
}

TEST(Rfc8656Allocate, token_with_even_port_or_family_is_400_and_the_token_stays_good_TURN_ALLOC_06) {
  World world;
  TestClient owner(world, "198.51.100.1:1");
  TestClient client(world, "198.51.100.1:2");
  const auto reserved = owner.allocate({even_port(true)}).token().value();
  for (const Attribute& other :
       {even_port(false), even_port(true), family(1), family(2), additional_family(2), family(9)}) {
    EXPECT_EQ(client.allocate({token(reserved), other}).code(), 400);
    EXPECT_EQ(client.allocate({other, token(reserved)}).code(), 400);
  }
  EXPECT_EQ(client.allocate({token(reserved)}).code(), 0);
}

TEST(Rfc8656Allocate, a_token_that_is_unknown_used_or_expired_is_508_TURN_ALLOC_07) {
  World world;
  TestClient owner(world, "198.51.100.1:1");
  TestClient client(world, "198.51.100.1:2");
  TestClient late(world, "198.51.100.1:3");
  EXPECT_EQ(client.allocate({token({1, 2, 3, 4, 5, 6, 7, 8})}).code(), 508);
  const auto used = owner.allocate({even_port(true)}).token().value();
  EXPECT_EQ(client.allocate({token(used)}).code(), 0);
  EXPECT_EQ(late.allocate({token(used)}).code(), 508);

  TestClient again(world, "198.51.100.1:4");
  const auto old = again.allocate({even_port(true)}).token().value();
  world.advance(seconds(32));
  EXPECT_EQ(late.allocate({token(old)}).code(), 508);
}

TEST(Rfc8656Allocate, every_combination_of_families_has_its_relays_or_its_refusal) {
  const IpAddress v6 = ip("2a00:db8::1");
  const std::vector<IpAddress> only4{kRelayV4}, only6{v6}, both{kRelayV4, v6}, none;
  using Families = std::vector<Family>;
  const auto ipv4 = Family::ipv4;
  const auto ipv6 = Family::ipv6;
  const struct {
    const char* name;
    std::vector<IpAddress> addresses;
    Attributes attributes;
    int code;
    Families relays;
    std::optional<std::pair<int, int>> missing;
  } cases[] = {
      {"nothing asked, IPv4 there, TURN_ALLOC_11", both, {}, 0, {ipv4}, {}},
      {"nothing asked, IPv4 only, TURN_ALLOC_11", only4, {}, 0, {ipv4}, {}},
      {"nothing asked, IPv6 only, TURN_ALLOC_11", only6, {}, 0, {ipv6}, {}},
      {"nothing asked, neither, TURN_ALLOC_11", none, {}, 440, {}, {}},
      {"IPv4 asked", both, {family(1)}, 0, {ipv4}, {}},
      {"IPv6 asked", both, {family(2)}, 0, {ipv6}, {}},
      {"IPv6 asked of an IPv4 server, TURN_ALLOC_10", only4, {family(2)}, 440, {}, {}},
      {"IPv4 asked of an IPv6 server, TURN_ALLOC_10", only6, {family(1)}, 440, {}, {}},
      {"family 0, TURN_ALLOC_10", both, {family(0)}, 440, {}, {}},
      {"family 3, TURN_ALLOC_10", both, {family(3)}, 440, {}, {}},
      {"both attributes, TURN_ALLOC_09", both, {family(1), additional_family(2)}, 400, {}, {}},
      {"both attributes, the other way round, TURN_ALLOC_09",
       both,
       {additional_family(2), family(2)},
       400,
       {},
       {}},
      {"additional IPv4, TURN_ALLOC_17", both, {additional_family(1)}, 400, {}, {}},
      {"additional 3, TURN_ALLOC_17", both, {additional_family(3)}, 400, {}, {}},
      {"additional 0, TURN_ALLOC_17", both, {additional_family(0)}, 400, {}, {}},
      {"dual, TURN_ALLOC_18", both, {additional_family(2)}, 0, {ipv4, ipv6}, {}},
      {"dual of an IPv4 server, TURN_ALLOC_19", only4, {additional_family(2)}, 0, {ipv4}, {{2, 440}}},
      {"dual of an IPv6 server, TURN_ALLOC_19", only6, {additional_family(2)}, 0, {ipv6}, {{1, 440}}},
      {"dual of no server, TURN_ALLOC_20", none, {additional_family(2)}, 508, {}, {}},
  };
  for (const auto& [name, addresses, attributes, code, relays, missing] : cases) {
    for (const auto* source : {"198.51.100.1:4000", "[2a00:db8:7::1]:4000"}) {
      World world({.addresses = addresses});
      TestClient client(world, source);
      const Answer answer = client.allocate(attributes);
      EXPECT_EQ(answer.code(), code) << name;
      Families families;
      for (const Endpoint& relay : answer.relays()) families.push_back(relay.family());
      EXPECT_EQ(families, relays) << name;
      EXPECT_EQ(answer.address_error(), missing) << name;
      EXPECT_EQ(world.counts().places, code == 0 ? 1U : 0U) << name;
    }
  }
}

TEST(Rfc8656Allocate, a_dual_allocation_takes_what_is_left_TURN_ALLOC_19_TURN_ALLOC_20) {
  World world({.ports = {50000, 50000}});
  TestClient v4(world, "198.51.100.1:1");
  TestClient dual(world, "198.51.100.1:2");
  TestClient late(world, "198.51.100.1:3");
  ASSERT_EQ(v4.allocate().code(), 0);
  const Answer answer = dual.allocate({additional_family(2)});
  EXPECT_EQ(answer.relays(), std::vector<Endpoint>{at("[2a00:db8::1]:50000")});
  EXPECT_EQ(answer.address_error(), (std::pair{1, 508}));
  EXPECT_EQ(late.allocate({additional_family(2)}).code(), 508);
  EXPECT_EQ(world.counts().places, 2U);
}

TEST(Rfc8656Allocate, a_half_whose_socket_fails_is_named_and_the_other_lives_TURN_ALLOC_19) {
  for (const auto outcome : {kNotPermitted, kInUse}) {
    World world;
    TestClient client(world);
    world.hold_openings = true;
    client.send(client.make(Method::allocate, {transport(17), additional_family(2)}));
    ASSERT_EQ(world.held(), 2U);
    world.open_next(kOpened);
    while (world.held() > 0) world.open_next(outcome);
    const auto inbox = world.take_inbox(client.id());
    ASSERT_EQ(inbox.size(), 1U);
    const Answer answer(inbox.front());
    EXPECT_EQ(answer.code(), 0);
    EXPECT_EQ(answer.relay().family(), Family::ipv4);
    EXPECT_EQ(answer.address_error(), (std::pair{2, 508}));
  }
}

TEST(Rfc8656Allocate, even_port_with_an_additional_family_TURN_ALLOC_12) {
  World world;
  TestClient client(world);
  EXPECT_EQ(client.allocate({even_port(true), additional_family(2)}).code(), 400);
  const auto relays = client.allocate({even_port(false), additional_family(2)}).relays();
  ASSERT_EQ(relays.size(), 2U);
  for (const Endpoint& relay : relays) EXPECT_EQ(relay.port % 2, 0);
}

TEST(Rfc8656Allocate, even_port_gives_even_ports_while_there_are_any_TURN_ALLOC_13) {
  World world({.addresses = {kRelayV4}, .ports = {50000, 50099}});
  for (int i = 0; i < 50; ++i) {
    TestClient client(world, "198.51.100.1:" + std::to_string(i + 1));
    const Answer answer = client.allocate({even_port(false)});
    EXPECT_EQ(answer.relay().port % 2, 0);
    EXPECT_FALSE(answer.token());
  }
  TestClient late(world, "198.51.100.1:100");
  EXPECT_EQ(late.allocate({even_port(false)}).code(), 508);
  EXPECT_EQ(late.allocate({even_port(true)}).code(), 508);
  EXPECT_EQ(late.allocate().relay().port % 2, 1);
}

TEST(Rfc8656Allocate,
     the_next_port_is_reserved_for_the_user_who_brings_the_token_TURN_ALLOC_14_TURN_ALLOC_15) {
  for (const std::uint8_t number : {1, 2}) {
    for (const Transport over : {Transport::udp, Transport::tcp}) {
      World world;
      TestClient owner(world, "198.51.100.1:1");
      TestClient same_user(world, "[2a00:db8:7::1]:2", {}, over);
      TestClient other_user(world, "[2a00:db8:7::1]:3", kUser2, over);
      const Answer first = owner.allocate({even_port(true), family(number)});
      ASSERT_TRUE(first.token());
      EXPECT_EQ(first.relay().port % 2, 0);
      world.advance(seconds(30));
      EXPECT_EQ(other_user.allocate({token(*first.token())}).code(), 508);
      const Answer second = same_user.allocate({token(*first.token())});
      EXPECT_EQ(second.relay(), first.relay().with_port(static_cast<std::uint16_t>(first.relay().port + 1)));
      EXPECT_FALSE(second.token());
      EXPECT_EQ(world.ledger().held_by("user"), 2U);
      EXPECT_EQ(world.ledger().held_by("user2"), 0U);
    }
  }
}

TEST(Rfc8656Allocate, a_reservation_outlives_the_allocation_that_made_it_TURN_ALLOC_15) {
  World world;
  TestClient owner(world, "198.51.100.1:1");
  TestClient other(world, "198.51.100.1:2");
  const Answer first = owner.allocate({even_port(true)});
  owner.refresh({lifetime(0)});
  world.advance(seconds(31));
  EXPECT_EQ(other.allocate({token(*first.token())}).relay().port, first.relay().port + 1);
}

TEST(Rfc8656Allocate, a_reserved_port_is_nobody_elses_and_counts_in_the_quota_TURN_ALLOC_16) {
  World world({.addresses = {kRelayV4}, .ports = {50000, 50003}, .allocations_per_user_max = 3});
  TestClient owner(world, "198.51.100.1:1");
  const Answer first = owner.allocate({even_port(true)});
  EXPECT_EQ(world.ledger().held_by("user"), 2U);
  TestClient second(world, "198.51.100.1:2");
  EXPECT_EQ(second.allocate({even_port(true)}).code(), 486);
  EXPECT_EQ(world.ledger().held_by("user"), 2U);
  EXPECT_EQ(second.allocate().code(), 0);
  TestClient third(world, "198.51.100.1:3");
  EXPECT_EQ(third.allocate().code(), 486);

  TestClient fourth(world, "198.51.100.1:4", kUser2);
  TestClient fifth(world, "198.51.100.1:5", kUser2);
  EXPECT_EQ(fourth.allocate().code(), 0);
  EXPECT_EQ(fifth.allocate().code(), 508);
  EXPECT_EQ(third.allocate({token(*first.token())}).relay().port, first.relay().port + 1);
  EXPECT_EQ(world.ledger().held_by("user"), 3U);
}

TEST(Rfc8656Allocate, an_expired_reservation_gives_place_and_port_back_TURN_ALLOC_16) {
  World world({.addresses = {kRelayV4}, .ports = {50000, 50001}, .allocations_per_user_max = 2});
  TestClient owner(world, "198.51.100.1:1");
  TestClient next(world, "198.51.100.1:2");
  owner.allocate({even_port(true), lifetime(3000)});
  world.advance(seconds(31));
  EXPECT_EQ(owner.refresh({lifetime(3000)}).code(), 0);  // still there
  EXPECT_EQ(next.allocate().code(), 486);
  world.advance(seconds(1));
  EXPECT_EQ(next.allocate().relay().port, 50001);
}

TEST(Rfc8656Allocate, reservations_of_clients_that_are_gone_make_room_TURN_ALLOC_16) {
  World world({.addresses = {kRelayV4}, .ports = {50000, 50007}});
  for (int i = 0; i < 4; ++i) {
    TestClient gone(world, "198.51.100.1:" + std::to_string(i + 1));
    EXPECT_EQ(gone.allocate({even_port(true)}).code(), 0);
    gone.refresh({lifetime(0)});
  }
  TestClient next(world, "198.51.100.2:1", kUser2);
  TestClient redeems(world, "198.51.100.2:2", kUser2);
  const auto reserved = next.allocate({even_port(true)}).token();
  ASSERT_TRUE(reserved);
  EXPECT_EQ(redeems.allocate({token(*reserved)}).code(), 0);
  EXPECT_EQ(world.counts().reservations, 3U) << "no more than that one needs";
}

TEST(Rfc8656Allocate, a_user_who_is_full_gets_the_place_of_a_reservation_that_they_left_TURN_ALLOC_16) {
  World world({.allocations_per_user_max = 2});
  TestClient client(world);
  EXPECT_EQ(client.allocate({even_port(true)}).code(), 0);
  client.refresh({lifetime(0)});
  EXPECT_EQ(client.allocate({even_port(true)}).code(), 0);
}

TEST(Rfc8656Allocate, the_quota_is_counted_by_user_and_a_dual_allocation_counts_once_TURN_ALLOC_21) {
  World world({.allocations_per_user_max = 2});
  TestClient first(world, "198.51.100.1:1");
  TestClient second(world, "198.51.100.2:1");
  TestClient third(world, "198.51.100.3:1");
  TestClient other(world, "198.51.100.1:2", kUser2);
  EXPECT_EQ(first.allocate({additional_family(2)}).code(), 0);
  EXPECT_EQ(second.allocate().code(), 0);
  EXPECT_EQ(third.allocate().code(), 486);
  EXPECT_EQ(other.allocate().code(), 0);
  first.refresh({lifetime(0), family(2)});
  EXPECT_EQ(third.allocate().code(), 486);
  first.refresh({lifetime(0)});
  EXPECT_EQ(third.allocate().code(), 0);
}

TEST(Rfc8656Allocate, a_full_user_gets_the_places_of_clients_that_were_not_heard_of_for_30_s_TURN_ALLOC_21) {
  World world({.allocations_per_user_max = 3});
  TestClient lost(world, "198.51.100.1:1");
  TestClient asks(world, "198.51.100.1:2");
  TestClient sends(world, "198.51.100.1:3");
  TestClient moved(world, "198.51.100.9:1");
  for (TestClient* client : {&lost, &asks, &sends}) EXPECT_EQ(client->allocate().code(), 0);
  EXPECT_EQ(sends.bind(0x4000, "20.0.2.1:7").code(), 0);
  world.advance(seconds(29));
  EXPECT_EQ(asks.refresh().code(), 0);
  EXPECT_TRUE(sends.reaches_on(0x4000, "20.0.2.1:7"));
  EXPECT_EQ(moved.allocate().code(), 486);
  world.advance(seconds(1));
  EXPECT_EQ(moved.allocate().code(), 0);
  const auto ended = world.take_log<turn::AllocationEnded>();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].client, lost.id());
  EXPECT_EQ(ended[0].reason, turn::EndReason::abandoned);
  EXPECT_EQ(lost.refresh().code(), 437);
  EXPECT_EQ(lost.allocate().code(), 486);
}

TEST(Rfc8656Allocate, the_limit_of_the_whole_server_is_508_TURN_ALLOC_21) {
  World world({.allocations_max = 1});
  TestClient first(world, "198.51.100.1:1");
  TestClient second(world, "198.51.100.1:2", kUser2);
  EXPECT_EQ(first.allocate({even_port(true)}).code(), 508);
  EXPECT_EQ(first.allocate().code(), 0);
  EXPECT_EQ(second.allocate().code(), 508);
}

TEST(Rfc8656Allocate, lifetimes_are_between_default_and_maximum_TURN_ALLOC_25_TURN_REFR_03) {
  const std::pair<std::optional<std::uint32_t>, std::uint32_t> cases[] = {
      {std::nullopt, 600}, {0, 600},     {1, 600},     {599, 600},   {600, 600},
      {601, 601},          {3600, 3600}, {3601, 3600}, {5000, 3600}, {0xFFFFFFFF, 3600},
  };
  for (const auto& [asked, granted] : cases) {
    World world;
    TestClient client(world);
    const Attributes attributes = asked ? Attributes{lifetime(*asked)} : Attributes{};
    EXPECT_EQ(client.allocate(attributes).lifetime_s(), granted);
    if (asked != 0U) {
      EXPECT_EQ(client.refresh(attributes).lifetime_s(), granted);
    }
    world.advance(seconds(granted) - std::chrono::nanoseconds(1));
    EXPECT_EQ(world.server().allocation_count(), 1U);
    world.advance(std::chrono::nanoseconds(1));
    EXPECT_EQ(world.server().allocation_count(), 0U);
  }
}

TEST(Rfc8656Allocate, success_holds_the_addresses_the_lifetime_and_the_token_if_one_was_made_TURN_ALLOC_26) {
  World world;
  TestClient client(world);
  const Answer answer = client.allocate({even_port(true)});
  EXPECT_EQ(answer.types(),
            (std::vector{Attr::xor_relayed_address, Attr::lifetime, Attr::xor_mapped_address,
                         Attr::reservation_token, Attr::software, Attr::message_integrity_sha256}));
  EXPECT_EQ(answer.mapped(), client.address());
  EXPECT_TRUE(world.relays().contains(answer.relay()));
}

TEST(Rfc8656Allocate, the_external_address_is_shown_TURN_ALLOC_27) {
  WorldOptions options;
  options.addresses = {ip("10.0.0.5"), ip("fd00::5")};
  options.server.external = AddressMap({{ip("10.0.0.5"), ExternalAddress(ip("203.0.113.9"))},
                                        {ip("fd00::5"), ExternalAddress(ip("2a00:db8:9::9"))}});
  World world(options);
  TestClient client(world);
  const auto relays = client.allocate({additional_family(2)}).relays();
  ASSERT_EQ(relays.size(), 2U);
  EXPECT_EQ(relays[0].address, ip("203.0.113.9"));
  EXPECT_EQ(relays[1].address, ip("2a00:db8:9::9"));
  EXPECT_TRUE(world.relays().contains({ip("10.0.0.5"), relays[0].port}));
}

TEST(Rfc8656Allocate, a_new_allocation_lets_nobody_in_TURN_ALLOC_28_SEC_08) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  EXPECT_FALSE(world.peer_sends(relay, "20.0.2.1:5000", "hello"));
  EXPECT_FALSE(client.reaches("20.0.2.1:5000"));
  EXPECT_FALSE(client.reaches_on(0x4000, "20.0.2.1:5000"));
  EXPECT_TRUE(world.routes().empty());
}

TEST(Rfc8656Allocate, an_exhausted_range_is_508_TURN_ALLOC_29) {
  World world({.addresses = {kRelayV4}, .ports = {50000, 50000}});
  TestClient first(world, "198.51.100.1:1");
  TestClient second(world, "198.51.100.1:2");
  EXPECT_EQ(first.allocate().code(), 0);
  EXPECT_EQ(second.allocate().code(), 508);
}

TEST(Rfc8656Allocate, teredo_and_6to4_neither_allocate_nor_are_peers_TURN_ALLOC_30_SEC_05) {
  World world;
  TestClient client(world, "[2a00:db8:7::1]:4000");
  client.allocate({family(2)});
  for (const std::string address : {"[2001:0:1::1]:5000", "[2001::1]:5000", "[2002:c000:201::1]:5000"}) {
    TestClient tunnelled(world, address);
    EXPECT_EQ(tunnelled.allocate().code(), 403);
    EXPECT_EQ(tunnelled.allocate({family(1)}).code(), 403);
    EXPECT_EQ(client.permit(address).code(), 403);
    EXPECT_EQ(client.bind(0x4000, address).code(), 403);
    EXPECT_FALSE(client.reaches(address));
  }
  EXPECT_TRUE(world.routes().empty());
}

TEST(Rfc8656Allocate, a_failed_allocate_leaves_nothing_behind_TURN_ALLOC_32) {
  World world({.addresses = {kRelayV4}, .ports = {50000, 50199}, .allocations_per_user_max = 3});
  const auto before = world.counts();
  TestClient client(world);
  for (int i = 0; i < 500; ++i) {
    EXPECT_EQ(client.request(Method::allocate, {}).code(), 400);
    EXPECT_EQ(client.allocate({family(2)}).code(), 440);
    EXPECT_EQ(client.allocate({token({1})}).code(), 508);
    world.outcomes = {kInUse, kNotPermitted};
    EXPECT_EQ(client.allocate({even_port(true)}).code(), 500);
    world.outcomes.assign(16, kInUse);
    EXPECT_EQ(client.allocate().code(), 508);
    world.advance(seconds(30));
  }
  EXPECT_EQ(client.allocate({even_port(true)}).code(), 0);
  EXPECT_EQ(world.counts().ports.free, before.ports.free - 2);
}

TEST(Rfc8656Allocate, success_is_sent_when_the_relay_is_open_and_not_before_TURN_ALLOC_33) {
  World world;
  TestClient client(world);
  world.hold_openings = true;
  client.send(client.make(Method::allocate, {transport(17), additional_family(2)}));
  world.open_next(kOpened);
  EXPECT_TRUE(world.take_inbox(client.id()).empty());
  world.open_next(kOpened);
  const auto inbox = world.take_inbox(client.id());
  ASSERT_EQ(inbox.size(), 1U);
  EXPECT_EQ(Answer(inbox.front()).relays().size(), 2U);
}

TEST(Rfc8656Allocate, a_port_that_another_program_holds_is_passed_over_TURN_ALLOC_33) {
  World world;
  TestClient client(world);
  world.outcomes.assign(15, kInUse);
  const Answer answer = client.allocate({even_port(true)});
  EXPECT_EQ(answer.code(), 0);
  EXPECT_EQ(answer.relay().port % 2, 0);
}

TEST(Rfc8656Allocate, a_reserved_port_that_cannot_be_opened_is_508_and_gone_TURN_ALLOC_07) {
  World world;
  TestClient owner(world, "198.51.100.1:1");
  TestClient other(world, "198.51.100.1:2");
  const auto reserved = owner.allocate({even_port(true)}).token().value();
  world.outcomes = {kInUse};
  EXPECT_EQ(other.allocate({token(reserved)}).code(), 508);
  EXPECT_EQ(other.allocate({token(reserved)}).code(), 508);
  EXPECT_EQ(world.counts().places, 1U);
}

}  // namespace
}  // namespace turnpike::test
