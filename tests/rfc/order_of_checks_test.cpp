// Which fault is named where a request has two (RFC 8489 9.2.4, RFC 8656 7.2, 8.2, 10.2, 12.2): one order for
// the whole server.
#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

TEST(OrderOfChecks, authentication_goes_step_by_step_TURN_ALLOC_35) {
  World world;
  TestClient client(world);
  const Signing good = client.signing();
  const auto without_integrity = [](Signing& signing) { signing.sha256 = false; };
  const auto without_realm = [](Signing& signing) { signing.realm.reset(); };
  const auto forged_nonce = [](Signing& signing) { signing.nonce = text("forged"); };
  const auto half_a_list = [](Signing& signing) { signing.algorithm.reset(); };
  const auto unknown_user = [](Signing& signing) { signing.username = text("nobody"); };
  const auto wrong_realm = [](Signing& signing) { signing.realm = text("other"); };
  const auto wrong_key = [](Signing& signing) { signing.key.bytes[0] ^= 1; };
  const auto nothing = [](Signing&) {};
  using Bend = std::function<void(Signing&)>;
  const struct {
    const char* name;
    Bend first, second;
    int code;
  } cases[] = {
      {"no integrity, no realm", without_integrity, without_realm, 401},
      {"no realm, forged nonce", without_realm, forged_nonce, 400},
      {"no realm, unknown user", without_realm, unknown_user, 400},
      {"forged nonce, half a list", forged_nonce, half_a_list, 438},
      {"forged nonce, wrong key", forged_nonce, wrong_key, 438},
      {"half a list, unknown user", half_a_list, unknown_user, 400},
      {"half a list, wrong realm", half_a_list, wrong_realm, 400},
      {"unknown user and an unknown attribute", unknown_user, nothing, 401},
      {"an unknown attribute only", nothing, nothing, 420},
  };
  for (const auto& [name, first, second, code] : cases) {
    Signing signing = good;
    first(signing);
    second(signing);
    EXPECT_EQ(client.ask(client.make(Method::allocate, {raw(0x7F01, {})}, signing)).code(), code) << name;
  }
  Signing stale = good;
  half_a_list(stale);
  world.advance(seconds(3600));
  EXPECT_EQ(client.ask(client.make(Method::allocate, {}, stale)).code(), 400);
  unknown_user(stale = good);
  EXPECT_EQ(client.ask(client.make(Method::allocate, {}, stale)).code(), 401);
  EXPECT_EQ(client.ask(client.make(Method::allocate, {raw(0x7F01, {})}, good)).code(), 438);
}

TEST(OrderOfChecks, allocate_tells_the_first_of_two_faults_TURN_ALLOC_35) {
  const turn::ReservationToken nobodys{1, 2, 3};
  const struct {
    const char* name;
    Attributes attributes;
    int code;
  } cases[] = {
      {"unknown attribute, no transport", {raw(0x7F01, {})}, 420},
      {"no transport, token with family", {token(nobodys), family(1)}, 400},
      {"TCP, token with family", {transport(6), token(nobodys), family(1)}, 442},
      {"TCP, unsupported family", {transport(6), family(3)}, 442},
      {"token of nobody's with an unsupported family", {transport(17), token(nobodys), family(3)}, 400},
      {"both family attributes, one unsupported", {transport(17), family(3), additional_family(2)}, 400},
      {"unsupported family, reserving", {transport(17), family(3), even_port(true)}, 440},
      {"reserving with a wrong additional family",
       {transport(17), even_port(true), additional_family(1)},
       400},
      {"over quota, token of nobody's", {transport(17), token(nobodys)}, 508},
      {"over quota, unsupported family", {transport(17), family(3)}, 440},
      {"over quota, no transport", {}, 400},
      {"over quota, no port left", {transport(17)}, 486},
  };
  World world({.addresses = {ip("203.0.113.1")}, .ports = {50000, 50000}, .allocations_per_user_max = 1});
  TestClient first(world, "198.51.100.1:1");
  TestClient client(world, "198.51.100.1:2");
  ASSERT_EQ(first.allocate().code(), 0);
  for (const auto& [name, attributes, code] : cases)
    EXPECT_EQ(client.request(Method::allocate, attributes).code(), code) << name;
  for (const auto& [name, attributes, code] : cases) {
    EXPECT_EQ(first.request(Method::allocate, attributes).code(), code == 420 ? 420 : 437)
        << name << ", but there is an allocation";
  }
}

TEST(OrderOfChecks,
     the_other_requests_ask_for_the_allocation_then_the_user_then_their_own_rules_TURN_ALLOC_35) {
  World world;
  TestClient owner(world, "198.51.100.1:1");
  TestClient other(world, "198.51.100.1:1", kUser2);
  TestClient without(world, "198.51.100.1:2");
  ASSERT_EQ(owner.allocate().code(), 0);
  const std::pair<Method, Attributes> broken[] = {
      {Method::refresh, {raw(Attr::lifetime, {1})}},
      {Method::create_permission, {}},
      {Method::channel_bind, {channel(0x3FFF)}},
  };
  for (const auto& [method, attributes] : broken) {
    const Attributes with_unknown = attributes + Attributes{raw(0x7F01, {})};
    EXPECT_EQ(owner.request(method, attributes).code(), 400);
    EXPECT_EQ(other.request(method, attributes).code(), 441);
    EXPECT_EQ(without.request(method, attributes).code(), 437);
    for (TestClient* client : {&owner, &other, &without})
      EXPECT_EQ(client->request(method, with_unknown).code(), 420);
  }
  EXPECT_EQ(owner.refresh({raw(Attr::lifetime, {1}), family(2)}).code(), 400);
}

}  // namespace
}  // namespace turnpike::test
