// What the server asks of its shell: whole lists of effects in their order; and several servers over one
// ledger.
#include "turnpike/turn/server.hpp"

#include <gtest/gtest.h>

#include "rfc/answer.hpp"

namespace turnpike::turn {
namespace {

using std::chrono::seconds;
using stun::Method;
using test::at;
using test::Attributes;
using test::Buffer;
using test::ip;

struct OneUser final : CredentialSource {
  void find(std::string_view username, std::vector<Credential>& out) const override {
    if (username == "user") out.push_back({"user", "pass", "user", {}});
  }
  void find_userhash(Bytes, std::vector<Credential>&) const override {}
  bool supports_userhash() const override { return false; }
  bool empty() const override { return false; }
};

LedgerOptions ledger_options(std::uint32_t per_user) {
  LedgerOptions options;
  options.addresses = {ip("203.0.113.1")};
  options.allocations_per_user_max = per_user;
  return options;
}

// Relays are opened by hand.
struct Worker {
  explicit Worker(Ledger& ledger_of, std::uint32_t number = 0)
      : ledger(ledger_of),
        server({.worker = number, .external = {}},
               Authenticator("realm", {{}, seconds(3600)}, CheckExpiry::allocate),
               {std::make_shared<OneUser>(), std::make_shared<PeerPolicy>(PeerRules{}, ledger_of)}, ledger_of,
               random) {}

  std::vector<Effect> effects() {
    std::vector<Effect> all;
    while (auto effect = server.next_effect()) {
      if (const auto* close = std::get_if<CloseRelay>(&*effect)) server.on_relay_closed(close->relay, now);
      all.push_back(std::move(*effect));
    }
    return all;
  }
  // A signed request, and what follows from it.
  std::vector<Effect> ask(const relay::Client& client, Method method, const Attributes& attributes) {
    test::Signing signing;
    signing.username = test::text("user");
    signing.realm = test::text("realm");
    NonceFactory nonces({}, seconds(3600));
    nonces.set_realm("realm");
    signing.nonce = test::text(nonces.issue(client.tuple.client, {true, false}, now));
    signing.key = stun::long_term_key(stun::PasswordAlgorithm::md5, "user", "realm", "pass");
    server.on_client(test::message(method, stun::Class::request, test::next_id(), attributes, &signing),
                     client, now);
    return effects();
  }
  std::vector<Effect> open(const OpenRelay& wanted, boost::system::error_code error = {}) {
    server.on_relay_opened(wanted.allocation, wanted.relay, error, now);
    return effects();
  }
  std::vector<Effect> answer(const EndAbandoned& asked) {
    server.on_abandoned_ended(asked.allocation, now);
    return effects();
  }
  // An allocation, its id and relay.
  OpenRelay allocate(const relay::Client& client) {
    const auto asked = ask(client, Method::allocate, {test::transport(17)});
    const OpenRelay wanted = std::get<OpenRelay>(asked.at(0));
    open(wanted);
    return wanted;
  }

  Ledger& ledger;
  SeededRandom random{1};
  Server server;
  Now now{TimePoint(seconds(5000)), 1'700'000'000};
};

relay::Client client(std::uint16_t port = 4000) {
  return {{{ip("198.51.100.1"), port}, at("203.0.113.1:3478"), Transport::udp}, {0, 7}};
}

// The kinds of effects, by name.
std::vector<std::string> kinds(const std::vector<Effect>& effects) {
  constexpr const char* kNames[] = {"SendToClient", "OpenRelay", "EndAbandoned", "CloseRelay", "PublishRoute",
                                    "RetractRoute", "Started",   "Ended",        "Refused"};
  static_assert(std::size(kNames) == std::variant_size_v<Effect>);
  std::vector<std::string> names;
  for (const Effect& effect : effects) names.emplace_back(kNames[effect.index()]);
  return names;
}

using Kinds = std::vector<std::string>;

int code_in(const Effect& refused) {
  return static_cast<int>(std::get<RequestRefused>(refused).refusal.code());
}

TEST(Server, an_allocation_begins_when_its_relay_is_open_and_ends_in_order_TURN_ALLOC_33) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  const auto asked = worker.ask(client(), Method::allocate, {test::transport(17)});
  ASSERT_EQ(kinds(asked), Kinds{"OpenRelay"});
  const OpenRelay wanted = std::get<OpenRelay>(asked[0]);
  EXPECT_FALSE(worker.server.has_allocation(client().tuple));

