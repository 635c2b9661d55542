// Which protocol is chosen among those that a client offers.
#include "turnpike/net/alpn.hpp"

#include <gtest/gtest.h>

#include <string>

namespace turnpike::net {
namespace {

using namespace std::string_literals;

std::string chosen(const std::string& offered) { return std::string(choose_label(as_bytes(offered))); }

TEST(Alpn, turn_comes_before_discovery_and_http_TLS_09) {
  const std::string turn = "\x09stun.turn", discovery = "\x12stun.nat-discovery", http = "\x08http/1.1";
  EXPECT_EQ(chosen(http + discovery + turn), "stun.turn");
  EXPECT_EQ(chosen(http + discovery), "stun.nat-discovery");
  EXPECT_EQ(chosen("\x02h2"s + http), "http/1.1");
  EXPECT_EQ(chosen(turn), "stun.turn");
}

TEST(Alpn, no_other_label_is_ever_chosen_TLS_10) {
  for (const std::string& offered :
       {""s, "\x02h2"s, "\x08http/1.0"s, "\x09STUN.TURN"s, "\x0Astun.turn2"s, "\x04stun"s, "\x0Axstun.turn"s,
        "\x0Bh2\x08http/1.1"s.substr(0, 9), "\x09stun"s, "\0"s})
    EXPECT_EQ(chosen(offered), "") << offered;
}

TEST(Alpn, says_what_is_spoken) {
  EXPECT_EQ(alpn_of("stun.turn"), Alpn::turn);
  EXPECT_EQ(alpn_of("stun.nat-discovery"), Alpn::turn);
  EXPECT_EQ(alpn_of("http/1.1"), Alpn::http);
  EXPECT_EQ(alpn_of(""), Alpn::none);
  EXPECT_EQ(alpn_of("h2"), Alpn::none);
}

}  // namespace
}  // namespace turnpike::net
