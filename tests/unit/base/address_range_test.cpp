// Ranges of addresses: how they are written, which prefixes cover them, what is left of them without others.
#include "turnpike/base/address_range.hpp"

#include <gmock/gmock.h>

#include <string>

namespace turnpike {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> prefixes(std::string_view range) {
  std::vector<std::string> texts;
  for (const IpPrefix& prefix : prefixes_of(AddressRange::parse(range).value()))
    texts.push_back(prefix.to_string());
  return texts;
}

std::vector<AddressRange> ranges(const std::vector<std::string>& texts) {
  std::vector<AddressRange> all;
  for (const std::string& text : texts) all.push_back(AddressRange::parse(text).value());
  return all;
}

TEST(AddressRange, is_covered_by_the_fewest_prefixes) {
  const struct {
    const char* range;
    std::vector<std::string> prefixes;
  } table[] = {
      {"10.0.0.0-10.255.255.255", {"10.0.0.0/8"}},
      {"192.168.0.1", {"192.168.0.1/32"}},
      {"172.16.0.0/12", {"172.16.0.0/12"}},
      {"172.16.9.9/12", {"172.16.0.0/12"}},
      {"0.0.0.0-255.255.255.255", {"0.0.0.0/0"}},
      {"192.168.0.1-192.168.0.6", {"192.168.0.1/32", "192.168.0.2/31", "192.168.0.4/31", "192.168.0.6/32"}},
      {"255.255.255.254-255.255.255.255", {"255.255.255.254/31"}},
      {"fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", {"fc00::/7"}},
      {"2001:db8::ffff-2001:db8::1:0", {"2001:db8::ffff/128", "2001:db8::1:0/128"}},
      {"::-ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", {"::/0"}},
      {"::1", {"::1/128"}},
  };
  for (const auto& [range, expected] : table) EXPECT_EQ(prefixes(range), expected) << range;
  EXPECT_EQ(prefixes("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe").size(), 254U);
}

TEST(AddressRange, any_other_text_is_none) {
  for (const char* text : {"", "-", "10.0.0.0-", "-10.0.0.0", "10.0.0.9-10.0.0.1", "10.0.0.1-::1",
                           "10.0.0.0/33", "10.0.0.0-10.0.0.9-10.0.0.10", "10.0.0.0 - 10.0.0.9", "host"})
    EXPECT_EQ(AddressRange::parse(text), std::nullopt) << text;
}

TEST(AddressRange, what_is_left_without_others_neither_overlaps_nor_has_any_of_them) {
  const auto left = without(ranges({"10.0.0.0/8", "10.9.0.0/16", "10.255.0.0-11.0.0.255", "fc00::/7"}),
                            ranges({"10.0.0.5", "9.0.0.0-10.0.0.0", "11.0.0.255", "fd00::/8", "192.0.2.1"}));
  EXPECT_EQ(left, ranges({"10.0.0.1-10.0.0.4", "10.0.0.6-11.0.0.254",
                          "fc00::-fcff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}));
  EXPECT_EQ(without(ranges({"0.0.0.0/0"}), ranges({"0.0.0.0", "255.255.255.255"})),
            ranges({"0.0.0.1-255.255.255.254"}));
  EXPECT_THAT(without(ranges({"10.0.0.0/8"}), ranges({"0.0.0.0/0"})), ElementsAre());
  EXPECT_THAT(without({}, ranges({"10.0.0.1"})), ElementsAre());
}

}  // namespace
}  // namespace turnpike
