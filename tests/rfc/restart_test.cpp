// A server's state goes into another one (Server::snapshot and restore), and nobody outside notices.
#include "rfc/test_client.hpp"

#include <algorithm>

namespace turnpike::test {
namespace {

TEST(Restart, allocations_permissions_channels_and_nonces_go_on) {
  World world;
  TestClient client(world, "198.51.100.1:1");
  TestClient dual(world, "198.51.100.1:2", kMd5);
  const Buffer allocate = client.make(Method::allocate, {transport(17), even_port(true)});
  const Answer allocated = client.ask(allocate);
  const Endpoint v6 = dual.allocate({additional_family(2)}).relays().at(1);
  client.bind(0x4000, "20.0.2.1:5000");
  dual.permit("[2a00:db8:5::1]:1");
  world.advance(seconds(20));

  const turn::Snapshot before = world.server().snapshot();
  const auto counts = world.counts();
  const auto routes = world.routes();
  world.restart();
  EXPECT_EQ(world.server().snapshot(), before);
  EXPECT_EQ(world.counts(), counts);
  EXPECT_TRUE(std::ranges::is_permutation(world.routes(), routes));

  EXPECT_TRUE(client.reaches_on(0x4000, "20.0.2.1:5000"));
  EXPECT_TRUE(world.peer_sends(v6, "[2a00:db8:5::1]:9", "hello"));
  EXPECT_EQ(client.ask(allocate).relay(), allocated.relay());
  EXPECT_EQ(client.ask(client.make(Method::refresh, {})).code(), 0);  // the nonce is still good
  TestClient redeems(world, "198.51.100.1:3");
  EXPECT_EQ(redeems.allocate({token(*allocated.token())}).relay().port, allocated.relay().port + 1);
  EXPECT_NE(world.server().snapshot().next_id, before.next_id);

  world.advance(seconds(579));
  EXPECT_TRUE(client.reaches_on(0x4000, "20.0.2.1:5000"));
  world.advance(seconds(1));
  EXPECT_FALSE(client.reaches_on(0x4000, "20.0.2.1:5000"));
  EXPECT_EQ(dual.refresh().code(), 437);
  EXPECT_EQ(client.refresh({lifetime(0)}).code(), 0);
  EXPECT_EQ(redeems.refresh({lifetime(0)}).code(), 0);
  EXPECT_EQ(world.counts().places, 0U);
}

TEST(Restart, nonces_go_on_whichever_key_they_were_made_with) {
  World world;
  TestClient before(world, "198.51.100.1:1");
  const Signing own = before.signing();
  WorldOptions options = world.options();
  options.fleet_secrets = {"north"};
  world.reload(options);
  TestClient since(world, "198.51.100.1:2");
  const Signing shared = since.signing();
  EXPECT_NE(own.nonce->size(), shared.nonce->size());
  world.restart();
  EXPECT_EQ(before.ask(before.make(Method::allocate, {transport(17)}, own)).code(), 0);
  EXPECT_EQ(since.ask(since.make(Method::allocate, {transport(17)}, shared)).code(), 0);
}

TEST(Restart, quotas_and_budgets_stay_with_their_users) {
  World world({.allocations_per_user_max = 2, .bytes_per_second = 10'000});
  TestClient gone(world, "198.51.100.1:1");
  TestClient other(world, "198.51.100.1:2", kUser2);
  gone.allocate();
  other.allocate();
  gone.refresh({lifetime(0)});  // the first budget is free again
  other.bind(0x4000, "20.0.2.1:5000");
  world.restart();

  TestClient late(world, "198.51.100.1:3");
  late.allocate();
  late.bind(0x4000, "20.0.2.1:5000");
  const std::string kilobyte(1000, 'x');
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(other.reaches_on(0x4000, "20.0.2.1:5000", kilobyte));
  EXPECT_FALSE(other.reaches_on(0x4000, "20.0.2.1:5000", kilobyte));
  EXPECT_TRUE(late.reaches_on(0x4000, "20.0.2.1:5000", kilobyte)) << "its budget is not the other's";
  TestClient second(world, "198.51.100.1:4", kUser2);
  TestClient third(world, "198.51.100.1:5", kUser2);
  EXPECT_EQ(second.allocate().code(), 0);
  EXPECT_EQ(third.allocate().code(), 486);
}

TEST(Restart, an_allocation_whose_relay_was_opening_is_asked_for_again) {
  World world;
  TestClient client(world);
  const Buffer allocate = client.make(Method::allocate, {transport(17)});
  world.hold_openings = true;
  client.send(allocate);
  EXPECT_TRUE(world.server().snapshot().allocations.empty());
}

}  // namespace
}  // namespace turnpike::test
