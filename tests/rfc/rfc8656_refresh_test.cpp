// RFC 8656 section 8, and the retransmissions that sections 7.2, 8.2, 10.2 and 12.2 speak of in their notes.
#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

TEST(Rfc8656Retransmission, every_request_may_come_twice_RTX_01_RTX_06) {
  World world;
  TestClient client(world);
  const Buffer requests[] = {
      client.make(Method::allocate, {transport(17)}),
      client.make(Method::refresh, {lifetime(700)}),
      client.make(Method::create_permission, {peer("20.0.2.1:5000")}),
      client.make(Method::channel_bind, {channel(0x4000), peer("20.0.2.1:5000")}),
  };
  for (const Buffer& once : requests) {
    const Answer first = client.ask(once);
    const auto routes = world.routes();
    EXPECT_EQ(first.code(), 0);
    EXPECT_EQ(client.ask(once).bytes(), first.bytes());
    EXPECT_EQ(world.routes(), routes);
  }
  EXPECT_EQ(world.server().allocation_count(), 1U);
}

TEST(Rfc8656Retransmission,
     a_repeated_allocate_has_the_same_relays_and_token_and_what_remains_of_the_lifetime_RTX_02_RTX_03) {
  World world;
  TestClient single(world, "198.51.100.1:1");
  TestClient dual(world, "198.51.100.1:2");
  const Buffer single_request = single.make(Method::allocate, {transport(17), even_port(true)});
  const Buffer dual_request =
      dual.make(Method::allocate, {transport(17), additional_family(2), lifetime(3600)});
  const Answer one = single.ask(single_request);
  const Answer two = dual.ask(dual_request);
  for (const int later_s : {1, 39, 41}) {
    const Answer again = single.ask(single_request);
    EXPECT_EQ(again.relays(), one.relays());
    EXPECT_EQ(again.token(), one.token());
    EXPECT_EQ(dual.ask(dual_request).relays(), two.relays());
    world.advance(seconds(later_s));
  }
  EXPECT_EQ(single.ask(single_request).lifetime_s(), 600U - 81);
  EXPECT_EQ(dual.ask(dual_request).lifetime_s(), 3600U - 81);
  EXPECT_EQ(world.server().allocation_count(), 2U);
}

TEST(Rfc8656Retransmission, a_repetition_while_the_relay_opens_waits_for_the_one_answer_RTX_02) {
  World world;
  TestClient client(world);
  const Buffer allocate = client.make(Method::allocate, {transport(17), even_port(true)});
  world.hold_openings = true;
  client.send(allocate);
  for (int i = 0; i < 3; ++i) client.send(allocate);
  EXPECT_EQ(world.held(), 1U);
  EXPECT_EQ(client.allocate().code(), 437);  // another transaction
  EXPECT_EQ(client.refresh().code(), 437);   // there is nothing to refresh yet
  world.open_next(kInUse);
  client.send(allocate);
  world.open_next(kOpened);
  const auto inbox = world.take_inbox(client.id());
  ASSERT_EQ(inbox.size(), 1U);
  EXPECT_EQ(client.ask(allocate).relay(), Answer(inbox.front()).relay());
}

TEST(Rfc8656Retransmission, a_failed_allocate_is_evaluated_again_RTX_04) {
  World world({.allocations_per_user_max = 1});
  TestClient first(world, "198.51.100.1:1");
  TestClient second(world, "198.51.100.1:2");
  first.allocate();
  const Buffer allocate = second.make(Method::allocate, {transport(17)});
  EXPECT_EQ(second.ask(allocate).code(), 486);
  EXPECT_EQ(second.ask(allocate).code(), 486);
  first.refresh({lifetime(0)});
  EXPECT_EQ(second.ask(allocate).code(), 0);
}

TEST(Rfc8656Retransmission, a_repeated_delete_is_437_which_the_client_takes_for_success_RTX_05) {
  World world;
  TestClient client(world);
  client.allocate();
  const Buffer once = client.make(Method::refresh, {lifetime(0)});
  EXPECT_EQ(client.ask(once).code(), 0);
  EXPECT_EQ(client.ask(once).code(), 437);
}

