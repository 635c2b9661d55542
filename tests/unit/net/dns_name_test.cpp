// Which texts are names of hosts, and what form they get.
#include "turnpike/net/dns_name.hpp"

#include <gtest/gtest.h>

namespace turnpike::net {
namespace {

const std::string k63(63, 'a');
const std::string k253 = k63 + "." + k63 + "." + k63 + "." + std::string(61, 'b');

TEST(DnsName, names_of_hosts_have_one_form) {
  const std::pair<std::string, std::string> table[] = {
      {"www.example.org", "www.example.org"},
      {"WWW.Example.ORG.", "www.example.org"},
      {"localhost", "localhost"},
      {"3com.example", "3com.example"},
      {"xn--mnchen-3ya.example", "xn--mnchen-3ya.example"},
      {"a.b-c.d1", "a.b-c.d1"},
      {k253, k253},
      {k253 + ".", k253},
  };
  for (const auto& [text, name] : table) {
    EXPECT_EQ(host_name_in(text), name);
    EXPECT_EQ(name_pattern_in(text), name);
  }
}

TEST(DnsName, what_is_no_name_of_a_host_has_none) {
  using namespace std::string_literals;
  for (const std::string& text : {""s,
                                  "."s,
                                  ".."s,
                                  "www..example.org"s,
                                  ".example.org"s,
                                  "www.example.org.."s,
                                  "-www.example.org"s,
                                  "www-.example.org"s,
                                  "www_1.example.org"s,
                                  "www example.org"s,
                                  "www.example.org\0"s,
                                  "\0"s,
                                  "m\xC3\xBCnchen.example"s,
                                  "192.0.2.1"s,
                                  "www.1"s,
                                  "1"s,
                                  "2001:db8::1"s,
                                  "[2001:db8::1]"s,
                                  "www.example.org:443"s,
                                  "www.*.org"s,
                                  "w*.example.org"s,
                                  "*"s,
                                  "*."s,
                                  "*.*.org"s,
                                  "*.192.0.2.1"s,
                                  "*example.org"s,
                                  k63 + "a.org",
                                  k253 + "b",
                                  "*." + k253}) {
    EXPECT_EQ(host_name_in(text), std::nullopt) << text;
    EXPECT_EQ(name_pattern_in(text), std::nullopt) << text;
  }
}

TEST(DnsName, a_pattern_may_begin_with_a_wildcard) {
  EXPECT_EQ(name_pattern_in("*.Example.org."), "*.example.org");
  EXPECT_EQ(host_name_in("*.example.org"), std::nullopt);
  EXPECT_EQ(wildcard_of("www.example.org"), "*.example.org");
  EXPECT_EQ(wildcard_of("a.b.example.org"), "*.b.example.org");
  EXPECT_EQ(wildcard_of("localhost"), std::nullopt);
}

}  // namespace
}  // namespace turnpike::net
