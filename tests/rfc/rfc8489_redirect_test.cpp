// Redirection by 300 (RFC 8489 10, 14.15, 14.16): who is sent to another server, and who never is.
#include <gmock/gmock.h>

#include "rfc/test_client.hpp"

namespace turnpike::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using turn::Alternates;
using turn::AlternateServer;
using turn::Cause;
using Mode = Login::Mode;

const std::string kOther4 = "192.0.2.1:3478", kOther6 = "[2001:db8::1]:3478";

AlternateServer another(std::string domain = "") {
  AlternateServer server{{}, std::move(domain)};
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls}) {
    for (const std::string& address : {kOther4, kOther6}) server.ways.push_back({transport, at(address)});
  }
  return server;
}

void set(World& world, bool redirects, std::vector<AlternateServer> servers) {
  world.server().set_alternates(std::make_shared<const Alternates>(redirects, std::move(servers)));
}

// A server that has enough clients, and knows another one.
struct Full : World {
  explicit Full(WorldOptions options = {}, AlternateServer server = another()) : World(std::move(options)) {
    set(*this, true, {std::move(server)});
  }
};

std::vector<std::string> alternates_in(const Answer& answer) {
  std::vector<std::string> found;
  answer.view().for_each([&](const stun::Attribute& attribute) {
    if (attribute.type != Attr::alternate_server) return;
    found.push_back(stun::read_address(attribute.value).value().to_string());
  });
  return found;
}

TEST(Redirect, nobody_learns_of_another_server_before_authentication_ALT_01_ERR_05) {
  Full world;
  TestClient client(world);
  EXPECT_EQ(client.ask(request(Method::allocate, {transport(17)})).code(), 401);
  const struct {
    const char* name;
    std::function<void(Signing&)> bend;
    int code;
  } cases[] = {
      {"a wrong key", [](Signing& signing) { signing.key.bytes[0] ^= 1; }, 401},
      {"nobody", [](Signing& signing) { signing.username = text("nobody"); }, 401},
      {"another realm", [](Signing& signing) { signing.realm = text("other"); }, 401},
      {"no nonce", [](Signing& signing) { signing.nonce.reset(); }, 400},
      {"a forged nonce", [](Signing& signing) { signing.nonce = text("forged"); }, 438},
  };
  for (const auto& [name, bend, code] : cases) {
    Signing signing = client.signing();
    bend(signing);
    const Answer answer = client.ask(client.make(Method::allocate, {transport(17)}, signing));
    EXPECT_EQ(answer.code(), code) << name;
    EXPECT_THAT(alternates_in(answer), IsEmpty()) << name;
  }
  EXPECT_EQ(client.allocate().code(), 300);
}

TEST(Redirect, a_300_is_signed_as_the_request_is_and_says_who_sends_it_ALT_01) {
  for (const Mode mode : {Mode::md5, Mode::sha256, Mode::userhash}) {
    Full world;
    TestClient client(world, "198.51.100.1:4000", {.mode = mode});
    const Answer answer = client.allocate();
    EXPECT_EQ(answer.code(), 300);
    EXPECT_EQ(answer.string(Attr::error_code).substr(4), "Try Alternate");
    const Attr integrity = mode == Mode::md5 ? Attr::message_integrity : Attr::message_integrity_sha256;
    EXPECT_THAT(answer.types(), ElementsAre(Attr::error_code, Attr::alternate_server, Attr::alternate_server,
                                            Attr::software, integrity));
    EXPECT_EQ(world.counts().places, 0U);
  }
}

TEST(Redirect, the_family_of_the_request_comes_first_and_the_other_one_second_ALT_02) {
  for (const Transport transport : {Transport::udp, Transport::tcp, Transport::tls}) {
    Full world;
    TestClient v4(world, "198.51.100.1:4000", {}, transport), v6(world, "[2a00:db8::9]:4000", {}, transport);
    EXPECT_THAT(alternates_in(v4.allocate()), ElementsAre(kOther4, kOther6));
    EXPECT_THAT(alternates_in(v6.allocate()), ElementsAre(kOther6, kOther4));
  }
}

