// Parsing of STUN messages.
#include "turnpike/stun/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "messages.hpp"
#include "vector_files.hpp"

namespace turnpike::stun {
namespace {

using test::binding;
using test::binding_with;
using test::Buffer;
using turnpike::test::load_vector;

// Ends a message with FINGERPRINT after it was changed by hand.
void sign(Buffer& bytes) {
  bytes.resize(bytes.size() + 8);
  store_be16(&bytes[2], static_cast<std::uint16_t>(bytes.size() - kHeaderSize));
  store_be32(&bytes[bytes.size() - 8], 0x80280004);
  store_be32(&bytes[bytes.size() - 4], fingerprint(Bytes{bytes}.first(bytes.size() - 8)));
}

std::optional<ParseError> error_of(Bytes bytes) {
  const auto view = MessageView::parse(bytes);
  return view ? std::nullopt : std::optional(view.error());
}

std::vector<Attr> counted(const MessageView& view) {
  std::vector<Attr> types;
  view.for_each([&](const Attribute& attribute) { types.push_back(attribute.type); });
  return types;
}

TEST(Message, shorter_than_a_header_is_nothing_MSG_01) {
  const Buffer bytes = binding();
  for (std::size_t size = 0; size < kHeaderSize; ++size)
    EXPECT_EQ(error_of(Bytes{bytes}.first(size)), ParseError::too_short) << size;
  EXPECT_EQ(error_of(bytes), std::nullopt);
}

TEST(Message, length_is_a_multiple_of_4_MSG_02) {
  for (std::size_t length = 1; length < 4; ++length) {
    Buffer bytes = binding();
    store_be16(&bytes[2], static_cast<std::uint16_t>(length));
    EXPECT_EQ(error_of(bytes), ParseError::bad_length) << length;
    bytes.resize(kHeaderSize + length);
    EXPECT_EQ(error_of(bytes), ParseError::bad_length) << length;
  }
}

TEST(Message, a_datagram_is_exactly_one_message_FRM_19) {
  Buffer bytes = binding_with([](MessageBuilder& b) { b.add_u32(Attr::lifetime, 600); });
  EXPECT_EQ(error_of(bytes), std::nullopt);
  EXPECT_EQ(error_of(Bytes{bytes}.first(bytes.size() - 4)), ParseError::bad_length);
  EXPECT_EQ(error_of(Bytes{bytes}.first(bytes.size() - 1)), ParseError::bad_length);
  bytes.resize(bytes.size() + 4);
  EXPECT_EQ(error_of(bytes), ParseError::bad_length);
}

TEST(Message, another_cookie_is_not_stun_MSG_03) {
  for (std::size_t at = 4; at < 8; ++at) {
    Buffer bytes = binding();
    bytes[at] ^= 1;
    EXPECT_EQ(error_of(bytes), ParseError::bad_cookie) << at;
  }
}

TEST(Message, the_top_two_bits_are_zero_FRM_03) {
  for (const std::uint8_t bits : {0x40, 0x80, 0xC0}) {
    Buffer bytes = binding();
    bytes[0] |= bits;
    EXPECT_EQ(error_of(bytes), ParseError::top_bits_set) << int{bits};
  }
}

TEST(Message, padding_is_skipped_and_its_content_ignored_MSG_07) {
  const auto vector = load_vector("rfc5769-2.1-request").bytes;  // padded with 0x20
  const auto view = MessageView::parse(vector);
  ASSERT_TRUE(view);
  EXPECT_EQ(as_text(view->find(Attr::username).value()), "evtj:h6vY");

  for (std::size_t size = 0; size < 9; ++size) {
    const Buffer value(size, 0x11);
    Buffer bytes =
        binding_with([&](MessageBuilder& b) { b.add(Attr::data, value).add_u32(Attr::lifetime, 7); });
    std::fill_n(bytes.begin() + 24 + static_cast<std::ptrdiff_t>(size), padded4(size) - size, 0xEE);
    const auto padded = MessageView::parse(bytes);
    ASSERT_TRUE(padded) << size;
    EXPECT_EQ(test::copy(*padded->find(Attr::data)), value);
    EXPECT_EQ(read_u32(*padded->find(Attr::lifetime)), 7U);
  }
}

TEST(Message, an_attribute_past_the_end_spoils_the_message_MSG_08) {
  const Buffer good =
      binding_with([](MessageBuilder& b) { b.add_u32(Attr::lifetime, 1).add(Attr::software, "abcde"); });
  const std::size_t last_length_at = 20 + 8 + 2;
  for (const std::size_t length : {6U, 7U, 8U}) {
    Buffer bytes = good;
    store_be16(&bytes[last_length_at], static_cast<std::uint16_t>(length));
    EXPECT_EQ(error_of(bytes), std::nullopt) << length;
  }
  for (const std::size_t length : {9U, 12U, 0x7FFFU, 0xFFFCU, 0xFFFDU, 0xFFFFU}) {
    Buffer bytes = good;
    store_be16(&bytes[last_length_at], static_cast<std::uint16_t>(length));
    EXPECT_EQ(error_of(bytes), ParseError::attribute_overruns) << length;
  }
}

TEST(Message, holds_behind_the_integrity_attribute_too_MSG_08) {
  Buffer bytes = binding_with(
      [](MessageBuilder& b) { b.add_integrity_sha1(as_bytes("key")).add_u32(Attr::lifetime, 1); });
  bytes[bytes.size() - 5] = 5;
  EXPECT_EQ(error_of(bytes), ParseError::attribute_overruns);
}

TEST(Message, of_duplicates_the_first_counts_and_all_are_listed_MSG_09) {
  const Buffer bytes = binding_with([](MessageBuilder& b) {
    b.add_u32(Attr::lifetime, 600)
        .add(Attr::username, "first")
        .add_u32(Attr::lifetime, 0)
        .add(Attr::username, "second");
  });
  const auto view = MessageView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(read_u32(*view->find(Attr::lifetime)), 600U);
  EXPECT_EQ(as_text(*view->find(Attr::username)), "first");
  EXPECT_THAT(counted(*view),
              testing::ElementsAre(Attr::lifetime, Attr::username, Attr::lifetime, Attr::username));
  EXPECT_FALSE(view->has(Attr::realm));
}

TEST(Message, of_two_integrity_attributes_the_first_counts_MSG_09) {
  for (const bool sha256 : {false, true}) {
    const Buffer bytes = binding_with([&](MessageBuilder& b) {
      for (const char* key : {"right", "wrong"})
        sha256 ? b.add_integrity_sha256(as_bytes(key)) : b.add_integrity_sha1(as_bytes(key));
    });
    const auto view = MessageView::parse(bytes);
    ASSERT_TRUE(view);
    EXPECT_TRUE(verify(*view, as_bytes("right")));
    EXPECT_FALSE(verify(*view, as_bytes("wrong")));
  }
}

TEST(Message, unknown_optional_attributes_do_no_harm_MSG_10) {
  const Buffer bytes = binding_with([](MessageBuilder& b) {
    for (const int type : {0x8FFF, 0xC057, 0xFFFF}) b.add(static_cast<Attr>(type), "?");
  });
  const auto view = MessageView::parse(bytes);
  ASSERT_TRUE(view);
  view->for_each([](const Attribute& a) { EXPECT_FALSE(is_comprehension_required(a.type)); });
  EXPECT_EQ(counted(*view).size(), 3U);
}

TEST(Message, method_and_class_come_back_from_the_type_MSG_27) {
  for (int m = 0; m <= 0xFFF; ++m) {
    for (const Class cls : {Class::request, Class::indication, Class::success, Class::error}) {
      const std::uint16_t type = message_type(static_cast<Method>(m), cls);
      EXPECT_EQ(type & 0xC000, 0);
      EXPECT_EQ(static_cast<int>(method_of(type)), m);
      EXPECT_EQ(class_of(type), cls);
    }
  }
}

TEST(Message, the_types_are_those_of_the_rfcs_MSG_27) {
  struct Case {
    Method method;
    Class cls;
    int type;
  };
  const Case cases[] = {{Method::binding, Class::request, 0x0001},
                        {Method::binding, Class::indication, 0x0011},
                        {Method::binding, Class::success, 0x0101},
                        {Method::binding, Class::error, 0x0111},
                        {Method::allocate, Class::error, 0x0113},
                        {Method::refresh, Class::success, 0x0104},
                        {Method::send, Class::indication, 0x0016},
                        {Method::data, Class::indication, 0x0017},
                        {Method::create_permission, Class::error, 0x0118},
                        {Method::channel_bind, Class::success, 0x0109},
                        {Method::connect, Class::request, 0x000A},
                        {Method::connection_bind, Class::error, 0x011B},
                        {Method::connection_attempt, Class::indication, 0x001C}};
  for (const auto& [method, cls, type] : cases) {
    const Buffer bytes = test::message(method, cls, [](MessageBuilder&) {});
    const auto view = MessageView::parse(bytes);
    ASSERT_TRUE(view);
    EXPECT_EQ(view->type(), type);
    EXPECT_EQ(view->method(), method);
    EXPECT_EQ(view->cls(), cls);
    EXPECT_EQ(view->transaction_id(), test::kId);
  }
}

TEST(Message, attributes_behind_message_integrity_do_not_count_INT_04) {
  const auto bytes = load_vector("derived-attr-after-integrity").bytes;
  const auto view = MessageView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(read_u32(*view->find(Attr::lifetime)), 1200U);
  EXPECT_FALSE(view->has(static_cast<Attr>(0x7F01)));
  EXPECT_THAT(counted(*view), testing::ElementsAre(Attr::lifetime, Attr::username, Attr::realm, Attr::nonce));
  EXPECT_TRUE(view->has(Attr::message_integrity));
  EXPECT_TRUE(view->has_fingerprint());
}

TEST(Message, message_integrity_sha256_and_fingerprint_behind_message_integrity_count_INT_04) {
  const Buffer bytes = binding_with([](MessageBuilder& b) {
    b.add_integrity_sha1(as_bytes("key"))
        .add_u32(Attr::lifetime, 0)
        .add_integrity_sha256(as_bytes("key"))
        .add_fingerprint();
  });
  const auto view = MessageView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->has(Attr::message_integrity));
  EXPECT_TRUE(view->has(Attr::message_integrity_sha256));
  EXPECT_TRUE(view->has(Attr::fingerprint));
  EXPECT_THAT(counted(*view), testing::IsEmpty());
}

TEST(Message, attributes_behind_message_integrity_sha256_do_not_count_INT_05) {
  const Buffer bytes = binding_with([](MessageBuilder& b) {
    b.add_u32(Attr::lifetime, 1200).add_integrity_sha256(as_bytes("key"));
    b.add_u32(Attr::lifetime, 0).add(Attr::realm, "r").add(static_cast<Attr>(0x7F01), "?").add_fingerprint();
  });
  const auto view = MessageView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(read_u32(*view->find(Attr::lifetime)), 1200U);
  EXPECT_FALSE(view->has(Attr::realm));
  EXPECT_THAT(counted(*view), testing::ElementsAre(Attr::lifetime));
  EXPECT_TRUE(view->has_fingerprint());
}

TEST(Message, message_integrity_behind_the_sha256_one_is_ignored_INT_08) {
  const Buffer bytes = binding_with([](MessageBuilder& b) {
    b.add_integrity_sha256(as_bytes("key")).add_integrity_sha1(as_bytes("other"));
  });
  const auto view = MessageView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->integrity_sha1_at(), 0U);
  EXPECT_FALSE(view->has(Attr::message_integrity));
  EXPECT_TRUE(verify(*view, as_bytes("key")));
}

