// Each type of value: what is read, that it is printed as it can be read again, and what is refused.
#include "turnpike/config/value.hpp"

#include <gtest/gtest.h>

namespace turnpike::config {
namespace {

template <class T>
T read(const std::string& yaml) {
  T value;
  decode(YAML::Load(yaml), value);
  return value;
}

template <class T>
std::string print(const T& value) {
  YAML::Emitter out;
  encode(out, value);
  return out.c_str();
}

// Pairs of a text and the printed form of its value.
template <class T>
void expect_prints(std::initializer_list<std::pair<const char*, const char*>> cases) {
  for (const auto& [yaml, printed] : cases) {
    const T value = read<T>(yaml);
    EXPECT_EQ(print(value), printed) << yaml;
    EXPECT_EQ(read<T>(print(value)), value) << yaml;
  }
}

template <class T>
void expect_refused(std::initializer_list<const char*> cases) {
  for (const char* yaml : cases) EXPECT_THROW(read<T>(yaml), BadValue) << yaml;
}

TEST(ConfigValue, text) {
  expect_prints<std::string>({{"abc", "abc"},
                              {"\"\"", "\"\""},
                              {"", "\"\""},
                              {"12", "12"},
                              {"'a: b'", "\"a: b\""},
                              {"'null'", "\"null\""}});
  expect_refused<std::string>({"[a]", "{a: b}"});
}

TEST(ConfigValue, switches) {
  expect_prints<bool>({{"true", "true"}, {"false", "false"}, {"\"\"", "false"}});
  expect_refused<bool>({"yes", "1", "True", "[true]"});
}

TEST(ConfigValue, numbers) {
  expect_prints<std::uint32_t>({{"0", "0"}, {"4294967295", "4294967295"}, {"007", "7"}});
  expect_prints<std::uint64_t>({{"18446744073709551615", "18446744073709551615"}});
  expect_refused<std::uint32_t>({"-1", "+1", "4294967296", "1.5", "1s", "0x10", "", "[1]", "1 2"});
  expect_refused<std::uint64_t>({"18446744073709551616", "-1"});
}

TEST(ConfigValue, addresses) {
  expect_prints<IpAddress>({{"192.0.2.1", "192.0.2.1"}, {"2001:DB8:0::1", "2001:db8::1"}});
  expect_prints<IpPrefix>({{"10.0.0.0/8", "10.0.0.0/8"}, {"10.0.0.1", "10.0.0.1/32"}, {"\"::/0\"", "::/0"}});
  expect_prints<Endpoint>({{"192.0.2.1:1", "192.0.2.1:1"}, {"\"[::1]:65535\"", "\"[::1]:65535\""}});
  expect_prints<std::optional<Endpoint>>({{"", "\"\""}, {"192.0.2.1:1", "192.0.2.1:1"}});
  expect_refused<IpAddress>({"192.0.2", "localhost", "192.0.2.1/32", ""});
  expect_refused<IpPrefix>({"10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/", ""});
  expect_refused<Endpoint>(
      {"192.0.2.1", "192.0.2.1:0", "192.0.2.1:65536", "\"::1:443\"", "localhost:443", ""});
}

TEST(ConfigValue, ports) {
  expect_prints<turn::PortRange>({{"443", "443"}, {"1-65535", "1-65535"}, {"5-5", "5"}});
  expect_refused<turn::PortRange>({"0", "0-5", "6-5", "1-65536", "5-", "-5", "1-2-3", "a", "", "1 - 2"});
}

TEST(ConfigValue, peer_rules) {
  expect_prints<turn::PeerRule>({{"10.0.0.0/8", "10.0.0.0/8"},
                                 {"10.0.0.1", "10.0.0.1/32"},
                                 {"10.0.0.1:443", "10.0.0.1/32:443"},
                                 {"10.0.0.0/8:50000-60000", "10.0.0.0/8:50000-60000"},
                                 {"2001:db8::/32", "2001:db8::/32"},
                                 {"\"[2001:db8::/32]:443\"", "\"[2001:db8::/32]:443\""}});
  expect_refused<turn::PeerRule>({"10.0.0.0/33", "10.0.0.0/8:", "10.0.0.0/8:0", "10.0.0.0/8:9-5",
                                  "\"[10.0.0.0/8]:443\"", "2001:db8::/32:443", "\"[2001:db8::/32]443\"",
                                  "\"[2001:db8::/32\"", "example.org", "", "\":443\""});
}

TEST(ConfigValue, words) {
  expect_prints<Engine>({{"auto", "auto"}, {"kernel", "kernel"}, {"sockets", "sockets"}});
  expect_prints<turn::CheckExpiry>({{"allocate", "allocate"}, {"always", "always"}});
  expect_prints<TlsVersion>({{"1.2", "1.2"}, {"\"1.3\"", "1.3"}});
  expect_prints<log::Level>({{"debug", "debug"},
                             {"info", "info"},
                             {"warn", "warning"},
                             {"warning", "warning"},
                             {"error", "error"}});
  expect_prints<log::Format>({{"text", "text"}, {"json", "json"}});
  expect_refused<Engine>({"", "Auto", "socket", "[auto]"});
  expect_refused<turn::CheckExpiry>({"never"});
  expect_refused<TlsVersion>({"1.1", "1.20", "1.4", ""});
  expect_refused<log::Level>({"verbose"});
  expect_refused<log::Format>({"xml"});
}

TEST(ConfigValue, lists) {
  using List = std::vector<std::string>;
  expect_prints<List>(
      {{"[a, b]", "[a, b]"}, {"- a\n- b", "[a, b]"}, {"a", "[a]"}, {"[]", "[]"}, {"", "[]"}, {"\"\"", "[]"}});
  expect_refused<List>({"{a: b}", "[[a]]"});
  expect_prints<std::vector<Endpoint>>({{"[\"0.0.0.0:1\", \"[::]:1\"]", "[0.0.0.0:1, \"[::]:1\"]"}});
}

TEST(ConfigValue, maps) {
  expect_prints<auth::Secrets>(
      {{"{b: x, a: y}", "{a: y, b: x}"}, {"{}", "{}"}, {"", "{}"}, {"a: 1", "{a: 1}"}});
  expect_refused<auth::Secrets>({"a", "[a]", "{a: [b]}", "{a: x, a: y}", "{[a]: b}"});
  expect_prints<AddressMap::Pairs>({{"10.0.0.1: 192.0.2.1", "{10.0.0.1: 192.0.2.1}"}, {"", "{}"}});
  expect_prints<RegionsByPrefix>({{"10.0.0.1/8: eu", "{10.0.0.0/8: eu}"}, {"", "{}"}});
  expect_refused<RegionsByPrefix>({"10.0.0.0/8", "{10.0.0.0/40: eu}", "{x: eu}", "{10.0.0.0/8: [eu]}"});
  expect_refused<AddressMap::Pairs>({"10.0.0.1", "{10.0.0.1: x}", "{x: 10.0.0.1}"});
}

TEST(ConfigValue, a_list_or_map_replaces_what_was_there) {
  std::vector<std::string> list = {"old"};
  decode(YAML::Load("[new]"), list);
  EXPECT_EQ(list, std::vector<std::string>{"new"});
  auth::Secrets secrets = {{"old", "x"}};
  decode(YAML::Load("{new: y}"), secrets);
  EXPECT_EQ(secrets, (auth::Secrets{{"new", "y"}}));
}

TEST(ConfigValue, a_refusal_has_its_line_and_no_secret) {
  try {
    read<auth::Secrets>("alice: hidden1\nbob: [hidden2]");
    FAIL() << "a list is no password";
  } catch (const BadValue& bad) {
    EXPECT_EQ(bad.line(), 2);
    EXPECT_EQ(std::string(bad.what()).find("hidden"), std::string::npos) << bad.what();
  }
}

}  // namespace
}  // namespace turnpike::config
