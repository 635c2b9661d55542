// Every cause that a refusal can have: what leads to it, the code that the client gets, and what is told
// beside it.
#include <gmock/gmock.h>

#include "rfc/test_client.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::test {
namespace {

using turn::Cause;

// What was told about the latest refusal.
turn::RequestRefused latest(World& world) {
  auto told = world.take_log<turn::RequestRefused>();
  EXPECT_FALSE(told.empty());
  return told.empty() ? turn::RequestRefused{} : told.back();
}

struct Provocation {
  Cause cause;
  int code;
  WorldOptions options;
  std::function<Answer(World&)> provoke;
};

// A request of a client that has no allocation, signed in a way that is bent.
std::function<Answer(World&)> signed_badly(std::function<void(Signing&)> bend) {
  return [bend](World& world) {
    TestClient client(world);
    Signing signing = client.signing();
    bend(signing);
    return client.ask(client.make(Method::allocate, {transport(17)}, signing));
  };
}

std::function<Answer(World&)> allocates(Attributes attributes) {
  return [attributes](World& world) { return TestClient(world).request(Method::allocate, attributes); };
}

// Asked by a client that has an allocation.
std::function<Answer(World&)> asks(std::function<Answer(TestClient&)> ask) {
  return [ask](World& world) {
    TestClient client(world);
    EXPECT_EQ(client.allocate().code(), 0);
    return ask(client);
  };
}

WorldOptions with_peers(turn::PeerRules rules) {
  WorldOptions options;
  options.peers = std::move(rules);
  return options;
}

std::vector<turn::PeerRule> rules(std::string_view prefix) { return {{IpPrefix::parse(prefix).value()}}; }

std::vector<Provocation> of_authentication() {
  std::vector<turn::Credential> expiring{{"user", "pass", "user", 1'699'999'999}};
  std::vector<turn::Credential> far_ahead{{"user", "pass", "user", 1'700'000'601, 600}};
  return {
      {Cause::no_credentials,
       401,
       {},
       [](World& world) { return TestClient(world).ask(request(Method::allocate)); }},
      {Cause::incomplete_credentials, 400, {}, signed_badly([](Signing& signing) { signing.realm.reset(); })},
      {Cause::foreign_nonce, 438, {}, signed_badly([](Signing& signing) { signing.nonce = text("forged"); })},
      {Cause::stale_nonce,
       438,
       {},
       [](World& world) {
         TestClient client(world);
         const Buffer old = client.make(Method::allocate, {transport(17)});
         world.advance(seconds(3600));
         return client.ask(old);
       }},
      {Cause::unknown_password_algorithm, 400, {}, signed_badly([](Signing& signing) {
         signing.algorithm.reset();
       })},
      {Cause::other_realm, 401, {}, signed_badly([](Signing& signing) { signing.realm = text("other"); })},
      {Cause::unknown_user, 401, {}, signed_badly([](Signing& signing) {
         signing.username = text("nobody");
       })},
      {Cause::wrong_integrity, 401, {}, signed_badly([](Signing& signing) { signing.key.bytes[0] ^= 1; })},
      {Cause::expired, 401, {.users = expiring}, allocates({transport(17)})},
      {Cause::expiry_too_far, 401, {.users = far_ahead}, allocates({transport(17)})},
      {Cause::unknown_key,
       401,
       {.credentials = std::make_shared<livekit::EmbeddedCredentials>(auth::Secrets{{"APIkey", "secret"}})},
       signed_badly([](Signing& signing) {
         signing.username = text(livekit::embedded_username("APIother", "PA_1", 1'800'000'000));
       })},
      {Cause::other_user,
       441,
       {},
       [](World& world) {
         TestClient owner(world);
         owner.allocate();
         return TestClient(world, "198.51.100.1:4000", kUser2).refresh();
       }},
  };
}

std::vector<Provocation> of_the_message() {
  return {
      {Cause::malformed, 400, {}, allocates({})},
      {Cause::unknown_attribute, 420, {}, allocates({transport(17), raw(0x7F01, {})})},
      {Cause::no_allocation, 437, {}, [](World& world) { return TestClient(world).refresh(); }},
      {Cause::allocation_exists, 437, {}, asks([](TestClient& client) { return client.allocate(); })},
      {Cause::unsupported_transport, 442, {}, allocates({transport(6)})},
      {Cause::family_unsupported,
       440,
       {.addresses = {ip("203.0.113.1")}},
       allocates({transport(17), family(2)})},
      {Cause::client_disguised,
       403,
       {},
       [](World& world) { return TestClient(world, "[2002:c633:6401::1]:4000").allocate(); }},
      {Cause::unknown_reservation, 508, {}, allocates({transport(17), token({1, 2, 3})})},
  };
}

Answer is_sent_away(World& world) {
  std::vector<turn::AlternateServer> another{{{{Transport::udp, at("192.0.2.1:3478")}}}};
  world.server().set_alternates(std::make_shared<const turn::Alternates>(true, std::move(another)));
  return TestClient(world).allocate();
}

std::vector<Provocation> of_what_is_left() {
  WorldOptions one_permission, one_channel;
  one_permission.server.permissions_max = 1;
  one_channel.server.channels_max = 1;
  const auto second = [](World& world) {
    TestClient first(world, "198.51.100.1:1");
    EXPECT_EQ(first.allocate().code(), 0);
    return TestClient(world, "198.51.100.1:2").allocate();
  };
  return {
      {Cause::redirected, 300, {}, is_sent_away},
      {Cause::draining,
       508,
       {},
       [](World& world) {
         world.server().drain();
         return TestClient(world).allocate();
       }},
      {Cause::barred,
       403,
       {},
       [](World& world) {
         world.ledger().bar("user", world.now().monotonic + seconds(10));
         return TestClient(world).allocate();
       }},
      {Cause::user_quota, 486, {.allocations_per_user_max = 1}, second},
      {Cause::server_quota, 508, {.allocations_max = 1}, second},
      {Cause::visitors_full,
       508,
       {.users =
            {{.username = "user", .password = "pass", .user_id = "check:a", .kind = turn::NameKind::visitor}},
        .visitors_max = 1},
       second},
      {Cause::no_relay_address, 508, {.addresses = {}}, allocates({transport(17), additional_family(2)})},
      {Cause::no_free_port, 508, {.ports = {50000, 50000}}, second},
      {Cause::ports_in_use,
       508,
       {},
       [](World& world) {
         world.outcomes.assign(16, kInUse);
         return TestClient(world).allocate();
       }},
      {Cause::relay_not_opened,
       500,
       {},
       [](World& world) {
         world.outcomes = {kNotPermitted};
         return TestClient(world).allocate();
       }},
      {Cause::out_of_descriptors,
       508,
       {},
       [](World& world) {
         world.outcomes = {make_error_code(boost::system::errc::too_many_files_open)};
         return TestClient(world).allocate();
       }},
      {Cause::permissions_full, 508, one_permission, asks([](TestClient& client) {
         client.permit("20.0.2.1:1");
         return client.permit("20.0.2.2:1");
       })},
      {Cause::channels_full, 508, one_channel, asks([](TestClient& client) {
         client.bind(0x4000, "20.0.2.1:1");
         return client.bind(0x4001, "20.0.2.1:2");
       })},
  };
}

std::vector<Provocation> of_peers() {
  const auto permits = [](std::string_view peer) {
    return asks([peer](TestClient& client) { return client.permit(peer); });
  };
  const auto binds = [](std::string_view peer) {
    return asks([peer](TestClient& client) { return client.bind(0x4000, peer); });
  };
  return {
      {Cause::peer_family, 443, {}, permits("[2a00:db8:1::1]:1")},
      {Cause::peer_disguised, 403, {}, permits("[2002:c000:201::1]:1")},
      {Cause::peer_is_listener, 403,
       with_peers({.allow = {}, .deny = {}, .own_listeners = {at("20.0.2.1:3478")}}), binds("20.0.2.1:3478")},
      {Cause::peer_is_relay, 403, with_peers({rules("203.0.113.0/24"), {}, {}, true}),
       [](World& world) {
         TestClient one(world, "198.51.100.1:1");
         TestClient two(world, "198.51.100.1:2");
         const std::string relay = one.allocate().relay().to_string();
         two.allocate();
         return two.bind(0x4000, relay);
       }},
      {Cause::peer_denied, 403, with_peers({.allow = {}, .deny = rules("20.0.2.0/24"), .own_listeners = {}}),
       permits("20.0.2.1:1")},
      {Cause::peer_not_allowed, 403, with_peers({rules("20.0.2.0/24"), {}, {}, true}),
       permits("20.51.100.9:1")},
      {Cause::peer_is_this_host, 403, with_peers({{}, {}, {}, false, {IpPrefix::parse("20.0.2.9").value()}}),
       permits("20.0.2.9:1")},
      {Cause::peer_special_purpose, 403, {}, permits("10.0.0.1:1")},
      {Cause::peer_is_no_visitor,
       403,
       {.users =
            {{.username = "user", .password = "pass", .user_id = "check:a", .kind = turn::NameKind::visitor}},
        .visitors_max = 8},
       permits("20.0.2.1:1")},
      {Cause::channel_taken, 400, {}, asks([](TestClient& client) {
         client.bind(0x4000, "20.0.2.1:1");
         return client.bind(0x4000, "20.0.2.1:2");
       })},
  };
}

TEST(Causes, each_one_is_told_where_a_request_is_refused_for_it) {
  std::vector<Provocation> all;
  for (auto* list : {of_authentication, of_the_message, of_what_is_left, of_peers})
    std::ranges::move(list(), std::back_inserter(all));
  std::set<Cause> reached;
  for (const auto& [cause, code, options, provoke] : all) {
    World world(options);
    const Answer answer = provoke(world);
    EXPECT_EQ(answer.code(), code) << to_string(cause);
    const turn::RequestRefused told = latest(world);
    EXPECT_EQ(to_string(told.refusal.cause), to_string(cause));
    EXPECT_EQ(static_cast<int>(told.refusal.code()), code) << to_string(cause);
    EXPECT_EQ(told.method, answer.view().method()) << to_string(cause);
    const bool of_expiry = cause == Cause::expired || cause == Cause::expiry_too_far;
    EXPECT_EQ(told.user_is_proven, answer.how_signed({}) != Signed::no || of_expiry) << to_string(cause);
    reached.insert(cause);
  }
  EXPECT_EQ(reached.size(), turn::kCauses);
}

TEST(Causes, a_name_is_told_with_whether_it_was_shown_to_be_the_senders) {
  World world({.allocations_per_user_max = 1});
  TestClient client(world, "198.51.100.1:1");
  client.ask(request(Method::allocate));
  EXPECT_EQ(latest(world).user, "");
  TestClient(world, "198.51.100.1:2", {"somebody", "else"}).allocate();
  const auto unknown = latest(world);
  EXPECT_EQ(unknown.user, "somebody");
  EXPECT_FALSE(unknown.user_is_proven);
  EXPECT_EQ(unknown.client.tuple.client, at("198.51.100.1:2"));
  client.allocate();
  TestClient(world, "198.51.100.1:3").allocate();
  const auto full = latest(world);
  EXPECT_EQ(full.user, "user");
  EXPECT_TRUE(full.user_is_proven);
}

TEST(Causes, the_systems_error_is_told_where_a_relay_could_not_be_opened) {
  World world;
  world.outcomes = {kInUse, kNotPermitted};
  TestClient(world).allocate();
  EXPECT_EQ(latest(world).refusal, (turn::Refusal{Cause::relay_not_opened, kNotPermitted}));
  world.outcomes.assign(16, kInUse);
  TestClient(world).allocate();
  EXPECT_EQ(latest(world).refusal, (turn::Refusal{Cause::ports_in_use, kInUse}));
}

TEST(Causes, the_peer_is_told_and_the_rule_that_denies_it) {
  const auto denied = rules("20.0.2.0/24");
  World world(with_peers({.allow = {}, .deny = denied, .own_listeners = {}}));
  TestClient client(world);
  client.allocate();
  client.request(Method::create_permission, {peer("20.51.100.7:1"), peer("20.0.2.9:1")});
  EXPECT_EQ(latest(world).refusal, (turn::Refusal{Cause::peer_denied, {}, ip("20.0.2.9"), denied.front()}));
  client.bind(0x4000, "10.0.0.1:1");
  EXPECT_EQ(latest(world).refusal, (turn::Refusal{Cause::peer_special_purpose, {}, ip("10.0.0.1")}));
}

}  // namespace
}  // namespace turnpike::test