  const auto opened = worker.open(wanted);
  ASSERT_EQ(kinds(opened), (Kinds{"Started", "SendToClient"}));
  EXPECT_EQ(std::get<AllocationStarted>(opened[0]),
            (AllocationStarted{
                wanted.allocation, client(), "user", {ExternalEndpoint(wanted.relay.plain())}, 600}));
  EXPECT_EQ(std::get<SendToClient>(opened[1]).to, client());
  EXPECT_EQ(worker.server.next_deadline(), worker.now.monotonic + seconds(600));

  const auto bound =
      worker.ask(client(), Method::channel_bind, {test::channel(0x4000), test::peer("20.0.2.1:5000")});
  EXPECT_EQ(kinds(bound), (Kinds{"PublishRoute", "PublishRoute", "SendToClient"}))
      << "routes before the answer that promises them";

  worker.now.monotonic += seconds(10);
  const auto deleted = worker.ask(client(), Method::refresh, {test::lifetime(0)});
  ASSERT_EQ(kinds(deleted), (Kinds{"RetractRoute", "RetractRoute", "CloseRelay", "Ended", "SendToClient"}));
  EXPECT_EQ(std::get<AllocationEnded>(deleted[3]), (AllocationEnded{wanted.allocation,
                                                                    client(),
                                                                    "user",
                                                                    {ExternalEndpoint(wanted.relay.plain())},
                                                                    {ip("20.0.2.1")},
                                                                    1,
                                                                    10,
                                                                    EndReason::deleted}));
  EXPECT_FALSE(worker.server.next_deadline());
}

TEST(Server, a_refusal_is_told_beside_its_answer) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  worker.server.on_client(test::request(Method::allocate), client(), worker.now);
  const auto challenged = worker.effects();
  ASSERT_EQ(kinds(challenged), (Kinds{"SendToClient", "Refused"}));
  EXPECT_EQ(std::get<RequestRefused>(challenged[1]),
            (RequestRefused{client(), Method::allocate, {Cause::no_credentials}, "", false}));
  for (const auto& [attributes, cause] :
       {std::pair{Attributes{test::raw(0x7F01, {})}, Cause::unknown_attribute},
        std::pair{Attributes{}, Cause::no_allocation}}) {
    const auto refused = worker.ask(client(), Method::refresh, attributes);
    ASSERT_EQ(kinds(refused), (Kinds{"SendToClient", "Refused"}));
    EXPECT_EQ(std::get<RequestRefused>(refused[1]),
              (RequestRefused{client(), Method::refresh, {cause}, "user", true}));
  }
}

TEST(Server, parts_expire_each_at_its_time) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  worker.allocate(client());
  worker.ask(client(), Method::create_permission, {test::peer("20.0.2.2:5000")});
  worker.ask(client(), Method::channel_bind, {test::channel(0x4000), test::peer("20.0.2.1:5000")});
  worker.ask(client(), Method::refresh, {test::lifetime(3600)});
  const auto wake = [&] {
    worker.now.monotonic = worker.server.next_deadline().value();
    worker.server.on_deadline(worker.now);
    return kinds(worker.effects());
  };
  EXPECT_EQ(wake(), Kinds{"RetractRoute"});                    // the permission, after 300 s
  EXPECT_EQ(wake(), (Kinds{"RetractRoute", "RetractRoute"}));  // the channel and its own, after 600 s
  EXPECT_EQ(wake(), (Kinds{"CloseRelay", "Ended"}));
  EXPECT_FALSE(worker.server.next_deadline());
  worker.server.on_deadline(worker.now);
  EXPECT_TRUE(worker.effects().empty());
}

TEST(Server, a_deadline_that_is_not_yet_due_ends_nothing) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  worker.allocate(client());
  worker.now.monotonic += seconds(599);
  worker.server.on_deadline(worker.now);
  EXPECT_TRUE(worker.effects().empty());
}

