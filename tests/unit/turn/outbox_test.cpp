// Effects wait in their order, and a refusal is an answer and a word about it.
#include "turnpike/turn/outbox.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

TEST(Outbox, gives_effects_in_the_order_in_which_they_came) {
  Outbox out;
  EXPECT_FALSE(out.next());
  out.emit(EndAbandoned{1, "a"});
  out.respond({}, {7});
  EXPECT_EQ(out.next(), Effect(EndAbandoned{1, "a"}));
  out.emit(EndAbandoned{2, "b"});
  EXPECT_EQ(out.next(), Effect(SendToClient{{}, {7}}));
  EXPECT_EQ(out.next(), Effect(EndAbandoned{2, "b"}));
  EXPECT_FALSE(out.next());
}

TEST(Outbox, a_refusal_is_answered_and_told_with_who_asked) {
  Exchange exchange;
  exchange.client.ref = {0, 7};
  exchange.method = stun::Method::refresh;
  exchange.user = "user";
  exchange.user_is_proven = true;
  const Refusal refusal{Cause::no_allocation};
  Outbox out;
  out.refuse(exchange, refusal);
  EXPECT_EQ(out.next(), Effect(SendToClient{exchange.client,
                                            error_response(exchange, stun::ErrorCode::allocation_mismatch)}));
  EXPECT_EQ(out.next(),
            Effect(RequestRefused{exchange.client, stun::Method::refresh, refusal, "user", true}));
  EXPECT_FALSE(out.next());
}

TEST(Outbox, a_refusal_with_a_detour_is_answered_with_it) {
  Exchange exchange;
  exchange.method = stun::Method::allocate;
  exchange.signature.emplace();
  const Detour detour{{IpAddress::v4(192, 0, 2, 1), 3478}};
  const Refusal refusal{.cause = Cause::redirected, .detour = detour};
  Outbox out;
  out.refuse(exchange, refusal);
  EXPECT_EQ(out.next(), Effect(SendToClient{exchange.client, detour_response(exchange, detour)}));
  EXPECT_EQ(out.next(), Effect(RequestRefused{exchange.client, stun::Method::allocate, refusal, "", false}));
}

}  // namespace
}  // namespace turnpike::turn
