// Values as LiveKit's YAML has them.
#include "turnpike/livekit/yaml_values.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace turnpike::livekit {
namespace {

template <class T>
T decoded(const std::string& yaml) {
  T value{};
  Problems problems;
  decode_all(YAML::Load(yaml), value, problems);
  EXPECT_TRUE(problems.empty()) << problems.front().what();
  return value;
}

// The problems, each with a bar behind it.
template <class T>
std::string refusals(const std::string& yaml, T value = {}) {
  Problems problems;
  decode_all(YAML::Load(yaml), value, problems);
  std::string text;
  for (const BadValue& bad : problems) {
    EXPECT_GT(bad.line(), 0);
    text += std::string(bad.what()) + "|";
  }
  return text;
}

template <class T>
std::string refusal(const std::string& yaml) {
  std::string text = refusals<T>(yaml);
  EXPECT_EQ(std::ranges::count(text, '|'), 1) << text;
  text.pop_back();
  return text;
}

std::vector<IpAddress> node_ip(const std::string& yaml) {
  std::vector<IpAddress> addresses;
  decode_node_ip(YAML::Load(yaml), addresses);
  return addresses;
}

TEST(YamlValues, what_was_not_written_leaves_the_default) {
  std::string text = "default";
  std::int64_t number = 7;
  bool flag = true;
  std::vector<std::string> list = {"default"};
  auth::Secrets keys = {{"a", "b"}};
  const YAML::Node null = YAML::Load("~");
  Problems problems;
  decode_all(null, text, problems);
  decode_all(null, number, problems);
  decode_all(null, flag, problems);
  decode_all(null, list, problems);
  decode_all(null, keys, problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(text, "default");
  EXPECT_EQ(number, 7);
  EXPECT_TRUE(flag);
  EXPECT_EQ(list.size(), 1U);
  EXPECT_EQ(keys.size(), 1U);
}

TEST(YamlValues, numbers_are_what_go_takes_for_numbers) {
  for (const auto& [text, value] : {std::pair{"30_000", 30000},
                                    {"0x7530", 30000},
                                    {"0X7530", 30000},
                                    {"0o72460", 30000},
                                    {"072460", 30000},
                                    {"0b111", 7},
                                    {"+7", 7},
                                    {"3e4", 30000},
                                    {"7.9", 7},
                                    {"08", 8},
                                    {"0", 0},
                                    {"1_0_0", 100},
                                    {"0x75_30", 30000}})
    EXPECT_EQ(decoded<std::uint16_t>(text), value) << text;
  EXPECT_EQ(decoded<std::int64_t>("-0x10"), -16);
  for (const char* text :
       {"_1", "1k", "0x", "0xg", "1e", "--1", "1 0", "nan", ".inf", "\"\"", "70_000", "1e9"})
    EXPECT_EQ(refusal<std::uint16_t>(text).find(" is not a number from 0 to 65535") == std::string::npos,
              false)
        << text;
}

TEST(YamlValues, numbers_flags_and_texts) {
  EXPECT_EQ(decoded<std::int64_t>("-5"), -5);
  EXPECT_EQ(decoded<std::uint16_t>("65535"), 65535);
  EXPECT_EQ(refusal<std::uint16_t>("65536"), "\"65536\" is not a number from 0 to 65535");
  EXPECT_EQ(refusal<std::uint32_t>("-1"), "\"-1\" is not a number from 0 to 4294967295");
  EXPECT_EQ(refusal<std::uint16_t>("34 78"), "\"34 78\" is not a number from 0 to 65535");
  EXPECT_EQ(refusal<std::uint16_t>("[1]"), "must be one value, not a list");
  EXPECT_TRUE(decoded<bool>("true") && decoded<bool>("yes") && decoded<bool>("On"));
  EXPECT_FALSE(decoded<bool>("false") || decoded<bool>("no"));
  EXPECT_EQ(refusal<bool>("1"), "\"1\" is not true or false");
  EXPECT_EQ(refusal<bool>("{}"), "must be one value, not a map");
  EXPECT_EQ(decoded<std::string>("a b"), "a b");
  EXPECT_EQ(decoded<std::vector<std::string>>("[a, b]"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(refusal<std::vector<std::string>>("a"), "must be a list");
}

TEST(YamlValues, ports_and_ranges_of_them) {
  using Ports = std::optional<turn::PortRange>;
  EXPECT_EQ(decoded<Ports>("7882"), (turn::PortRange{7882, 7882}));
  EXPECT_EQ(decoded<Ports>("7882-7892"), (turn::PortRange{7882, 7892}));
  EXPECT_EQ(decoded<Ports>("7882 - 7892"), (turn::PortRange{7882, 7892}));
  EXPECT_EQ(decoded<Ports>("0"), std::nullopt);
  EXPECT_EQ(decoded<Ports>("''"), std::nullopt);
  for (const char* text :
       {"7892-7882", "0-7882", "7882-", "-7882", "7882-7892-7900", "7882-70000", "udp", "[7882]"}) {
    EXPECT_NE(refusal<Ports>(text), "") << text;
  }
}

TEST(YamlValues, node_ip_is_one_address_of_each_family) {
  const IpAddress v4 = IpAddress::v4(203, 0, 113, 5);
  const IpAddress v6 = *IpAddress::parse("2001:db8::5");
  EXPECT_EQ(node_ip("203.0.113.5"), std::vector{v4});
  EXPECT_EQ(node_ip("'2001:db8::5'"), std::vector{v6});
  EXPECT_EQ(node_ip("'203.0.113.5, 2001:db8::5'"), (std::vector{v4, v6}));
  EXPECT_EQ(node_ip("''"), std::vector<IpAddress>{});
  for (const char* text :
       {"203.0.113.5,203.0.113.6", "example.com", "'203.0.113.5,'", "203.0.113.5:7882", "[203.0.113.5]"}) {
    EXPECT_THROW(node_ip(text), BadValue) << text;
  }
}

TEST(YamlValues, the_protocol_is_tcp_unless_it_is_another) {
  EXPECT_EQ(decoded<Transport>("tls"), Transport::tls);
  EXPECT_EQ(decoded<Transport>("udp"), Transport::udp);
  EXPECT_EQ(decoded<Transport>("tcp"), Transport::tcp);
  EXPECT_EQ(decoded<Transport>("TLS"), Transport::tcp);
  EXPECT_EQ(decoded<Transport>("~"), Transport::tcp);
}

TEST(YamlValues, keys_are_a_map_in_which_each_stands_once) {
  EXPECT_EQ(decoded<auth::Secrets>("{a: b, c: 7}"), (auth::Secrets{{"a", "b"}, {"c", "7"}}));
  EXPECT_EQ(refusal<auth::Secrets>("{a: b, a: c}"), "\"a\" is there twice");
  EXPECT_EQ(refusal<auth::Secrets>("[a, b]"), "must be a map of API keys and their secrets");
}

TEST(YamlValues, each_wrong_item_of_a_list_or_map_is_told) {
  EXPECT_EQ(refusals<std::vector<std::uint16_t>>("[1, x, 2, 70000]"),
            "\"x\" is not a number from 0 to 65535|\"70000\" is not a number from 0 to 65535|");
  EXPECT_EQ(refusals<auth::Secrets>("{a: b, a: c, d: [], e: \"${E}\"}"),
            "\"a\" is there twice|must be one value, not a list|${E} was never filled in|");
}

}  // namespace
}  // namespace turnpike::livekit