TEST(Server, a_refresh_publishes_only_routes_whose_deadline_moves) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  worker.allocate(client());
  worker.now.monotonic += seconds(400);
  worker.ask(client(), Method::create_permission,
             {test::peer("20.0.2.1:1")});  // cut short by the allocation's end
  worker.now.monotonic += seconds(1);
  EXPECT_EQ(kinds(worker.ask(client(), Method::refresh, {})), (Kinds{"PublishRoute", "SendToClient"}));
  EXPECT_EQ(kinds(worker.ask(client(), Method::refresh, {})), Kinds{"SendToClient"});
}

TEST(Server, a_relay_that_opens_after_its_client_has_gone_is_closed_again) {
  Ledger ledger(ledger_options(1));
  Worker worker(ledger);
  const auto asked = worker.ask(client(), Method::allocate, {test::transport(17)});
  worker.server.on_client_closed(client().tuple, worker.now);
  EXPECT_TRUE(worker.effects().empty());
  EXPECT_EQ(kinds(worker.open(std::get<OpenRelay>(asked[0]))), Kinds{"CloseRelay"});
  EXPECT_EQ(ledger.counts(worker.now.monotonic).places, 0U);
}

TEST(Server, a_relay_that_opened_on_an_address_which_is_gone_by_then_is_closed_again_and_the_other_serves) {
  LedgerOptions options = ledger_options(0);
  options.addresses = {ip("203.0.113.1"), ip("2a00:db8::1")};
  Ledger ledger(options);
  Worker worker(ledger);
  const auto lose_v6 = [&] {
    worker.server.reload({std::make_shared<OneUser>(), std::make_shared<PeerPolicy>(PeerRules{}, ledger),
                          false, std::make_shared<const std::vector<IpAddress>>(1, ip("203.0.113.1"))});
  };
  const auto asked =
      worker.ask(client(), Method::allocate, {test::transport(17), test::additional_family(2)});
  EXPECT_TRUE(worker.open(std::get<OpenRelay>(asked.at(1))).empty());
  lose_v6();
  const auto effects = worker.open(std::get<OpenRelay>(asked.at(0)));
  EXPECT_EQ(kinds(effects), (Kinds{"CloseRelay", "Started", "SendToClient"}));
  EXPECT_EQ(std::get<CloseRelay>(effects.at(0)).relay.address, ip("2a00:db8::1"));
  EXPECT_EQ(std::get<AllocationStarted>(effects.at(1)).relayed.size(), 1U);
  EXPECT_EQ(ledger.counts(worker.now.monotonic).ports.leased, 1U);
}

TEST(Server, after_a_port_in_use_another_is_tried_sixteen_times) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  auto effects = worker.ask(client(), Method::allocate, {test::transport(17)});
  std::set<RelayEndpoint> tried;
  while (std::holds_alternative<OpenRelay>(effects.at(0))) {
    const OpenRelay wanted = std::get<OpenRelay>(effects[0]);
    EXPECT_TRUE(tried.insert(wanted.relay).second);
    effects = worker.open(wanted, make_error_code(boost::system::errc::address_in_use));
  }
  EXPECT_EQ(tried.size(), 16U);
  EXPECT_EQ(code_in(effects.at(1)), 508);
}

TEST(Server, a_reserved_port_is_released_at_its_time_though_nobody_asks_for_anything_TURN_ALLOC_16) {
  std::vector<RelayEndpoint> released;
  LedgerOptions options = ledger_options(0);
  options.released = [&](const RelayEndpoint& relay) { released.push_back(relay); };
  Ledger ledger(options);
  Worker worker(ledger);
  const auto asked = worker.ask(client(), Method::allocate, {test::transport(17), test::even_port(true)});
  const OpenRelay even = std::get<OpenRelay>(asked.at(0));
  worker.open(even);
  EXPECT_EQ(worker.server.next_deadline(), worker.now.monotonic + kReservationHold);
  worker.now.monotonic += kReservationHold;
  worker.server.on_deadline(worker.now);
  EXPECT_EQ(released, std::vector{partner_of(even.relay)});
  EXPECT_GT(worker.server.next_deadline(), std::optional(worker.now.monotonic));
}

