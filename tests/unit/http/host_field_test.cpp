// What the Host field calls the server.
#include "turnpike/http/host_field.hpp"

#include <gtest/gtest.h>

namespace turnpike::http {
namespace {

TEST(HostField, the_port_is_left_out_and_what_is_malformed_names_nobody) {
  const struct {
    const char* field;
    const char* host;
    bool is_beyond_dns;
  } table[] = {
      {"turn.example.org", "turn.example.org", false},
      {"turn.example.org:9478", "turn.example.org", false},
      {"127.0.0.1:9478", "127.0.0.1", true},
      {"127.0.0.1", "127.0.0.1", true},
      {"127.0.0.1.evil.example", "127.0.0.1.evil.example", false},
      {"[::1]:9478", "[::1]", true},
      {"[::1]", "[::1]", true},
      {"localhost:1", "localhost", true},
      {"LocalHost", "LocalHost", true},
      {"localhost.evil.example", "localhost.evil.example", false},
      {"localhost:80:80", "", false},
      {"localhost:evil", "", false},
      {"[::1", "", false},
      {"[::1]x:80", "", false},
      {"", "", false},
  };
  for (const auto& [field, host, beyond_dns] : table) {
    EXPECT_EQ(host_of(field), host) << field;
    EXPECT_EQ(is_beyond_dns(host_of(field)), beyond_dns) << field;
  }
}

}  // namespace
}  // namespace turnpike::http