TEST(Rfc8656Retransmission, the_transaction_counts_and_not_the_bytes_RTX_07_TTC_04) {
  World world;
  TestClient client(world);
  const Signing signing = client.signing();
  const auto id = next_id();
  const auto nth = [&](std::uint8_t request_number) {
    const Attributes attributes{transport(17), raw(0x8025, {0, 0, request_number, 0})};
    return client.ask(
        message(Method::allocate, stun::Class::request, id, attributes, &signing, {fingerprint()}));
  };
  const Answer first = nth(1);
  const Answer second = nth(2);
  EXPECT_EQ(first.code(), 0);
  EXPECT_EQ(second.relay(), first.relay());
  EXPECT_FALSE(second.has(static_cast<Attr>(0x8025)));
}

TEST(Rfc8656Retransmission, over_a_stream_the_same_id_makes_no_second_allocation_RTX_09) {
  World world;
  TestClient client(world, "198.51.100.1:1", {}, Transport::tls);
  const Buffer allocate = client.make(Method::allocate, {transport(17)});
  const Endpoint relay = client.ask(allocate).relay();
  EXPECT_EQ(client.ask(allocate).relay(), relay);
  EXPECT_EQ(world.relays(), std::set{relay});
}

TEST(Rfc8656Retransmission, a_repetition_is_authenticated_too_RTX_10) {
  World world;
  TestClient client(world);
  const Buffer allocate = client.make(Method::allocate, {transport(17)});
  client.ask(allocate);
  Buffer broken = allocate;
  broken.back() ^= 1;
  EXPECT_EQ(client.ask(broken).code(), 401);
  EXPECT_EQ(client.ask(allocate).code(), 0);
  world.advance(seconds(3600));
  EXPECT_EQ(client.ask(allocate).code(), 438);
}

TEST(Rfc8656Refresh, lifetime_0_deletes_TURN_REFR_02) {
  World world;
  TestClient client(world);
  client.allocate();
  EXPECT_EQ(client.refresh({lifetime(0)}).lifetime_s(), 0U);
  EXPECT_TRUE(world.relays().empty());
  EXPECT_EQ(world.take_log<turn::AllocationEnded>().at(0).reason, turn::EndReason::deleted);
  EXPECT_EQ(client.refresh({lifetime(0)}).code(), 437);
}

TEST(Rfc8656Refresh, a_refresh_can_shorten_TURN_REFR_04) {
  World world;
  TestClient client(world);
  client.allocate({lifetime(3600)});
  EXPECT_EQ(client.refresh().lifetime_s(), 600U);
  world.advance(seconds(599));
  EXPECT_EQ(world.server().allocation_count(), 1U);
  world.advance(seconds(1));
  EXPECT_EQ(world.server().allocation_count(), 0U);
}

TEST(Rfc8656Refresh, a_family_that_the_allocation_has_not_is_443_and_changes_nothing_TURN_REFR_05) {
  World world;
  TestClient client(world);
  client.allocate({lifetime(3000)});
  for (const std::uint8_t number : {0, 2, 3, 255}) {
    EXPECT_EQ(client.refresh({family(number)}).code(), 443) << int{number};
    EXPECT_EQ(client.refresh({family(number), lifetime(0)}).code(), 443) << int{number};
  }
  world.advance(seconds(2999));
  EXPECT_EQ(client.refresh({family(1)}).code(), 0);
}

// A dual allocation with one channel and one permission in each half.
struct Dual {
  explicit Dual(World& world_of) : world(world_of), client(world_of) {
    const auto relays = client.allocate({additional_family(2)}).relays();
    v4 = relays.at(0);
    v6 = relays.at(1);
    client.bind(0x4004, "20.0.2.4:5000");
    client.bind(0x4006, "[2a00:db8:5::6]:5000");
    client.request(Method::create_permission, {peer("20.0.2.40:1"), peer("[2a00:db8:5::60]:1")});
  }
  bool v4_works() { return works(v4, 0x4004, "20.0.2.4:5000", "20.0.2.40:5000"); }
  bool v6_works() { return works(v6, 0x4006, "[2a00:db8:5::6]:5000", "[2a00:db8:5::60]:5000"); }

  World& world;
  TestClient client;
  Endpoint v4, v6;