TEST(Message, a_wrong_fingerprint_spoils_the_message_INT_10) {
  const Buffer good = binding_with([](MessageBuilder& b) { b.add(Attr::software, "abc").add_fingerprint(); });
  EXPECT_EQ(error_of(good), std::nullopt);
  for (std::size_t at = 8; at < good.size(); ++at) {
    const bool is_length = at == 22 || at == 23;  // MSG-08 decides
    const bool is_its_header = at >= good.size() - 8 && at < good.size() - 4;
    if (is_length || is_its_header) continue;
    for (int bit = 0; bit < 8; ++bit) {
      Buffer bytes = good;
      bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ 1 << bit);
      EXPECT_EQ(error_of(bytes), ParseError::bad_fingerprint) << at << ", bit " << bit;
    }
  }
}

TEST(Message, a_fingerprint_has_four_bytes_INT_10) {
  for (const std::size_t size : {0U, 3U, 5U, 8U}) {
    const Buffer value(size);
    EXPECT_EQ(error_of(binding_with([&](MessageBuilder& b) { b.add(Attr::fingerprint, value); })),
              ParseError::bad_fingerprint)
        << size;
  }
}

TEST(Message, no_fingerprint_is_fine_INT_11) {
  const Buffer bytes = binding();
  const auto view = MessageView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_FALSE(view->has_fingerprint());
  EXPECT_FALSE(view->has(Attr::fingerprint));
}