TEST(Redirect, a_relay_of_the_other_family_is_no_address_of_the_request_ALT_02) {
  Full world;
  TestClient v4(world);
  EXPECT_THAT(alternates_in(v4.request(Method::allocate, {transport(17), family(2)})),
              ElementsAre(kOther4, kOther6));
}

TEST(Redirect, who_has_no_alternate_of_its_family_and_transport_is_served_ALT_02) {
  Full world({}, AlternateServer{{{Transport::udp, at(kOther6)}, {Transport::tcp, at(kOther4)}}});
  EXPECT_EQ(TestClient(world).allocate().code(), 0);
  TestClient tls(world, "198.51.100.1:4001", {}, Transport::tls);
  EXPECT_EQ(tls.allocate().code(), 0);
  TestClient tcp(world, "198.51.100.1:4002", {}, Transport::tcp);
  EXPECT_THAT(alternates_in(tcp.allocate()), ElementsAre(kOther4));
  TestClient v6(world, "[2a00:db8::9]:4000");
  EXPECT_THAT(alternates_in(v6.allocate()), ElementsAre(kOther6));
}

TEST(Redirect, over_TLS_the_name_in_another_certificate_is_told_to_who_can_read_it_ALT_04) {
  const struct {
    const char* name;
    Transport transport;
    Login login;
    int code;
    const char* domain;
  } cases[] = {
      {"TLS, SHA-256", Transport::tls, {}, 300, "two.example"},
      {"TLS, USERHASH", Transport::tls, {.mode = Mode::userhash}, 300, "two.example"},
      {"TLS, SHA-1", Transport::tls, kMd5, 0, ""},
      {"TCP, SHA-256", Transport::tcp, {}, 300, ""},
      {"UDP, SHA-1", Transport::udp, kMd5, 300, ""},
  };
  for (const auto& [name, transport, login, code, domain] : cases) {
    Full world({}, another("two.example"));
    const Answer answer = TestClient(world, "198.51.100.1:4000", login, transport).allocate();
    EXPECT_EQ(answer.code(), code) << name;
    EXPECT_EQ(answer.string(Attr::alternate_domain), domain) << name;
  }
}

TEST(Redirect,
     a_client_over_TLS_that_cannot_read_a_name_is_sent_away_only_where_it_gets_nothing_else_ALT_04) {
  const auto allocate = [](World& world) {
    return TestClient(world, "198.51.100.1:4000", kMd5, Transport::tls).allocate();
  };
  Full same_name;
  EXPECT_EQ(allocate(same_name).code(), 0);
  World draining;
  draining.server().drain();
  set(draining, false, {another("two.example")});
  EXPECT_EQ(allocate(draining).code(), 508);
  set(draining, false, {another("two.example"), another()});
  const Answer answer = allocate(draining);
  EXPECT_EQ(answer.code(), 300);
  EXPECT_FALSE(answer.has(Attr::alternate_domain));
}

TEST(Redirect, only_a_new_allocation_is_sent_away_ALT_05_BIND_09_TURN_ALLOC_22) {
  World world;
  TestClient client(world);
  const Buffer asked = client.make(Method::allocate, {transport(17)});
  EXPECT_EQ(client.ask(asked).code(), 0);
  set(world, true, {another()});
  EXPECT_EQ(client.ask(asked).code(), 0) << "a repetition of what was granted";
  EXPECT_EQ(client.allocate().code(), 437);
  EXPECT_EQ(client.permit("20.0.2.1:5000").code(), 0);
  EXPECT_EQ(client.bind(0x4000, "20.0.2.1:5000").code(), 0);
  EXPECT_EQ(client.refresh().code(), 0);
  EXPECT_EQ(client.ask(request(Method::binding)).code(), 0);
  EXPECT_EQ(client.refresh({lifetime(0)}).code(), 0);
  EXPECT_EQ(client.refresh().code(), 437);
  EXPECT_EQ(client.allocate().code(), 300);
}

