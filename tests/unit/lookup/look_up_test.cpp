// What the network says, over real sockets and with a resolver that the test answers for.
#include "turnpike/lookup/look_up.hpp"

#include <atomic>
#include <chrono>
#include <thread>

#include "harness.hpp"
#include "turnpike/config/load.hpp"

namespace turnpike::lookup {
namespace {

config::Config with_names(const std::string& yaml) { return config::read_text(yaml, "file").config; }

config::Config automatic(const std::vector<Endpoint>& servers) {
  config::Config config;
  config.relay.addresses = {address("127.0.0.1")};
  config.relay.external_is_found = true;
  for (const Endpoint& server : servers) config.relay.stun_servers.push_back(server.to_string());
  return config;
}

Resolve nobody() {
  return [](const std::string&) { return config::Host{{}, "no such name"}; };
}

TEST(LookUp, every_name_is_asked_for_and_none_waits_for_another) {
  std::atomic<int> together = 0;
  const Resolve resolve = [&](const std::string& name) {
    ++together;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    while (together < 3 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    if (together < 3) return config::Host{{}, "asked one after the other"};
    if (name == "gone") return config::Host{{}, "no such name"};
    return config::Host{{address(name == "one" ? "10.0.0.1" : "10.0.0.2")}, ""};
  };
  const auto config = with_names("peers: {allow: [one, 'two:7882'], deny: [gone]}");
  const config::Found found = run(look_up(config, {}, resolve));
  EXPECT_EQ(found.hosts, (config::Hosts{{"one", {{address("10.0.0.1")}, ""}},
                                        {"two", {{address("10.0.0.2")}, ""}},
                                        {"gone", {{}, "no such name"}}}));
}

TEST(LookUp, what_was_known_stands_until_there_is_another_answer) {
  const auto config = with_names("peers: {allow: [sfu]}");
  config::Found known;
  known.hosts["sfu"] = {{address("10.0.0.3")}, ""};
  known.hosts["left"] = {{address("10.0.0.4")}, ""};
  const config::Found found = run(look_up(config, known, nobody()));
  EXPECT_EQ(found.hosts, (config::Hosts{{"sfu", {{address("10.0.0.3")}, "no such name"}}}));
}

TEST(LookUp, the_first_server_that_answers_says_what_the_public_sees) {
  const StunServer server(address("203.0.113.5"));
  const Endpoint silent{address("127.0.0.1"), 9};
  const config::Found found = run(look_up(automatic({silent, server.at()}), {}, nobody()));
  EXPECT_EQ(found.external,
            (AddressMap::Pairs{{address("127.0.0.1"), ExternalAddress(address("203.0.113.5"))}}));
  EXPECT_EQ(found.external_obstacle, "");
}

TEST(LookUp, who_is_seen_as_itself_needs_no_pair) {
  const StunServer server(address("127.0.0.1"));
  const config::Found found = run(look_up(automatic({server.at()}), {}, nobody()));
  EXPECT_TRUE(found.external.empty());
  EXPECT_EQ(found.external_obstacle, "");
}

TEST(LookUp, without_an_answer_the_last_one_stands) {
  config::Found known;
  known.external = {{address("127.0.0.1"), ExternalAddress(address("203.0.113.5"))}};
  const config::Found found = run(look_up(automatic({{address("127.0.0.1"), 9}}), known, nobody()));
  EXPECT_EQ(found.external, known.external);
  EXPECT_EQ(found.external_obstacle, "no STUN server has answered 127.0.0.1");

  config::Config no_longer = automatic({});
  no_longer.relay.external_is_found = false;
  EXPECT_TRUE(run(look_up(no_longer, found, nobody())).external.empty());
}

TEST(LookUp, two_addresses_behind_one_cannot_both_be_mapped) {
  const StunServer server(address("203.0.113.5"));
  config::Config config = automatic({server.at()});
  config.relay.addresses.push_back(address("127.0.0.2"));
  const config::Found found = run(look_up(config, {}, nobody()));
  EXPECT_EQ(found.external,
            (AddressMap::Pairs{{address("127.0.0.1"), ExternalAddress(address("203.0.113.5"))}}));
  EXPECT_EQ(found.external_obstacle, "127.0.0.2 is seen as 203.0.113.5, as another relay address is");
}

TEST(LookUp, servers_may_be_names_and_need_an_address) {
  const StunServer server(address("203.0.113.5"));
  config::Config config = automatic({});
  config.relay.stun_servers = {"stun.example:" + std::to_string(server.at().port)};
  EXPECT_EQ(run(look_up(config, {}, nobody())).external_obstacle, "no STUN server has an address");
  const Resolve resolve = [](const std::string&) { return config::Host{{address("127.0.0.1")}, ""}; };
  EXPECT_EQ(run(look_up(config, {}, resolve)).external.size(), 1U);
}

TEST(LookUp, an_address_alone_is_given_to_every_relay_of_its_family) {
  config::Config config = with_names("relay: {external: turn.example}");
  config.relay.addresses = {address("127.0.0.1"), address("::1")};
  const Resolve resolve = [](const std::string&) { return config::Host{{address("203.0.113.5")}, ""}; };
  const config::Found found = run(look_up(config, {}, resolve));
  EXPECT_EQ(found.external,
            (AddressMap::Pairs{{address("127.0.0.1"), ExternalAddress(address("203.0.113.5"))}}));
  EXPECT_EQ(found.external_obstacle, "");
  EXPECT_TRUE(run(look_up(config, {}, nobody())).external.empty());
}

TEST(LookUp, without_names_and_auto_nobody_is_asked) {
  EXPECT_TRUE(needs_no_look_up(config::Config{}));
  EXPECT_FALSE(needs_no_look_up(with_names("peers: {allow: [sfu]}")));
  EXPECT_FALSE(needs_no_look_up(automatic({})));
}

}  // namespace
}  // namespace turnpike::lookup