TEST(Server, workers_share_ports_quotas_and_reservations_and_their_ids_name_them) {
  Ledger ledger(ledger_options(4));
  Worker first(ledger, 1);
  Worker second(ledger, 2);
  second.random = SeededRandom(2);
  const auto asked = first.ask(client(1), Method::allocate, {test::transport(17), test::even_port(true)});
  const OpenRelay even = std::get<OpenRelay>(asked[0]);
  const test::Answer answer(std::get<SendToClient>(first.open(even).at(1)).bytes);
  EXPECT_EQ(even.allocation >> 48, 1U);

  const auto redeemed =
      second.ask(client(2), Method::allocate, {test::transport(17), test::token(answer.token().value())});
  const OpenRelay odd = std::get<OpenRelay>(redeemed.at(0));
  EXPECT_EQ(odd.relay, even.relay.with_port(static_cast<std::uint16_t>(even.relay.port + 1)));
  EXPECT_EQ(odd.allocation >> 48, 2U);
  second.open(odd);

  std::set<RelayEndpoint> relays{even.relay, odd.relay};
  relays.insert(first.allocate(client(3)).relay);
  relays.insert(second.allocate(client(4)).relay);
  EXPECT_EQ(relays.size(), 4U);
  for (Worker* worker : {&first, &second}) {
    const auto waiting = worker->ask(client(5), Method::allocate, {test::transport(17)});
    const auto waiting_on = worker->answer(std::get<EndAbandoned>(waiting.at(0)));
    const auto refused = worker->answer(std::get<EndAbandoned>(waiting_on.at(0)));
    EXPECT_EQ(code_in(refused.at(1)), 486);
  }
  EXPECT_EQ(first.server.revoke("user", first.now), 2U);
  first.effects();
  EXPECT_EQ(ledger.counts(first.now.monotonic).places, 2U);
}

TEST(Server, who_is_full_waits_until_all_workers_have_ended_what_is_abandoned_TURN_ALLOC_21) {
  Ledger ledger(ledger_options(1));
  Worker first(ledger, 1);
  Worker second(ledger, 2);
  const OpenRelay lost = first.allocate(client(1));
  const auto asked = second.ask(client(2), Method::allocate, {test::transport(17)});
  ASSERT_EQ(kinds(asked), Kinds{"EndAbandoned"});
  const EndAbandoned wanted = std::get<EndAbandoned>(asked[0]);
  EXPECT_EQ(wanted.user_id, "user");
  EXPECT_TRUE(second.ask(client(2), Method::allocate, {test::transport(17)}).size() ==
              2);  // another request on the tuple: 437

  const auto heard_now = [&](relay::AllocationId) { return first.now.monotonic; };
  const auto never_heard = [](relay::AllocationId) { return TimePoint{}; };
  const TimePoint began = first.now.monotonic;
  first.now.monotonic += kAbandonedAfter;
  EXPECT_TRUE(first.server.silent_of("user", heard_now, first.now).empty());
  EXPECT_TRUE(first.server.silent_of("user2", never_heard, first.now).empty());
  const auto silent = first.server.silent_of("user", never_heard, first.now);
  EXPECT_EQ(silent, (std::vector{Silent{began, lost.allocation}}));
  EXPECT_FALSE(first.server.end_silent(silent[0], heard_now, first.now)) << "it spoke meanwhile";
  EXPECT_TRUE(first.server.end_silent(silent[0], never_heard, first.now));
  EXPECT_FALSE(first.server.end_silent(silent[0], never_heard, first.now)) << "it has ended";
  const auto ended = first.effects();
  ASSERT_EQ(kinds(ended), (Kinds{"CloseRelay", "Ended"}));
  EXPECT_EQ(std::get<AllocationEnded>(ended[1]).allocation, lost.allocation);
  EXPECT_EQ(std::get<AllocationEnded>(ended[1]).reason, EndReason::abandoned);

  const auto opening = second.answer(wanted);
  ASSERT_EQ(kinds(opening), Kinds{"OpenRelay"});
  EXPECT_EQ(kinds(second.open(std::get<OpenRelay>(opening[0]))), (Kinds{"Started", "SendToClient"}));
}

