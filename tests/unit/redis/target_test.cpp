// URLs of Redis servers and places of sentinels: what is taken, and what is refused.
#include "turnpike/redis/target.hpp"

#include <gtest/gtest.h>

namespace turnpike::redis {
namespace {

Target at(Place place, bool is_secure = false, std::uint32_t database = 0, std::string user = "") {
  Target target;
  target.place = std::move(place);
  target.is_secure = is_secure;
  target.database = database;
  target.login.user = std::move(user);
  return target;
}

Target behind(std::string path) {
  Target target;
  target.unix_path = std::move(path);
  return target;
}

Target master(std::string name, std::vector<Place> sentinels) {
  Target target;
  target.master = std::move(name);
  target.sentinels = std::move(sentinels);
  return target;
}

TEST(RedisTarget, is_a_server_a_unix_socket_or_a_master_of_sentinels) {
  const struct {
    const char* url;
    std::vector<std::string> sentinels;
    Target target;
  } cases[] = {
      {"redis://redis.example", {}, at({"redis.example", 6379})},
      {"redis://127.0.0.1:7000/", {}, at({"127.0.0.1", 7000})},
      {"rediss://[2001:db8::1]:7000/3", {}, at({"2001:db8::1", 7000}, true, 3)},
      {"REDISS://a_b/65535", {}, at({"a_b", 6379}, true, 65535)},
      {"redis://turn%40pike@redis", {}, at({"redis", 6379}, false, 0, "turn@pike")},
      {"unix:/run/redis/redis.sock", {}, behind("/run/redis/redis.sock")},
      {"redis://mymaster",
       {"10.0.0.1:26380", "sentinel-2", "[::1]"},
       master("mymaster", {{"10.0.0.1", 26380}, {"sentinel-2", 26379}, {"::1", 26379}})},
  };
  for (const auto& c : cases) {
    const auto target = Target::parse(c.url, c.sentinels);
    ASSERT_TRUE(target) << c.url << " " << target.error();
    EXPECT_TRUE(*target == c.target) << c.url;
  }
}

TEST(RedisTarget, what_is_none_is_told_without_the_url) {
  const struct {
    std::string url;
    std::vector<std::string> sentinels;
    const char* fault;
  } cases[] = {
      {"", {}, "is no URL like redis://HOST:PORT"},
      {"redis", {}, "is no URL like redis://HOST:PORT"},
      {"localhost:6379", {}, "is neither redis:, rediss: nor unix:"},
      {"http://redis:6379", {}, "is neither redis:, rediss: nor unix:"},
      {"redis://user:secret@redis", {}, "has a password, which belongs in a file"},
      {"redis://:secret@redis", {}, "has a password, which belongs in a file"},
      {"redis:///0", {}, "names no server"},
      {"redis:redis", {}, "names no server"},
      {"redis://a%20b", {}, "names no server"},
      {"redis://redis:0", {}, "has no port of a server"},
      {"redis://redis:65536", {}, "has no port of a server"},
      {"redis://redis/x", {}, "has a path that is no number of a database, 0 to 65535"},
      {"redis://redis/-1", {}, "has a path that is no number of a database, 0 to 65535"},
      {"redis://redis/1/2", {}, "has a path that is no number of a database, 0 to 65535"},
      {"redis://redis/65536", {}, "has a path that is no number of a database, 0 to 65535"},
      {"redis://redis?db=1", {}, "has a query or a fragment"},
      {"unix:redis.sock", {}, "names no absolute path behind unix:"},
      {"unix:", {}, "names no absolute path behind unix:"},
      {"unix:/" + std::string(107, 'x'), {}, "has a path of more than 107 bytes"},
      {"unix:/redis.sock", {"a"}, "is a Unix socket, of which sentinels know nothing"},
      {"redis://mymaster:6379", {"a"}, "has a port, but names a master, of which sentinels know the port"},
      {"redis://mymaster", {"a", ""}, "has a sentinel that is no HOST:PORT, "},
      {"redis://mymaster", {"redis://a"}, "has a sentinel that is no HOST:PORT, redis://a"},
      {"redis://mymaster", {"a:0"}, "has a sentinel that is no HOST:PORT, a:0"},
      {"redis://mymaster", {"u@a"}, "has a sentinel that is no HOST:PORT, u@a"},
      {"redis://mymaster", std::vector<std::string>(17, "a"), "has more than 16 sentinels"},
  };
  for (const auto& c : cases) {
    const auto target = Target::parse(c.url, c.sentinels);
    ASSERT_FALSE(target) << c.url;
    EXPECT_EQ(target.error(), c.fault) << c.url;
  }
}

TEST(RedisTarget, a_place_reads_as_it_was_written) {
  for (const char* text : {"redis:6379", "127.0.0.1:1", "[2001:db8::1]:65535"})
    EXPECT_EQ(Place::parse(text, 1).value().text(), text);
}

}  // namespace
}  // namespace turnpike::redis
