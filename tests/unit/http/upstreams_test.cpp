// Which upstream a request goes to, and what is counted of it.
#include "turnpike/http/upstreams.hpp"

#include <gtest/gtest.h>

#include <set>

namespace turnpike::http {
namespace {

UpstreamRule rule(const char* host, const char* prefix, std::uint16_t port) {
  return {.host = host, .prefix = prefix, .server = {IpAddress::v4(127, 0, 0, 1), port}};
}

TEST(Upstreams, the_longest_prefix_of_the_host_wins) {
  const Upstreams upstreams({rule("", "/rtc", 1), rule("a.example", "", 2), rule("a.example", "/rtc", 3),
                             rule("a.example", "/rtc/x/", 4), rule("[::1]", "/only", 5)});
  const struct {
    const char* host;
    const char* path;
    int expected;  // 0: none
  } cases[] = {{"a.example", "/", 2},
               {"a.example", "/rtc", 3},
               {"a.example", "/rtc/", 3},
               {"a.example", "/rtcx", 2},
               {"a.example", "/rtc/x", 4},
               {"a.example", "/rtc/xy", 3},
               {"A.Example:443", "/rtc", 3},
               {"a.example.", "/rtc/x/y", 4},
               {"b.example", "/rtc", 1},
               {"b.example", "/", 0},
               {"", "/rtc/v1", 1},
               {"[::1]:443", "/only", 5},
               {"[::1]", "/", 0},
               {"xa.example", "/", 0},
               {"a.example:x", "/", 0},
               {"a.example", "*", 2},
               {"a.example.b.example", "/", 0}};
  for (const auto& c : cases) {
    const Upstream* found = upstreams.find(c.host, c.path);
    EXPECT_EQ(found == nullptr ? 0 : found->rule.server.port, c.expected) << c.host << c.path;
  }
}

TEST(Upstreams, what_is_known_of_one_that_stays_is_kept) {
  const Upstreams before({rule("", "/a", 1), rule("", "/b", 2)});
  for (const Upstream& each : before.all()) each.health->note_answer();
  const Upstreams after({rule("", "/a/", 1), rule("", "/b", 3), rule("", "/c", 2)}, &before);
  EXPECT_EQ(after.find("", "/a")->health->answers, 1U);
  EXPECT_EQ(after.find("", "/b")->health->answers, 0U);
  EXPECT_EQ(after.find("", "/c")->health->answers, 0U);
}

TEST(UpstreamHealth, only_the_first_failure_after_an_answer_is_news) {
  UpstreamHealth health;
  EXPECT_TRUE(health.note_failure(UpstreamFailure::refused, "a"));
  EXPECT_FALSE(health.note_failure(UpstreamFailure::closed, "b"));
  EXPECT_TRUE(health.is_failing);
  health.note_answer();
  EXPECT_FALSE(health.is_failing);
  EXPECT_EQ(health.last_error, "b");
  EXPECT_TRUE(health.note_failure(UpstreamFailure::closed, "c"));
  EXPECT_EQ(health.failures.of(UpstreamFailure::closed), 2U);
  EXPECT_EQ(health.failures.sum(), 3U);
  EXPECT_EQ(health.answers, 1U);
}

TEST(UpstreamFailure, each_has_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kUpstreamFailures; ++i)
    names.insert(to_string(static_cast<UpstreamFailure>(i)));
  EXPECT_EQ(names.size(), kUpstreamFailures);
  EXPECT_EQ(to_string(UpstreamFailure::body_timed_out), "body_timed_out");
}

}  // namespace
}  // namespace turnpike::http