TEST(Message, a_fingerprint_that_is_not_last_spoils_the_message_INT_12) {
  Buffer bytes = binding();
  sign(bytes);
  EXPECT_EQ(error_of(bytes), std::nullopt);
  Buffer twice = bytes;
  sign(twice);
  EXPECT_EQ(error_of(twice), ParseError::bad_fingerprint);

  // The same with a CRC that is right for the final Length.
  bytes = binding_with([](MessageBuilder& b) { b.add_u32(Attr::fingerprint, 0).add(Attr::software, "x"); });
  store_be32(&bytes[24], fingerprint(Bytes{bytes}.first(20)));
  EXPECT_EQ(error_of(bytes), ParseError::bad_fingerprint);
}

TEST(Message, is_read_from_any_alignment_S13) {
  for (const std::string& name : turnpike::test::vector_names("stun")) {
    const auto bytes = load_vector(name).bytes;
    for (std::size_t offset = 0; offset < 8; ++offset) {
      Buffer shifted(offset, 0xEE);
      shifted.insert(shifted.end(), bytes.begin(), bytes.end());
      const auto view = MessageView::parse(Bytes{shifted}.subspan(offset));
      ASSERT_TRUE(view) << name << " at " << offset;
      EXPECT_EQ(view->transaction_id(), MessageView::parse(bytes)->transaction_id());
      view->for_each([&](const Attribute& a) {
        read_u32(a.value);
        read_address(a.value);
        read_xor_address(a.value, view->transaction_id());
      });
      verify(*view, as_bytes("key"));
    }
  }
}

TEST(Message, every_vector_parses_and_the_misprint_does_not) {
  EXPECT_GE(turnpike::test::vector_names("stun").size(), 16U);
  for (const std::string& name : turnpike::test::vector_names("stun"))
    EXPECT_EQ(error_of(load_vector(name).bytes), std::nullopt) << name;
  EXPECT_EQ(error_of(load_vector("rfc8489-B.1-as-printed-INVALID").bytes), ParseError::bad_length);
}

}  // namespace
}  // namespace turnpike::stun
