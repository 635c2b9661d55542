// Writing of STUN messages.
#include "turnpike/stun/builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "messages.hpp"
#include "vector_files.hpp"

namespace turnpike::stun {
namespace {

using test::Buffer;
using test::kId;
using turnpike::test::key_of;
using turnpike::test::load_vector;

constexpr PasswordAlgorithm kAlgorithms[] = {PasswordAlgorithm::sha256, PasswordAlgorithm::md5};
const Endpoint kPeer = *Endpoint::parse("192.0.2.1:32853");
const Endpoint kPeer6 = *Endpoint::parse("[2001:db8::1]:443");

void add_allocate(MessageBuilder& b, const char* nonce) {
  b.add_u8_of_4(Attr::requested_transport, 17)
      .add(Attr::username, "user")
      .add(Attr::realm, "realm")
      .add(Attr::nonce, nonce);
}

// One of everything, to see sizes and padding.
void add_everything(MessageBuilder& b) {
  constexpr Attr unknown[] = {static_cast<Attr>(0x7F01)};
  b.add(Attr::software, "s").add(Attr::data, "da").add(Attr::realm, "rea").add(Attr::dont_fragment, "");
  b.add_u32(Attr::lifetime, 600).add_channel_number(0x4001).add_u8_of_4(Attr::requested_address_family, 1);
  b.add_address(Attr::alternate_server, kPeer).add_xor_address(Attr::xor_peer_address, kPeer6);
  b.add_error(ErrorCode::forbidden, "no")
      .add_address_error(Family::ipv6, ErrorCode::address_family_not_supported);
  b.add_unknown_attributes(unknown)
      .add_password_algorithms(kAlgorithms)
      .add_password_algorithm(PasswordAlgorithm::md5)
      .add_icmp(3, 4, 1280);
  b.add_integrity_sha1(as_bytes("key")).add_integrity_sha256(as_bytes("key")).add_fingerprint();
}

TEST(Builder, writes_the_vectors_byte_for_byte) {
  struct Case {
    const char* name;
    Method method;
    Class cls;
    std::function<void(MessageBuilder&, Bytes key)> fill;
  };
  const Case cases[] = {
      {"derived-allocate-first", Method::allocate, Class::request,
       [](MessageBuilder& b, Bytes) { b.add_u8_of_4(Attr::requested_transport, 17); }},
      {"derived-allocate-401", Method::allocate, Class::error,
       [](MessageBuilder& b, Bytes) {
         b.add_error(ErrorCode::unauthenticated, reason_phrase(ErrorCode::unauthenticated))
             .add(Attr::realm, "realm");
         b.add(Attr::nonce, "obMatJos2gAAA0123456789abcdef")
             .add_password_algorithms(kAlgorithms)
             .add_fingerprint();
       }},
      {"derived-allocate-md5", Method::allocate, Class::request,
       [](MessageBuilder& b, Bytes key) {
         add_allocate(b, "obMatJos2gAAA0123456789abcdef");
         b.add_integrity_sha1(key).add_fingerprint();
       }},
      {"derived-allocate-sha256", Method::allocate, Class::request,
       [](MessageBuilder& b, Bytes key) {
         add_allocate(b, "obMatJos2gAAA0123456789abcdef");
         b.add_password_algorithms(kAlgorithms)
             .add_password_algorithm(PasswordAlgorithm::sha256)
             .add_integrity_sha256(key)
             .add_fingerprint();
       }},
      {"derived-both-integrity", Method::binding, Class::request,
       [](MessageBuilder& b, Bytes key) {
         b.add(Attr::username, "evtj:h6vY")
             .add_integrity_sha1(key)
             .add_integrity_sha256(key)
             .add_fingerprint();
       }},
      {"derived-send-indication", Method::send, Class::indication,
       [](MessageBuilder& b, Bytes) {
         b.add_xor_address(Attr::xor_peer_address, kPeer).add(Attr::data, "hello");
       }},
      {"derived-data-indication-icmp", Method::data, Class::indication,
       [](MessageBuilder& b, Bytes) {
         b.add_xor_address(Attr::xor_peer_address, kPeer).add_icmp(3, 4, 1280);
       }},
  };
  for (const auto& [name, method, cls, fill] : cases) {
    const auto vector = load_vector(name);
    const auto key = key_of(vector);
    EXPECT_EQ(test::message(method, cls, [&write = fill, &key](MessageBuilder& b) { write(b, key); }),
              vector.bytes)
        << name;
  }
}

TEST(Builder, unknown_attributes_are_padded_with_zeros_and_not_repeated_MSG_13) {
  constexpr Attr unknown[] = {static_cast<Attr>(0x0003), static_cast<Attr>(0x7F01),
                              static_cast<Attr>(0x0002)};
  const Buffer bytes = test::message(Method::binding, Class::error, [&](MessageBuilder& b) {
    b.add_error(ErrorCode::unknown_attribute, reason_phrase(ErrorCode::unknown_attribute))
        .add_unknown_attributes(unknown);
  });
  EXPECT_EQ(bytes, load_vector("derived-error-420").bytes);
  const Buffer one =
      test::binding_with([&](MessageBuilder& b) { b.add_unknown_attributes(std::span(unknown).first(1)); });
  EXPECT_EQ(MessageView::parse(one)->find(Attr::unknown_attributes)->size(), 2U);
}

TEST(Builder, xor_addresses_use_the_transaction_id_of_the_message_MSG_19) {
  for (const Endpoint& endpoint : {kPeer, kPeer6}) {
    const Buffer bytes =
        test::binding_with([&](MessageBuilder& b) { b.add_xor_address(Attr::xor_mapped_address, endpoint); });
    EXPECT_EQ(read_xor_address(*MessageView::parse(bytes)->find(Attr::xor_mapped_address), kId), endpoint);
  }
}

TEST(Builder, error_codes_have_zero_reserved_bits_class_and_number_MSG_31) {
  for (const int code :
       {300, 400, 401, 403, 405, 420, 437, 438, 440, 441, 442, 443, 446, 447, 486, 500, 508}) {
    const auto error = static_cast<ErrorCode>(code);
    const Buffer bytes = test::message(Method::allocate, Class::error, [&](MessageBuilder& b) {
      b.add_error(error, reason_phrase(error)).add_address_error(Family::ipv6, error);
    });
    const auto view = MessageView::parse(bytes);
    ASSERT_TRUE(view);
    const Buffer plain = test::copy(view->find(Attr::error_code).value());
    const Buffer address = test::copy(view->find(Attr::address_error_code).value());
    EXPECT_THAT(Buffer(plain.begin(), plain.begin() + 4), testing::ElementsAre(0, 0, code / 100, code % 100));
    EXPECT_THAT(Buffer(address.begin(), address.begin() + 4),
                testing::ElementsAre(2, 0, code / 100, code % 100));
    EXPECT_EQ(as_text(Bytes{plain}.subspan(4)), reason_phrase(error));
    EXPECT_LT(plain.size() - 4, 128U);
  }
}

TEST(Builder, integrity_then_fingerprint_each_over_what_stands_before_INT_14) {
  const Buffer bytes = test::binding_with(add_everything);
  const auto view = MessageView::parse(bytes);
  ASSERT_TRUE(view);
  EXPECT_TRUE(verify_sha1(*view, as_bytes("key")));
  EXPECT_TRUE(verify_sha256(*view, as_bytes("key")));
  EXPECT_EQ(view->integrity_sha1_at(), bytes.size() - 8 - 36 - 24);
  EXPECT_EQ(view->integrity_sha256_at(), bytes.size() - 8 - 36);
  EXPECT_TRUE(view->has_fingerprint());
}

TEST(Builder, padding_and_reserved_bytes_are_zero_whatever_was_in_the_buffer_MSG_07) {
  const auto build = [](std::uint8_t canary) {
    Buffer buffer(1000, canary);
    MessageBuilder builder(buffer, Method::allocate, Class::success, kId);
    add_everything(builder);
    EXPECT_FALSE(builder.overflowed());
    return test::copy(builder.bytes());
  };
  const Buffer bytes = build(0xEE);
  EXPECT_EQ(bytes, build(0x00));
  for (std::size_t at = kHeaderSize; at < bytes.size();) {
    const std::size_t length = load_be16(&bytes[at + 2]);
    for (std::size_t i = length; i < padded4(length); ++i) EXPECT_EQ(bytes[at + 4 + i], 0) << at;
    at += 4 + padded4(length);
  }
}

TEST(Builder, too_small_a_buffer_leaves_attributes_out_whole_and_nothing_behind_it_touched) {
  const std::size_t needed = test::binding_with(add_everything).size();
  for (std::size_t size = kHeaderSize; size <= needed; ++size) {
    Buffer buffer(needed + 64, 0xEE);
    MessageBuilder builder(MutableBytes{buffer}.first(size), Method::binding, Class::request, kId);
    add_everything(builder);
    EXPECT_EQ(builder.overflowed(), size < needed) << size;
    ASSERT_LE(builder.bytes().size(), size);
    EXPECT_TRUE(MessageView::parse(builder.bytes())) << size;
    EXPECT_TRUE(std::all_of(buffer.begin() + static_cast<std::ptrdiff_t>(size), buffer.end(), [](int byte) {
      return byte == 0xEE;
    })) << size;
  }
}

TEST(Builder, the_longest_message_is_what_length_can_say) {
  Buffer buffer(100000);
  MessageBuilder builder(buffer, Method::send, Class::indication, kId);
  builder.add(Attr::data, Buffer(0xFFFC - 4));
  EXPECT_FALSE(builder.overflowed());
  EXPECT_EQ(builder.bytes().size(), 20U + 0xFFFC);
  builder.add(Attr::dont_fragment, "");
  EXPECT_TRUE(builder.overflowed());
  EXPECT_TRUE(MessageView::parse(builder.bytes()));
}

TEST(Builder, a_value_longer_than_its_length_field_is_left_out) {
  Buffer buffer(200000);
  for (const std::size_t size : {0xFFF9U, 0xFFFFU, 0x10000U, 0x10004U, 0x20000U}) {
    MessageBuilder builder(buffer, Method::send, Class::indication, kId);
    builder.add(Attr::data, Buffer(size));
    EXPECT_TRUE(builder.overflowed()) << size;
    EXPECT_EQ(builder.bytes().size(), kHeaderSize) << size;
  }
}

}  // namespace
}  // namespace turnpike::stun
