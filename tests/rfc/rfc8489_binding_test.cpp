// RFC 8489 sections 6.3.1, 12 and 14: Binding, and what all error responses have in common.
#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

TEST(Rfc8489Binding, the_answer_is_the_address_of_the_source_and_small_BIND_01_BIND_02_BIND_03_BIND_07_S27) {
  for (const auto transport : {Transport::udp, Transport::tcp, Transport::tls, Transport::dtls}) {
    World world;
    TestClient v4(world, "198.51.100.1:4000", {}, transport);
    TestClient v6(world, "[2a00:db8:7::1]:4000", {}, transport);
    for (TestClient* client : {&v4, &v6}) {
      const Answer answer = client->ask(request(Method::binding));
      EXPECT_EQ(answer.mapped(), client->address());
      EXPECT_EQ(answer.types(), std::vector{Attr::xor_mapped_address});
    }
    EXPECT_EQ(v4.ask(request(Method::binding)).bytes().size(), 32U);
    EXPECT_EQ(v6.ask(request(Method::binding)).bytes().size(), 44U);
    EXPECT_EQ(v4.ask(request(Method::binding, {fingerprint()})).bytes().size(), 40U);
  }
}

TEST(Rfc8489Binding, the_same_request_has_the_same_answer_with_and_without_an_allocation_BIND_04_BIND_05) {
  World world;
  TestClient client(world);
  const Buffer binding = request(Method::binding);
  const Buffer first = client.ask(binding).bytes();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.ask(binding).bytes(), first);
  ASSERT_EQ(client.allocate().code(), 0);
  EXPECT_EQ(client.ask(binding).bytes(), first);
  client.refresh({lifetime(0)});
  EXPECT_EQ(client.ask(binding).bytes(), first);
}

TEST(Rfc8489Binding, stun_from_a_peer_is_data_and_not_answered_BIND_11_TURN_DATA_07) {
  World world;
  TestClient client(world);
  const Endpoint relay = client.allocate().relay();
  client.permit("20.0.2.1:5000");
  const Buffer check = request(Method::binding, {fingerprint()});
  const auto got = world.peer_sends(relay, at("20.0.2.1:5000"), check);
  ASSERT_TRUE(got);
  EXPECT_EQ(copy(*Answer(*got).view().find(Attr::data)), check);
  EXPECT_TRUE(world.take_arrived().empty());
}

TEST(Rfc8489Error, software_is_named_in_signed_allocate_and_refresh_responses_only_ERR_02_ERR_03) {
  World world;
  TestClient client(world);
  EXPECT_FALSE(client.ask(request(Method::allocate)).has(Attr::software));
  EXPECT_FALSE(client.ask(request(Method::binding)).has(Attr::software));
  for (const Answer& answer : {client.request(Method::allocate, {}), client.allocate(), client.refresh(),
                               client.refresh({family(2)})}) {
    EXPECT_EQ(answer.string(Attr::software), "turnpike") << answer.code();
  }
}

TEST(Rfc8489Error, a_socket_error_is_500_and_leaves_nothing_ERR_04) {
  World world;
  TestClient client(world);
  world.outcomes = {kNotPermitted};
  EXPECT_EQ(client.allocate().code(), 500);
  world.outcomes = {kInUse, kNotPermitted};
  EXPECT_EQ(client.allocate({even_port(true)}).code(), 500);
  world.outcomes = {kNotPermitted, kNotPermitted};
  EXPECT_EQ(client.allocate({additional_family(2)}).code(), 500);
  EXPECT_EQ(world.counts().places, 0U);
  EXPECT_EQ(client.allocate().code(), 0);
}

TEST(Rfc8489Error, a_challenge_is_small_SEC_02_S27) {
  World world({.realm = "turnpike"});
  TestClient client(world);
  EXPECT_LE(client.ask(request(Method::allocate)).bytes().size(), 120U);
  EXPECT_LE(client.ask(request(Method::allocate, {transport(17), fingerprint()})).bytes().size(), 120U);
}

TEST(Rfc8489Error, strangers_over_udp_get_so_many_answers_a_second_and_others_are_not_affected_SEC_01_S27) {
  WorldOptions options;
  options.server.unauthenticated_per_second = 100;
  World world(options);
  TestClient flood(world, "198.51.100.1:1");
  TestClient known(world, "198.51.100.1:2");
  TestClient stream(world, "198.51.100.1:3", {}, Transport::tcp);
  TestClient elsewhere(world, "198.51.100.2:1");
  ASSERT_EQ(known.allocate().code(), 0);
  ASSERT_EQ(stream.allocate().code(), 0);
  const auto answered = [&](const auto& make) {
    int count = 0;
    for (int i = 0; i < 1000; ++i) count += flood.ask(make()).came() ? 1 : 0;
    return count;
  };
  const Signing bare{.username = text("user")};
  const auto allocate = [] { return request(Method::allocate); };
  const auto binding = [] { return request(Method::binding); };
  const auto without_realm = [&] { return flood.make(Method::allocate, {}, bare); };
  EXPECT_EQ(answered(allocate), 99);  // one challenge has gone to another port of the address
  EXPECT_EQ(answered(binding), 100);
  EXPECT_EQ(answered(without_realm), 0);
  EXPECT_EQ(answered([] { return request(Method::binding, {raw(0x7F01, {})}); }), 0);

  // Signed requests, streams and other addresses are answered.
  EXPECT_EQ(known.refresh().code(), 0);
  EXPECT_EQ(known.refresh({family(2)}).code(), 443);
  EXPECT_EQ(stream.ask(request(Method::allocate)).code(), 401);
  EXPECT_EQ(elsewhere.ask(request(Method::allocate)).code(), 401);
  world.advance(std::chrono::milliseconds(500));
  EXPECT_EQ(answered(without_realm), 50);
}

}  // namespace
}  // namespace turnpike::test
