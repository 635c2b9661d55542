// Attribute values.
#include "turnpike/stun/attribute.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages.hpp"
#include "turnpike/stun/message.hpp"
#include "vectors.hpp"

namespace turnpike::stun {
namespace {

using test::Buffer;
using test::kId;

const Endpoint kV4 = *Endpoint::parse("192.0.2.1:32853");
const Endpoint kV6 = *Endpoint::parse("[2001:db8:1234:5678:11:2233:4455:6677]:32853");

TEST(Attribute, xor_addresses_are_those_of_rfc_5769_MSG_19) {
  const std::pair<const char*, Endpoint> cases[] = {{"rfc5769-2.2-response-ipv4", kV4},
                                                    {"rfc5769-2.3-response-ipv6", kV6}};
  for (const auto& [name, endpoint] : cases) {
    const auto bytes = turnpike::test::load_vector(name).bytes;
    const auto view = MessageView::parse(bytes);
    ASSERT_TRUE(view) << name;
    const auto value = view->find(Attr::xor_mapped_address);
    ASSERT_TRUE(value) << name;
    EXPECT_EQ(read_xor_address(*value, view->transaction_id()), endpoint);
    Buffer written(value->size(), 0xEE);
    EXPECT_EQ(write_xor_address(written, endpoint, view->transaction_id()), value->size());
    EXPECT_EQ(written, test::copy(*value)) << name;
  }
}

TEST(Attribute, plain_addresses_come_back_as_written) {
  for (const Endpoint& endpoint : {kV4, kV6}) {
    Buffer bytes(20, 0xEE);
    bytes.resize(write_address(bytes, endpoint));
    EXPECT_EQ(bytes[0], 0);
    EXPECT_EQ(read_address(bytes), endpoint);
  }
  Buffer bytes(8);
  write_address(bytes, kV4);
  EXPECT_THAT(bytes, testing::ElementsAre(0, 1, 0x80, 0x55, 192, 0, 2, 1));
}

TEST(Attribute, the_first_byte_of_an_address_is_ignored_MSG_20) {
  for (const Endpoint& endpoint : {kV4, kV6}) {
    Buffer bytes(20);
    bytes.resize(write_xor_address(bytes, endpoint, kId));
    bytes[0] = 0xFF;
    EXPECT_EQ(read_xor_address(bytes, kId), endpoint);
    bytes.resize(write_address(bytes, endpoint));
    bytes[0] = 0xFF;
    EXPECT_EQ(read_address(bytes), endpoint);
  }
}

TEST(Attribute, family_and_length_of_an_address_must_match_MSG_21) {
  for (std::size_t size = 0; size <= 24; ++size) {
    for (int family = 0; family < 256; ++family) {
      Buffer bytes(size);
      if (size > 1) bytes[1] = static_cast<std::uint8_t>(family);
      const bool good = (size == 8 && family == 1) || (size == 20 && family == 2);
      EXPECT_EQ(read_address(bytes).has_value(), good) << size << " bytes of family " << family;
      EXPECT_EQ(read_xor_address(bytes, kId).has_value(), good) << size << " bytes of family " << family;
    }
  }
}

TEST(Attribute, fixed_sizes_are_exact) {
  for (std::size_t size = 0; size <= 9; ++size) {
    const Buffer bytes(size);
    EXPECT_EQ(read_u32(bytes).has_value(), size == 4) << size;
    EXPECT_EQ(read_channel_number(bytes).has_value(), size == 4) << size;
    EXPECT_EQ(read_u8_of_4(bytes).has_value(), size == 4) << size;
    EXPECT_EQ(read_even_port(bytes).has_value(), size == 1) << size;
  }
  EXPECT_EQ(read_u32(Buffer{0x80, 1, 2, 3}), 0x80010203U);
}

TEST(Attribute, reserved_bits_are_ignored_MSG_29) {
  EXPECT_EQ(read_channel_number(Buffer{0x4F, 0xFE, 0xFF, 0xFF}), 0x4FFE);
  EXPECT_EQ(read_u8_of_4(Buffer{17, 0xFF, 0xFF, 0xFF}), 17);
  EXPECT_EQ(read_even_port(Buffer{0xFF}), true);
  EXPECT_EQ(read_even_port(Buffer{0x7F}), false);
}

TEST(Attribute, an_error_code_is_read_from_its_eleven_bits) {
  struct Case {
    Buffer value;
    std::optional<int> code;
  };
  const Case cases[] = {
      {{0, 0, 4, 20}, 420},          {{0, 0, 3, 0, 'T', 'r', 'y'}, 300},
      {{0xFF, 0xFF, 0xFE, 99}, 699}, {{0, 0, 2, 99}, std::nullopt},
      {{0, 0, 7, 0}, std::nullopt},  {{0, 0, 4, 100}, std::nullopt},
      {{0, 0, 4}, std::nullopt},     {{}, std::nullopt},
  };
  for (const auto& [value, code] : cases)
    EXPECT_EQ(read_error_code(value), code) << testing::PrintToString(value);
}

TEST(Attribute, half_of_the_types_need_no_comprehension_MSG_10) {
  for (const int type : {0x0000, 0x0006, 0x7F01, 0x7FFF})
    EXPECT_TRUE(is_comprehension_required(static_cast<Attr>(type))) << type;
  for (const int type : {0x8000, 0x8022, 0x8FFF, 0xC057, 0xFFFF})
    EXPECT_FALSE(is_comprehension_required(static_cast<Attr>(type))) << type;
}

TEST(Attribute, the_known_ones_are_those_whose_features_are_built) {
  std::vector<int> known;
  for (int type = 0; type < 0x8000; ++type) {
    if (is_known(static_cast<Attr>(type))) known.push_back(type);
  }
  EXPECT_THAT(known,
              testing::ElementsAre(0x01, 0x06, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x12, 0x13, 0x14, 0x15, 0x16,
                                   0x17, 0x18, 0x19, 0x1A, 0x1C, 0x1D, 0x1E, 0x20, 0x22, 0x24, 0x25, 0x2A));
}

}  // namespace
}  // namespace turnpike::stun