 private:
  // All four ways at once, or none.
  bool works(const Endpoint& relay, std::uint16_t number, const char* bound, const char* permitted) {
    const bool ways[] = {client.reaches_on(number, bound), client.reaches(permitted),
                         world.peer_sends(relay, bound, "hello").has_value(),
                         world.peer_sends(relay, permitted, "hello").has_value()};
    EXPECT_TRUE(ways[0] == ways[1] && ways[1] == ways[2] && ways[2] == ways[3]);
    return ways[0];
  }
};

TEST(Rfc8656Refresh, one_half_is_deleted_and_the_other_keeps_everything_TURN_REFR_06_TURN_REFR_08) {
  for (const bool delete_v6 : {true, false}) {
    World world;
    Dual dual(world);
    ASSERT_TRUE(dual.v4_works() && dual.v6_works());
    const std::uint8_t number = delete_v6 ? 2 : 1;
    EXPECT_EQ(dual.client.refresh({family(number), lifetime(0)}).lifetime_s(), 0U);
    EXPECT_EQ(dual.v4_works(), delete_v6);
    EXPECT_EQ(dual.v6_works(), !delete_v6);
    EXPECT_EQ(world.relays(), std::set{delete_v6 ? dual.v4 : dual.v6});
    EXPECT_EQ(dual.client.refresh({family(number), lifetime(0)}).code(), 443);
    EXPECT_EQ(dual.client.permit(delete_v6 ? "[2a00:db8:5::60]:1" : "20.0.2.40:1").code(), 443);

    EXPECT_EQ(dual.client.refresh({family(delete_v6 ? 1 : 2), lifetime(0)}).code(), 0);
    EXPECT_FALSE(dual.v4_works() || dual.v6_works());
    EXPECT_EQ(dual.client.refresh().code(), 437);
    EXPECT_EQ(dual.client.refresh({family(1)}).code(), 437);
  }
}

TEST(Rfc8656Refresh, one_half_is_refreshed_and_the_other_expires_TURN_REFR_06) {
  World world;
  Dual dual(world);
  world.advance(seconds(400));
  EXPECT_EQ(dual.client.refresh({family(1), lifetime(1000)}).lifetime_s(), 1000U);
  dual.client.bind(0x4004, "20.0.2.4:5000");
  dual.client.bind(0x4006, "[2a00:db8:5::6]:5000");
  dual.client.request(Method::create_permission, {peer("20.0.2.40:1"), peer("[2a00:db8:5::60]:1")});
  world.advance(seconds(199));
  EXPECT_TRUE(dual.v4_works() && dual.v6_works());
  world.advance(seconds(1));
  EXPECT_TRUE(dual.v4_works());
  EXPECT_FALSE(dual.v6_works());
  EXPECT_EQ(dual.client.refresh({family(2)}).code(), 443);
  world.advance(seconds(800));
  EXPECT_EQ(dual.client.refresh().code(), 437);
}

TEST(Rfc8656Refresh, a_repeated_allocate_after_one_half_has_gone_names_the_other_TURN_REFR_06) {
  World world;
  TestClient client(world);
  const Buffer allocate = client.make(Method::allocate, {transport(17), additional_family(2)});
  const Answer both = client.ask(allocate);
  client.refresh({family(1), lifetime(0)});
  EXPECT_EQ(client.ask(allocate).relays(), std::vector{both.relays().at(1)});
}

TEST(Rfc8656Refresh, without_a_family_both_halves_are_refreshed_and_deleted_TURN_REFR_07) {
  World world;
  Dual dual(world);
  dual.client.refresh({lifetime(2000)});
  world.advance(seconds(1999));
  EXPECT_EQ(world.relays().size(), 2U);
  EXPECT_EQ(dual.client.refresh({lifetime(0)}).code(), 0);
  EXPECT_TRUE(world.relays().empty());
  EXPECT_FALSE(dual.v4_works() || dual.v6_works());
}

TEST(Rfc8656Refresh, success_has_only_the_lifetime_TURN_REFR_10) {
  World world;
  TestClient client(world);
  client.allocate({even_port(true)});
  EXPECT_EQ(client.refresh().types(),
            (std::vector{Attr::lifetime, Attr::software, Attr::message_integrity_sha256}));
}

}  // namespace
}  // namespace turnpike::test
