// Refusals in words: the method by its name, the code, and what an operator does about it.
#include "turnpike/client/explain.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::client {
namespace {

using stun::Method;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

Failed failed(Method method, int code, std::string reason = "") {
  return {.request = {.method = method}, .code = code, .reason = std::move(reason)};
}

TEST(Explain, a_refusal_names_method_code_and_the_servers_words) {
  EXPECT_EQ(describe(failed(Method::allocate, 486)), "Allocate was refused: 486 Allocation Quota Reached");
  EXPECT_EQ(describe(failed(Method::create_permission, 403, "not there")),
            "CreatePermission was refused: 403 not there");
  Failed of_peer = failed(Method::channel_bind, 403);
  of_peer.request.peers = {{IpAddress::v4(192, 0, 2, 7), 4000}};
  EXPECT_EQ(describe(of_peer), "ChannelBind to 192.0.2.7:4000 was refused: 403 Forbidden");
  of_peer.request.method = Method::create_permission;
  EXPECT_EQ(describe(of_peer), "CreatePermission to 192.0.2.7 was refused: 403 Forbidden");
  EXPECT_EQ(describe(failed(Method::binding, 400, "\x1b[2Ja\xC3\xA9")), "Binding was refused: 400 ?[2Ja??");
  EXPECT_EQ(describe(failed(Method::refresh, 0, "incomplete response")),
            "Refresh had a wrong answer: incomplete response");
}

TEST(Explain, a_redirection_says_where_to) {
  Failed sent_away = failed(Method::allocate, 300);
  sent_away.redirection = Redirection{{{IpAddress::v4(192, 0, 2, 1), 3478}}, ""};
  EXPECT_EQ(describe(sent_away), "Allocate was refused: 300 Try Alternate (192.0.2.1:3478)");
  sent_away.redirection =
      Redirection{{*Endpoint::parse("[2001:db8::1]:1"), *Endpoint::parse("192.0.2.1:2")}, "b.example"};
  EXPECT_EQ(describe(*sent_away.redirection), "[2001:db8::1]:1, 192.0.2.1:2 as b.example");
}

TEST(Explain, silence_and_forged_answers_are_two_things) {
  EXPECT_EQ(describe(TimedOut{{.method = Method::channel_bind}, false}), "ChannelBind had no answer");
  EXPECT_EQ(describe(TimedOut{{.method = Method::allocate}, true}), "Allocate had no authentic answer");
}

TEST(Explain, advice_names_the_key_that_changes_it) {
  const struct {
    Method method;
    int code;
    const char* expected;
  } table[] = {
      {Method::allocate, 401, "name and password"},
      {Method::allocate, 403, "bars this user"},
      {Method::channel_bind, 403, "peers.allow"},
      {Method::create_permission, 403, "refused by the rules"},
      {Method::allocate, 440, "relay.addresses"},
      {Method::allocate, 486, "limits.allocations_per_user"},
      {Method::allocate, 508, "relay.ports"},
      {Method::channel_bind, 508, "limits.channels_per_allocation"},
  };
  for (const auto& row : table)
    EXPECT_THAT(explain(failed(row.method, row.code), true),
                AllOf(HasSubstr("was refused: "), HasSubstr(row.expected)))
        << row.code;
  EXPECT_THAT(explain(failed(Method::allocate, 401), false), HasSubstr("no --username was given"));
  EXPECT_THAT(advice(failed(Method::allocate, 499), true), IsEmpty());
  EXPECT_THAT(advice(failed(Method::allocate, 0), true), IsEmpty());
}

TEST(Explain, rules_refuse_peers_and_nothing_else) {
  EXPECT_TRUE(is_refused_by_rules(failed(Method::channel_bind, 403)));
  EXPECT_TRUE(is_refused_by_rules(failed(Method::create_permission, 403)));
  EXPECT_FALSE(is_refused_by_rules(failed(Method::allocate, 403)));
  EXPECT_FALSE(is_refused_by_rules(failed(Method::channel_bind, 508)));
}

}  // namespace
}  // namespace turnpike::client
