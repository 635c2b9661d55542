// Where redirections lead a client, and where they end.
#include "turnpike/client/itinerary.hpp"

#include <gtest/gtest.h>

namespace turnpike::client {
namespace {

Endpoint at(std::string_view text) { return *Endpoint::parse(text); }

std::optional<Endpoint> follow(std::string_view first, std::vector<std::string_view> servers) {
  Redirection redirection;
  for (const auto server : servers) redirection.servers.push_back(at(server));
  return Itinerary(at(first)).follow(redirection);
}

TEST(Itinerary, leads_to_the_server_of_the_family_that_is_asked_ALT_02) {
  EXPECT_EQ(follow("192.0.2.1:1", {"192.0.2.2:2"}), at("192.0.2.2:2"));
  EXPECT_EQ(follow("192.0.2.1:1", {"[2001:db8::2]:2", "192.0.2.2:2"}), at("192.0.2.2:2"));
  EXPECT_EQ(follow("[2001:db8::1]:1", {"[2001:db8::2]:2", "192.0.2.2:2"}), at("[2001:db8::2]:2"));
  EXPECT_FALSE(follow("192.0.2.1:1", {"[2001:db8::2]:2"}));
  EXPECT_FALSE(follow("192.0.2.1:1", {}));
}

TEST(Itinerary, leads_to_each_server_once_ALT_05) {
  Itinerary itinerary(at("192.0.2.1:1"));
  EXPECT_FALSE(itinerary.follow({{at("192.0.2.1:1")}, ""})) << "to itself";
  EXPECT_EQ(itinerary.follow({{at("192.0.2.2:1")}, ""}), at("192.0.2.2:1"));
  EXPECT_EQ(itinerary.server(), at("192.0.2.2:1"));
  EXPECT_FALSE(itinerary.follow({{at("192.0.2.1:1")}, ""})) << "in a circle";
  EXPECT_EQ(itinerary.server(), at("192.0.2.2:1"));
  EXPECT_EQ(itinerary.redirections(), 1U);
}

TEST(Itinerary, ends_after_three_redirections) {
  Itinerary itinerary(at("192.0.2.1:1"));
  for (const char* next : {"192.0.2.2:1", "192.0.2.3:1", "192.0.2.4:1"})
    EXPECT_EQ(itinerary.follow({{at(next)}, ""}), at(next));
  EXPECT_FALSE(itinerary.follow({{at("192.0.2.5:1")}, ""}));
}

TEST(Itinerary, leads_to_the_clients_own_host_only_from_there) {
  for (const char* own : {"127.0.0.1:1", "127.9.9.9:1", "0.0.0.0:1"})
    EXPECT_FALSE(follow("192.0.2.1:1", {own})) << own;
  for (const char* own : {"[::1]:1", "[::]:1", "[::ffff:127.0.0.1]:1"})
    EXPECT_FALSE(follow("[2001:db8::1]:1", {own})) << own;
  EXPECT_EQ(follow("127.0.0.1:1", {"127.0.0.1:2"}), at("127.0.0.1:2"));
  EXPECT_EQ(follow("127.0.0.1:1", {"192.0.2.1:2"}), at("192.0.2.1:2"));
  EXPECT_FALSE(follow("192.0.2.1:1", {"192.0.2.2:0"}));
}

}  // namespace
}  // namespace turnpike::client