TEST(Redirect, a_request_whose_relay_is_opening_is_answered_by_it_ALT_05) {
  World world;
  TestClient client(world);
  const Buffer asked = client.make(Method::allocate, {transport(17)});
  world.hold_openings = true;
  EXPECT_FALSE(client.ask(asked).came());
  set(world, true, {another()});
  EXPECT_FALSE(client.ask(asked).came());
  world.open_next(kOpened);
  const auto answers = world.take_inbox(client.id());
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(Answer(answers.front()).code(), 0);
}

TEST(Redirect, a_reservation_is_redeemed_where_it_was_made_ALT_05) {
  World world;
  TestClient first(world, "198.51.100.1:1"), second(world, "198.51.100.1:2");
  const auto reserved = first.request(Method::allocate, {transport(17), even_port(true)}).token();
  ASSERT_TRUE(reserved);
  set(world, true, {another()});
  EXPECT_EQ(second.request(Method::allocate, {transport(17), token(*reserved)}).code(), 0);
}

TEST(Redirect, a_server_does_not_name_itself_in_whatever_form_clients_know_it_ALT_05) {
  WorldOptions options;
  options.server.external = AddressMap({{ip("203.0.113.1"), ExternalAddress(ip("192.0.2.77"))}});
  World world(options);
  set(world, true, {{{{Transport::udp, at("192.0.2.77:3478")}}}});
  EXPECT_EQ(TestClient(world).allocate().code(), 0);
}

TEST(Redirect, visitors_try_out_this_server_ALT_05) {
  Full world({.users = {{.username = "user",
                         .password = "pass",
                         .user_id = "check:a",
                         .expires_unix_s = 1'700'000'120,
                         .kind = turn::NameKind::visitor}},
              .visitors_max = 2});
  EXPECT_EQ(TestClient(world, "198.51.100.1:1").allocate().code(), 0);
  world.server().drain();
  EXPECT_EQ(TestClient(world, "198.51.100.1:2").allocate().code(), 508);
}

TEST(Redirect, who_comes_back_within_ten_seconds_is_served_from_whichever_port_and_over_whatever) {
  Full world;
  EXPECT_EQ(TestClient(world, "198.51.100.1:1").allocate().code(), 300);
  world.advance(seconds(9));
  EXPECT_EQ(TestClient(world, "198.51.100.1:1").allocate().code(), 0);
  EXPECT_EQ(TestClient(world, "198.51.100.1:2").allocate().code(), 0);
  EXPECT_EQ(TestClient(world, "198.51.100.1:3", {}, Transport::tls).allocate().code(), 0);
  EXPECT_EQ(TestClient(world, "198.51.100.1:4", kUser2).allocate().code(), 300) << "another user";
  EXPECT_EQ(TestClient(world, "198.51.100.2:5").allocate().code(), 300) << "another address";
  world.advance(seconds(1));
  EXPECT_EQ(TestClient(world, "198.51.100.1:6").allocate().code(), 300);
}

TEST(Redirect, a_repetition_of_what_was_answered_with_300_is_answered_with_300) {
  Full world;
  TestClient client(world);
  const Buffer asked = client.make(Method::allocate, {transport(17)});
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.ask(asked).code(), 300);
    world.advance(seconds(1));
  }
  EXPECT_EQ(client.allocate().code(), 0);
}

TEST(Redirect, a_repetition_is_answered_alike_when_there_is_room_again_and_no_other_server) {
  Full world;
  TestClient client(world);
  const Buffer asked = client.make(Method::allocate, {transport(17)});
  const auto there = alternates_in(client.ask(asked));
  set(world, false, {});
  EXPECT_EQ(alternates_in(client.ask(asked)), there) << "the client may be there by now";
  EXPECT_EQ(world.counts().places, 0U);
  EXPECT_EQ(client.allocate().code(), 0);
}

