// What operators can ask, and what is said of what they cannot.
#include "turnpike/admin/requests.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::admin {
namespace {

using ::testing::HasSubstr;
using Parameters = std::map<std::string, std::string>;

TEST(AdminRequests, queries_are_decoded_or_refused) {
  const struct {
    const char* query;
    std::optional<Parameters> expected;
  } table[] = {
      {"", Parameters{}},
      {"a=1&b=2", Parameters{{"a", "1"}, {"b", "2"}}},
      {"a=x%20y+z%2B", Parameters{{"a", "x y z+"}}},
      {"%61=b&&c", Parameters{{"a", "b"}, {"c", ""}}},
      {"a=b=c", Parameters{{"a", "b=c"}}},
      {"a=1&a=1", std::nullopt},
      {"a=%2", std::nullopt},
      {"a=%", std::nullopt},
      {"a=%zz", std::nullopt},
  };
  for (const auto& [query, expected] : table) EXPECT_EQ(parse_query(query), expected) << query;
}

TEST(AdminRequests, of_sessions) {
  const auto asked = read_sessions_request("room=a&user=b&after=00010000000000ff&limit=7");
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->room, "a");
  EXPECT_EQ(asked->user, "b");
  EXPECT_EQ(asked->after, 0x00010000000000FFU);
  EXPECT_EQ(asked->limit, 7U);
  EXPECT_FALSE(asked->busiest);
  EXPECT_TRUE(read_sessions_request("sort=bits_per_second")->busiest);
  EXPECT_EQ(read_sessions_request("allocation=00010000000000ff")->allocation, 0x00010000000000FFU);
  for (const char* query :
       {"limit=0", "limit=501", "limit=x", "limit=", "limit=1x", "limit=-1", "after=1", "after=x",
        "user=", "room=", "sort=name", "sort=bits_per_second&after=0000000000000001", "other=1", "user=%"})
    EXPECT_FALSE(read_sessions_request(query)) << query;
  EXPECT_FALSE(read_sessions_request("user=" + std::string(kNameBytesMax + 1, 'x')));
}

TEST(AdminRequests, of_refusals) {
  const auto by_client = read_refusals_request("client=[2001:db8::1]:5&limit=3");
  ASSERT_TRUE(by_client);
  EXPECT_EQ(by_client->address, IpAddress::parse("2001:db8::1"));
  EXPECT_EQ(by_client->port, 5);
  EXPECT_EQ(by_client->max, 3U);
  EXPECT_EQ(read_refusals_request("client=192.0.2.1")->port, 0);
  EXPECT_EQ(read_refusals_request("user=alice")->user, "alice");
  EXPECT_TRUE(read_refusals_request(""));
  for (const char* query : {"client=alice", "client=192.0.2.1&user=a", "limit=1001", "client=", "what=1"})
    EXPECT_FALSE(read_refusals_request(query)) << query;
}

TEST(AdminRequests, of_ends) {
  EXPECT_EQ(read_end_request(R"({"user":"a"})")->user, "a");
  EXPECT_EQ(read_end_request(R"({"room":"a"})")->room, "a");
  EXPECT_EQ(read_end_request(R"({"allocation":"0001000000000001"})")->allocation, 0x0001000000000001U);
  for (const char* body : {"", "{}", "[]", R"({"user":"a","room":"b"})", R"({"user":""})", R"({"user":1})",
                           R"({"allocation":"1"})", R"({"allocation":1})", R"({"other":"a"})",
                           R"({"user":null})", R"({"user":"a","user":"b"})", R"({"user":"a"} x)"})
    EXPECT_FALSE(read_end_request(body)) << body;
}

TEST(AdminRequests, of_bars) {
  EXPECT_EQ(read_bar_request(R"({"user":"a"})")->seconds, 3600U);
  EXPECT_EQ(read_bar_request(R"({"user":"a","seconds":0})")->seconds, 0U);
  for (const char* body :
       {"{}", R"({"seconds":1})", R"({"user":"a","seconds":-1})", R"({"user":"a","seconds":1.5})",
        R"({"user":"a","seconds":"1"})", R"({"user":"a","seconds":31536001})", R"({"user":"a","for":1})"})
    EXPECT_FALSE(read_bar_request(body)) << body;
  EXPECT_THAT(read_bar_request(R"({"user":"a","seconds":-1})").error().what, HasSubstr("seconds"));
}

TEST(AdminRequests, of_other_nodes) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  EXPECT_EQ(read_drain_request(R"({"node":")" + id + R"("})")->node, id);
  for (const std::string& body :
       {std::string("{}"), std::string("x"), std::string(R"({"node":1})"), std::string(R"({"node":"0123"})"),
        R"({"node":"G)" + id.substr(1) + R"("})", R"({"node":")" + id + R"(","x":1})"})
    EXPECT_FALSE(read_drain_request(body)) << body;
}

TEST(AdminRequests, of_levels) {
  for (const auto level : {log::Level::debug, log::Level::info, log::Level::warning, log::Level::error})
    EXPECT_EQ(*read_level_request(R"({"level":")" + std::string(to_string(level)) + R"("})"), level);
  for (const char* body : {"{}", R"({"level":"warn"})", R"({"level":1})", R"({"level":"info","x":1})", "x"})
    EXPECT_FALSE(read_level_request(body)) << body;
}

}  // namespace
}  // namespace turnpike::admin
