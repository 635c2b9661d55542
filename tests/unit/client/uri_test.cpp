// STUN and TURN URIs: the table of RFC 7064 and RFC 7065.
#include "turnpike/client/uri.hpp"

#include <gtest/gtest.h>

namespace turnpike::client {
namespace {

using Scheme = ServerUri::Scheme;

struct Good {
  const char* text;
  ServerUri expected;
};

struct Bad {
  const char* text;
  UriError expected;
};

void expect_parsed(std::initializer_list<Good> table) {
  for (const auto& [text, expected] : table) {
    const auto uri = ServerUri::parse(text);
    ASSERT_TRUE(uri) << text;
    EXPECT_EQ(*uri, expected) << text << " was read as " << uri->to_string();
  }
}

void expect_refused(std::initializer_list<Bad> table) {
  for (const auto& [text, expected] : table) {
    const auto uri = ServerUri::parse(text);
    ASSERT_FALSE(uri) << text;
    EXPECT_EQ(uri.error(), expected) << text;
  }
}

TEST(Uri, stun_has_host_and_port_and_neither_parameter_nor_slashes_URI_01) {
  expect_parsed({
      {"stun:example.org", {Scheme::stun, "example.org", 3478, Transport::udp}},
      {"stuns:example.org:443", {Scheme::stuns, "example.org", 443, Transport::tls}},
      {"STUN:192.0.2.1:1", {Scheme::stun, "192.0.2.1", 1, Transport::udp}},
  });
  expect_refused({
      {"stun://example.org", UriError::bad_host},
      {"stun:example.org?transport=udp", UriError::bad_transport},
      {"stun:", UriError::bad_host},
      {"stun", UriError::unknown_scheme},
  });
}

TEST(Uri, turn_has_host_port_and_transport_URI_02) {
  expect_parsed({
      {"turn:example.org:65535?transport=tcp", {Scheme::turn, "example.org", 65535, Transport::tcp}},
      {"turn:[2001:db8::1]:3479", {Scheme::turn, "2001:db8::1", 3479, Transport::udp}},
      {"turns:[::1]?transport=tcp", {Scheme::turns, "::1", 5349, Transport::tls}},
      {"turn:example.org:", {Scheme::turn, "example.org", 3478, Transport::udp}},
      {"turn:a?TRANSPORT=UDP", {Scheme::turn, "a", 3478, Transport::udp}},
  });
  expect_refused({
      {"http:example.org", UriError::unknown_scheme},
      {"", UriError::unknown_scheme},
      {"turn://example.org", UriError::bad_host},
      {"turn:user@example.org", UriError::bad_host},
      {"turn:[192.0.2.1]", UriError::bad_host},
      {"turn:[::1", UriError::bad_host},
      {"turn:[::1]3478", UriError::bad_host},
      {"turn:2001:db8::1", UriError::bad_port},
      {"turn:example.org:0", UriError::bad_port},
      {"turn:example.org:65536", UriError::bad_port},
      {"turn:example.org:3478x", UriError::bad_port},
      {"turn:example.org?transport=sctp", UriError::bad_transport},
      {"turn:example.org?transport=", UriError::bad_transport},
      {"turn:example.org?", UriError::bad_transport},
  });
}

TEST(Uri, the_default_port_is_3478_or_5349_if_secure_URI_03) {
  for (const auto& [text, port] :
       {std::pair("stun:a", 3478), {"turn:a", 3478}, {"stuns:a", 5349}, {"turns:a", 5349}}) {
    EXPECT_EQ(ServerUri::parse(text)->port, port) << text;
  }
}

TEST(Uri, scheme_and_parameter_together_name_the_transport_URI_04) {
  expect_parsed({
      {"turn:a", {Scheme::turn, "a", 3478, Transport::udp}},
      {"turn:a?transport=udp", {Scheme::turn, "a", 3478, Transport::udp}},
      {"turn:a?transport=tcp", {Scheme::turn, "a", 3478, Transport::tcp}},
      {"turns:a", {Scheme::turns, "a", 5349, Transport::tls}},
      {"turns:a?transport=tcp", {Scheme::turns, "a", 5349, Transport::tls}},
      {"turns:a?transport=udp", {Scheme::turns, "a", 5349, Transport::dtls}},
  });
}

TEST(Uri, an_address_behind_a_secure_scheme_has_no_name_to_verify_URI_06) {
  for (const auto& [text, verifiable] : {std::pair("turns:192.0.2.1", false),
                                         {"stuns:[2001:db8::1]", false},
                                         {"turns:example.org", true},
                                         {"turn:192.0.2.1", true}}) {
    EXPECT_EQ(ServerUri::parse(text)->is_verifiable(), verifiable) << text;
  }
}

TEST(Uri, prints_what_parses_to_the_same_value) {
  for (const char* text : {"stun:a:3478", "stuns:[::1]:5349", "turn:a:3478?transport=udp",
                           "turns:a:443?transport=tcp", "turns:a:443?transport=udp"}) {
    EXPECT_EQ(ServerUri::parse(text)->to_string(), text);
  }
}

}  // namespace
}  // namespace turnpike::client