TEST(Redirect, stands_behind_what_is_wrong_and_before_what_is_left_TURN_ALLOC_35) {
  const struct {
    const char* name;
    Attributes attributes;
    int code;
  } cases[] = {
      {"unknown attribute", {transport(17), raw(0x7F01, {})}, 420},
      {"no transport", {}, 400},
      {"TCP", {transport(6)}, 442},
      {"unsupported family", {transport(17), family(3)}, 440},
      {"token of nobody's", {transport(17), token({1, 2, 3})}, 508},
      {"nothing, and no port left", {transport(17)}, 300},
  };
  for (const auto& [name, attributes, code] : cases) {
    World world({.ports = {50000, 50000}, .allocations_per_user_max = 1});
    ASSERT_EQ(TestClient(world, "198.51.100.9:1", kUser2).allocate().code(), 0);
    set(world, true, {another()});
    EXPECT_EQ(TestClient(world).request(Method::allocate, attributes).code(), code) << name;
    EXPECT_EQ(TestClient(world, "198.51.100.9:2", kUser2).allocate().code(), 486) << "over quota";
    world.ledger().bar("user", world.now().monotonic + seconds(10));
    EXPECT_EQ(TestClient(world, "198.51.100.1:2").allocate().code(), 403) << "barred";
  }
}

// RFC 8155 6: the server is at an anycast address and at one of its own, which is its only alternate.
TEST(Redirect, whoever_comes_to_an_anycast_address_is_sent_to_the_servers_own_ALT_06_ALT_07) {
  const Endpoint own = at("203.0.113.1:3478");
  World world;
  set(world, true, {{{{Transport::udp, own}}}});
  TestClient client(world);
  relay::Client at_anycast = client.id();
  at_anycast.tuple.server = ServerEndpoint(at("192.0.2.200:3478"));
  const auto answers = world.send(client.make(Method::allocate, {transport(17)}), at_anycast);
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_THAT(alternates_in(Answer(answers.front())), ElementsAre(own.to_string()));
  EXPECT_EQ(client.allocate().code(), 0);
  EXPECT_EQ(TestClient(world, "198.51.100.2:1").allocate().code(), 0) << "there it is not sent anywhere";
}

TEST(Redirect, a_server_that_drains_sends_to_another_one_if_there_is_one_ALT_08) {
  World world;
  TestClient before(world, "198.51.100.1:1");
  ASSERT_EQ(before.allocate().code(), 0);
  world.server().drain();
  EXPECT_EQ(TestClient(world, "198.51.100.1:2").allocate().code(), 508) << "it knows none";
  set(world, false, {another()});
  EXPECT_EQ(TestClient(world, "198.51.100.1:3").allocate().code(), 300);
  EXPECT_EQ(before.refresh().code(), 0);
  set(world, false, {});
  EXPECT_EQ(TestClient(world, "198.51.100.1:4").allocate().code(), 508);
}

// A browser asks by several ways for several connections at once.
TEST(Redirect, a_server_that_drains_sends_away_eight_times_and_then_refuses_who_is_sent_back_ALT_08) {
  World world;
  set(world, false, {another()});
  world.server().drain();
  const auto allocate = [&](int port) {
    return TestClient(world, "198.51.100.1:" + std::to_string(port)).allocate().code();
  };
  for (int port = 1; port <= 8; ++port) EXPECT_EQ(allocate(port), 300);
  EXPECT_EQ(allocate(9), 508);
  world.advance(seconds(10));
  EXPECT_EQ(allocate(10), 300);
}

TEST(Redirect, alternates_alone_send_nobody_away) {
  World world;
  set(world, false, {another()});
  EXPECT_EQ(TestClient(world).allocate().code(), 0);
}

TEST(Redirect, is_told_with_the_way_and_the_user) {
  Full world({}, another("two.example"));
  TestClient(world, "198.51.100.1:4000", {}, Transport::tls).allocate();
  const auto told = world.take_log<turn::RequestRefused>().back();
  EXPECT_EQ(told.refusal.detour, (turn::Detour{at(kOther4), at(kOther6), "two.example"}));
  EXPECT_EQ(told.refusal.cause, Cause::redirected);
  EXPECT_TRUE(told.user_is_proven);
}

}  // namespace
}  // namespace turnpike::test