TEST(Server, an_open_connection_and_keepalives_are_signs_of_life_TURN_ALLOC_21) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  const auto never_heard = [](relay::AllocationId) { return TimePoint{}; };
  relay::Client stream = client(1);
  stream.tuple.transport = Transport::tcp;
  worker.allocate(stream);
  const OpenRelay silent = worker.allocate(client(2));
  for (const std::uint16_t port : {3, 4}) worker.allocate(client(port));
  worker.now.monotonic += kAbandonedAfter;
  for (const auto& [port, kind] : {std::pair{3, stun::Class::request}, {4, stun::Class::indication}}) {
    worker.server.on_client(test::message(Method::binding, kind, test::next_id(), {}, nullptr),
                            client(static_cast<std::uint16_t>(port)), worker.now);
    worker.effects();
  }
  const auto found = worker.server.silent_of("user", never_heard, worker.now);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].allocation, silent.allocation);
}

TEST(Server, so_many_places_are_asked_for_as_are_lacking_TURN_ALLOC_21) {
  Ledger ledger(ledger_options(2));
  Worker worker(ledger);
  const auto asks = [&](std::uint16_t port) {
    const auto effects =
        worker.ask(client(port), Method::allocate, {test::transport(17), test::even_port(true)});
    return std::get<EndAbandoned>(effects.at(0)).places;
  };
  worker.allocate(client(1));
  EXPECT_EQ(asks(2), 1U);
  worker.allocate(client(3));
  EXPECT_EQ(asks(4), 2U);
}

TEST(Server, who_can_never_have_as_many_places_ends_nobody_TURN_ALLOC_21) {
  Ledger ledger(ledger_options(1));
  Worker worker(ledger);
  worker.allocate(client(1));
  const auto refused = worker.ask(client(2), Method::allocate, {test::transport(17), test::even_port(true)});
  EXPECT_EQ(code_in(refused.at(1)), 486);
}

// A browser asks for two relays at once, of two workers: what is ended for one may go to the other.
TEST(Server, a_place_that_went_to_somebody_else_is_asked_for_once_more_TURN_ALLOC_21) {
  Ledger ledger(ledger_options(2));
  Worker first(ledger, 1);
  Worker second(ledger, 2);
  const auto never_heard = [](relay::AllocationId) { return TimePoint{}; };
  for (const std::uint16_t port : {1, 2}) first.allocate(client(port));
  first.now.monotonic += kAbandonedAfter;
  const auto end_one = [&] {
    const auto silent = first.server.silent_of("user", never_heard, first.now);
    EXPECT_TRUE(first.server.end_silent(silent.at(0), never_heard, first.now));
    first.effects();
  };

  const auto asked = second.ask(client(3), Method::allocate, {test::transport(17)});
  end_one();
  first.allocate(client(4));
  const auto asked_again = second.answer(std::get<EndAbandoned>(asked.at(0)));
  ASSERT_EQ(kinds(asked_again), Kinds{"EndAbandoned"});
  end_one();
  EXPECT_EQ(kinds(second.answer(std::get<EndAbandoned>(asked_again[0]))), Kinds{"OpenRelay"});
}

TEST(Server, who_waits_for_a_place_may_go_away_be_revoked_or_come_too_late) {
  Ledger ledger(ledger_options(1));
  Worker worker(ledger);
  worker.allocate(client(1));
  const auto wait = [&] {
    return std::get<EndAbandoned>(worker.ask(client(2), Method::allocate, {test::transport(17)}).at(0));
  };

  const EndAbandoned gone = wait();
  worker.server.on_client_closed(client(2).tuple, worker.now);
  EXPECT_TRUE(worker.answer(gone).empty());

  const EndAbandoned out = wait();
  EXPECT_EQ(worker.server.revoke("user", worker.now), 1U);
  worker.effects();
  EXPECT_TRUE(worker.answer(out).empty());
  EXPECT_EQ(ledger.counts(worker.now.monotonic).places, 0U);

  worker.allocate(client(1));
  const EndAbandoned late = wait();
  worker.server.drain();
  EXPECT_EQ(code_in(worker.answer(late).at(1)), 508);
}

