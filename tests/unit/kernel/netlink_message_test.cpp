// The framing of netlink, byte by byte.
#include "turnpike/kernel/netlink_message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>

#include <initializer_list>
#include <string>

namespace turnpike::kernel {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using Buffer = std::vector<std::uint8_t>;

// Numbers in host order.
void put16(Buffer& buffer, std::uint16_t value) {
  const Bytes bytes = bytes_of(value);
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

void put32(Buffer& buffer, std::uint32_t value) {
  const Bytes bytes = bytes_of(value);
  buffer.insert(buffer.end(), bytes.begin(), bytes.end());
}

Buffer message(std::uint32_t length, const Buffer& body) {
  Buffer buffer;
  put32(buffer, length);
  put16(buffer, 24);
  put16(buffer, 2);
  put32(buffer, 7);  // sequence
  put32(buffer, 0);  // port
  buffer.insert(buffer.end(), body.begin(), body.end());
  return buffer;
}

Buffer attribute(std::uint16_t length, std::uint16_t type, const Buffer& value) {
  Buffer buffer;
  put16(buffer, length);
  put16(buffer, type);
  buffer.insert(buffer.end(), value.begin(), value.end());
  return buffer;
}

Buffer joined(std::initializer_list<Buffer> parts) {
  Buffer all;
  for (const Buffer& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::string text(Bytes bytes) { return std::string(as_text(bytes)); }

TEST(NetlinkMessage, is_what_its_length_says) {
  const struct {
    const char* name;
    Buffer datagram;
    std::vector<std::string> bodies;
    bool whole;
  } table[] = {
      {"nothing", {}, {}, true},
      {"an empty body", message(16, {}), {""}, true},
      {"a body", message(20, {'a', 'b', 'c', 'd'}), {"abcd"}, true},
      {"padding is no part of it", message(18, {'a', 'b', 0, 0}), {"ab"}, true},
      {"the last one without padding", message(18, {'a', 'b'}), {"ab"}, true},
      {"two", joined({message(17, {'a', 0, 0, 0}), message(17, {'b'})}), {"a", "b"}, true},
      {"half a header", Buffer(15), {}, false},
      {"a length of zero", message(0, {}), {}, false},
      {"shorter than its header", message(15, {}), {}, false},
      {"longer than the datagram", message(21, {'a', 'b', 'c', 'd'}), {}, false},
      {"far longer", message(0xFFFFFFFF, {'a', 'b', 'c', 'd'}), {}, false},
      {"as long as the largest number with a sign, and more",
       message(0x80000010, {'a', 'b', 'c', 'd'}),
       {},
       false},
      {"rubbish behind the first", joined({message(17, {'a', 0, 0, 0}), {1, 2, 3}}), {"a"}, false},
  };
  for (const auto& row : table) {
    std::vector<std::string> bodies;
    EXPECT_EQ(
        for_each_message(row.datagram, [&](const nlmsghdr& each) { bodies.push_back(text(body_of(each))); }),
        row.whole)
        << row.name;
    EXPECT_EQ(bodies, row.bodies) << row.name;
  }
}

TEST(NetlinkAttribute, is_what_its_length_says) {
  const struct {
    const char* name;
    Buffer bytes;
    std::vector<std::string> values;
    bool whole;
  } table[] = {
      {"nothing", {}, {}, true},
      {"an empty value", attribute(4, 1, {}), {"1="}, true},
      {"padding is no part of it", attribute(5, 1, {'a', 0, 0, 0}), {"1=a"}, true},
      {"flags are no part of the type", attribute(5, 0xC001, {'a', 0, 0, 0}), {"1=a"}, true},
      {"two",
       joined({attribute(6, 1, {'a', 'b', 0, 0}), attribute(8, 2, {'c', 'd', 'e', 'f'})}),
       {"1=ab", "2=cdef"},
       true},
      {"half a header", {4, 0, 1}, {}, false},
      {"a length of zero", attribute(0, 1, {}), {}, false},
      {"shorter than its header", attribute(3, 1, {}), {}, false},
      {"longer than what is there", attribute(9, 1, {'a', 'b', 'c', 'd'}), {}, false},
      {"rubbish behind the first", joined({attribute(4, 1, {}), {1}}), {"1="}, false},
  };
  for (const auto& row : table) {
    std::vector<std::string> values;
    const auto visit = [&](const nlattr& each) {
      values.push_back(std::to_string(mnl_attr_get_type(&each)) + "=" + text(value_of(each)));
    };
    EXPECT_EQ(for_each_attribute(row.bytes, visit), row.whole) << row.name;
    EXPECT_EQ(values, row.values) << row.name;
  }
}

TEST(NetlinkAttribute, is_a_value_only_of_the_same_size) {
  std::uint32_t number = 0;
  const auto reads = [&](Buffer bytes) {
    return read_value(*reinterpret_cast<const nlattr*>(bytes.data()), number);
  };
  EXPECT_TRUE(reads(attribute(8, 1, {1, 0, 0, 0})));
  EXPECT_EQ(number, 1U);
  EXPECT_FALSE(reads(attribute(4, 1, {})));
  EXPECT_FALSE(reads(attribute(7, 1, {2, 0, 0, 0})));
  EXPECT_FALSE(reads(attribute(9, 1, {2, 0, 0, 0, 0, 0, 0, 0})));
  EXPECT_EQ(number, 1U);
}

TEST(NetlinkMessage, a_struct_needs_its_bytes_and_attributes_stand_behind_it_at_a_multiple_of_four) {
  struct Five {
    std::uint8_t bytes[5];
  };
  const Buffer body{1, 2, 3, 4, 5, 0, 0, 0, 9};
  const auto of_size = [&](std::uint32_t size) { return message(16 + size, body); };
  const auto header = [](const Buffer& bytes) -> const nlmsghdr& {
    return *reinterpret_cast<const nlmsghdr*>(bytes.data());
  };
  EXPECT_THAT(header_of<Five>(header(of_size(9)))->bytes, ElementsAre(1, 2, 3, 4, 5));
  EXPECT_FALSE(header_of<Five>(header(of_size(4))));
  const Buffer nine = of_size(9);
  EXPECT_THAT(attributes_behind<Five>(header(nine)), ElementsAre(9));
  for (const std::uint32_t size : {0, 5, 8})
    EXPECT_TRUE(attributes_behind<Five>(header(of_size(size))).empty()) << size;
}

TEST(NetlinkRequest, is_padded_and_knows_its_length) {
  NetlinkRequest request(24, NLM_F_ROOT, Buffer::value_type{0xAA});
  request.add(5, Buffer{1, 2, 3, 4, 5}).add(6, Buffer{});
  Buffer expected;
  put32(expected, 16 + 4 + 12 + 4);
  put16(expected, 24);
  put16(expected, NLM_F_REQUEST | NLM_F_ROOT);
  put32(expected, 77);
  put32(expected, 0);
  const Buffer body =
      joined({{0xAA, 0, 0, 0}, attribute(9, 5, {1, 2, 3, 4, 5, 0, 0, 0}), attribute(4, 6, {})});
  expected.insert(expected.end(), body.begin(), body.end());
  const nlmsghdr& numbered = request.numbered(77);
  EXPECT_THAT(Bytes(reinterpret_cast<const std::uint8_t*>(&numbered), numbered.nlmsg_len),
              ElementsAreArray(expected));
}

}  // namespace
}  // namespace turnpike::kernel
