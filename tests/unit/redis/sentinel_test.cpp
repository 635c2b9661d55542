// What sentinels say.
#include "turnpike/redis/sentinel.hpp"

#include <gtest/gtest.h>

namespace turnpike::redis {
namespace {

TEST(RedisSentinel, names_a_place_or_says_nothing_that_one_can_connect_to) {
  const auto at = [](std::string host, std::string port) {
    return Reply::array({Reply::string(std::move(host)), Reply::string(std::move(port))});
  };
  const struct {
    Reply reply;
    std::string outcome;
  } cases[] = {
      {at("127.0.0.1", "6379"), "127.0.0.1:6379"},
      {at("2001:db8::1", "6379"), "[2001:db8::1]:6379"},
      {at("redis-1.example", "6379"), "redis-1.example:6379"},
      {Reply::nil(), "the sentinel knows no such master"},
      {Reply::error("NOAUTH no"), "the server wants a password: NOAUTH no"},
      {Reply::error("ERR unknown command"), "the server refuses it: ERR unknown command"},
      {Reply::status("OK"), "what the server sends is no answer: no answer to SENTINEL"},
      {Reply::array({}), "what the server sends is no answer: no answer to SENTINEL"},
      {Reply::array({Reply::string("a"), Reply::integer(1)}),
       "what the server sends is no answer: no answer to SENTINEL"},
      {at("", "6379"), "what the server sends is no answer: no address of a master"},
      {at("a", ""), "what the server sends is no answer: no address of a master"},
      {at("a", "0"), "what the server sends is no answer: no address of a master"},
      {at("a", "65536"), "what the server sends is no answer: no address of a master"},
      {at("a/b", "1"), "what the server sends is no answer: no address of a master"},
      {at("u@a", "1"), "what the server sends is no answer: no address of a master"},
      {at("a b\r\n", "1"), "what the server sends is no answer: no address of a master"},
      {at(std::string(5000, ':'), "1"), "what the server sends is no answer: no address of a master"},
  };
  for (const auto& c : cases) {
    const auto place = read_master(c.reply);
    EXPECT_EQ(place ? place->text() : place.error().text(), c.outcome);
  }
  EXPECT_EQ(ask_for_master("mymaster"), (Command{"SENTINEL", "get-master-addr-by-name", "mymaster"}));
}

}  // namespace
}  // namespace turnpike::redis