TEST(Server, sixteen_may_wait_for_a_place_and_more_are_refused_at_once_TURN_ALLOC_21) {
  Ledger ledger(ledger_options(1));
  Worker worker(ledger);
  worker.allocate(client(1));
  for (std::uint16_t port = 2; port < 18; ++port) {
    EXPECT_EQ(kinds(worker.ask(client(port), Method::allocate, {test::transport(17)})),
              Kinds{"EndAbandoned"});
  }
  const auto refused = worker.ask(client(18), Method::allocate, {test::transport(17)});
  EXPECT_EQ(code_in(refused.at(1)), 486);
}

std::shared_ptr<const Alternates> alternates(bool redirects = true) {
  return std::make_shared<const Alternates>(
      redirects, std::vector<AlternateServer>{{{{Transport::udp, at("192.0.2.1:3478")}}}});
}

TEST(Server, who_is_sent_away_costs_no_port_and_no_place_and_is_served_when_back_ALT_05) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger), other(ledger, 1);
  worker.server.set_alternates(alternates());
  other.server.set_alternates(alternates());
  const auto asked = worker.ask(client(1), Method::allocate, {test::transport(17)});
  ASSERT_EQ(kinds(asked), (Kinds{"SendToClient", "Refused"}));
  const Refusal refusal{.cause = Cause::redirected, .detour = Detour{at("192.0.2.1:3478")}};
  EXPECT_EQ(asked[1], Effect(RequestRefused{client(1), Method::allocate, refusal, "user", true}));
  EXPECT_EQ(ledger.counts(worker.now.monotonic).places, 0U);
  EXPECT_EQ(ledger.counts(worker.now.monotonic).ports.leased, 0U);

  EXPECT_EQ(kinds(other.ask(client(2), Method::allocate, {test::transport(17)})), Kinds{"OpenRelay"})
      << "another worker has the port that the client comes back from";
}

TEST(Server, whose_quota_is_full_is_not_sent_away_before_there_is_a_place_ALT_05) {
  Ledger ledger(ledger_options(1));
  Worker worker(ledger);
  const OpenRelay first = worker.allocate(client(1));
  worker.server.set_alternates(alternates());
  const auto waits = worker.ask(client(2), Method::allocate, {test::transport(17)});
  ASSERT_EQ(kinds(waits), Kinds{"EndAbandoned"});
  ASSERT_EQ(kinds(worker.answer(std::get<EndAbandoned>(waits[0]))), Kinds{"EndAbandoned"});
  EXPECT_EQ(code_in(worker.answer(std::get<EndAbandoned>(waits[0])).at(1)), 486);

  const auto again = worker.ask(client(2), Method::allocate, {test::transport(17)});
  worker.server.end(first.allocation, EndReason::abandoned, worker.now);
  worker.effects();
  const auto answered = worker.answer(std::get<EndAbandoned>(again.at(0)));
  ASSERT_EQ(kinds(answered), (Kinds{"SendToClient", "Refused"}));
  EXPECT_EQ(code_in(answered[1]), 300);
}

TEST(Server, shutdown_ends_every_allocation) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  for (std::uint16_t port = 1; port <= 5; ++port) worker.allocate(client(port));
  worker.server.end_all(EndReason::shutdown, worker.now);
  const auto effects = worker.effects();
  EXPECT_EQ(effects.size(), 10U);
  for (const Effect& effect : effects) {
    if (const auto* ended = std::get_if<AllocationEnded>(&effect)) {
      EXPECT_EQ(ended->reason, EndReason::shutdown);
    }
  }
  EXPECT_EQ(worker.server.allocation_count(), 0U);
  EXPECT_EQ(ledger.counts(worker.now.monotonic).ports.leased, 0U);
}

TEST(Server, at_most_sixteen_peers_are_kept_for_the_log) {
  Ledger ledger(ledger_options(0));
  Worker worker(ledger);
  worker.allocate(client());
  for (int i = 0; i < 20; ++i) {
    worker.ask(client(), Method::create_permission,
               {test::peer({IpAddress::v4(20, 0, 2, static_cast<std::uint8_t>(i)), 1})});
  }
  const auto ended = worker.ask(client(), Method::refresh, {test::lifetime(0)});
  const auto& last = std::get<AllocationEnded>(ended.at(ended.size() - 2));
  EXPECT_EQ(last.peers.size(), 16U);
  EXPECT_EQ(last.peers_total, 20U);
}

}  // namespace
}  // namespace turnpike::turn
