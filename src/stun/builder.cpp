// Attributes appended one by one, with Length kept right.
#include "turnpike/stun/builder.hpp"

#include <algorithm>

#include "turnpike/base/check.hpp"
#include "turnpike/crypto/hmac.hpp"

namespace turnpike::stun {
namespace {

constexpr std::size_t kLengthMax = 0xFFFC;  // the largest multiple of 4 that the header's Length can say

std::size_t address_value_size(const Endpoint& endpoint) { return 4 + endpoint.address.wire().size(); }

// The last two bytes of ERROR-CODE's and ADDRESS-ERROR-CODE's first word: hundreds, then the rest (RFC
// 8489 14.8).
void store_code(std::uint8_t* out, ErrorCode code) {
  const unsigned number = static_cast<unsigned>(code);
  out[0] = static_cast<std::uint8_t>(number / 100);
  out[1] = static_cast<std::uint8_t>(number % 100);
}

}  // namespace

MessageBuilder::MessageBuilder(MutableBytes buffer, Method method, Class cls, const TransactionId& id)
    : buffer_(buffer), id_(id) {
  TURNPIKE_CHECK(buffer.size() >= kHeaderSize);
  store_be16(&buffer_[0], message_type(method, cls));
  store_be16(&buffer_[2], 0);
  store_be32(&buffer_[4], kMagicCookie);
  std::ranges::copy(id, buffer_.begin() + 8);
}

std::uint8_t* MessageBuilder::reserve(Attr type, std::size_t value_size) {
  const std::size_t room = std::min(buffer_.size(), kHeaderSize + kLengthMax) - size_;
  if (room < 4 || value_size > room - 4 || padded4(value_size) > room - 4) {
    overflowed_ = true;
    return nullptr;
  }
  std::uint8_t* header = &buffer_[size_];
  store_be16(header, static_cast<std::uint16_t>(type));
  store_be16(header + 2, static_cast<std::uint16_t>(value_size));
  std::fill_n(header + 4, padded4(value_size), std::uint8_t{0});
  size_ += 4 + padded4(value_size);
  store_be16(&buffer_[2], static_cast<std::uint16_t>(size_ - kHeaderSize));
  return header + 4;
}

MessageBuilder& MessageBuilder::add(Attr type, Bytes value) {
  if (std::uint8_t* out = reserve(type, value.size())) std::ranges::copy(value, out);
  return *this;
}

MessageBuilder& MessageBuilder::add_u32(Attr type, std::uint32_t value) {
  if (std::uint8_t* out = reserve(type, 4)) store_be32(out, value);
  return *this;
}

MessageBuilder& MessageBuilder::add_channel_number(std::uint16_t number) {
  if (std::uint8_t* out = reserve(Attr::channel_number, 4)) store_be16(out, number);
  return *this;
}

MessageBuilder& MessageBuilder::add_u8_of_4(Attr type, std::uint8_t value) {
  if (std::uint8_t* out = reserve(type, 4)) *out = value;
  return *this;
}

MessageBuilder& MessageBuilder::add_address(Attr type, const Endpoint& endpoint) {
  const std::size_t size = address_value_size(endpoint);
  if (std::uint8_t* out = reserve(type, size)) write_address({out, size}, endpoint);
  return *this;
}

MessageBuilder& MessageBuilder::add_xor_address(Attr type, const Endpoint& endpoint) {
  const std::size_t size = address_value_size(endpoint);
  if (std::uint8_t* out = reserve(type, size)) write_xor_address({out, size}, endpoint, id_);
  return *this;
}

MessageBuilder& MessageBuilder::add_error(ErrorCode code, std::string_view reason) {
  if (std::uint8_t* out = reserve(Attr::error_code, 4 + reason.size())) {
    store_code(out + 2, code);
    std::ranges::copy(as_bytes(reason), out + 4);
  }
  return *this;
}

MessageBuilder& MessageBuilder::add_address_error(Family family, ErrorCode code) {
  const std::string_view reason = reason_phrase(code);
  if (std::uint8_t* out = reserve(Attr::address_error_code, 4 + reason.size())) {
    out[0] = static_cast<std::uint8_t>(family);
    store_code(out + 2, code);
    std::ranges::copy(as_bytes(reason), out + 4);
  }
  return *this;
}

MessageBuilder& MessageBuilder::add_unknown_attributes(std::span<const Attr> types) {
  if (std::uint8_t* out = reserve(Attr::unknown_attributes, 2 * types.size())) {
    for (const Attr type : types) {
      store_be16(out, static_cast<std::uint16_t>(type));
      out += 2;
    }
  }
  return *this;
}

MessageBuilder& MessageBuilder::add_password_algorithms(std::span<const PasswordAlgorithm> algorithms) {
  if (std::uint8_t* out = reserve(Attr::password_algorithms, 4 * algorithms.size())) {
    for (const PasswordAlgorithm algorithm : algorithms) {
      store_be16(out, static_cast<std::uint16_t>(algorithm));
      out += 4;
    }
  }
  return *this;
}

MessageBuilder& MessageBuilder::add_password_algorithm(PasswordAlgorithm algorithm) {
  if (std::uint8_t* out = reserve(Attr::password_algorithm, 4))
    store_be16(out, static_cast<std::uint16_t>(algorithm));
  return *this;
}

MessageBuilder& MessageBuilder::add_icmp(std::uint8_t type, std::uint8_t code, std::uint32_t error_data) {
  if (std::uint8_t* out = reserve(Attr::icmp, 8)) {
    out[2] = type;
    out[3] = code;
    store_be32(out + 4, error_data);
  }
  return *this;
}

MessageBuilder& MessageBuilder::add_integrity_sha1(Bytes key) {
  const std::size_t covered = size_;
  if (std::uint8_t* out = reserve(Attr::message_integrity, crypto::kSha1Size))
    std::ranges::copy(crypto::hmac_sha1(key, bytes().first(covered)), out);
  return *this;
}

MessageBuilder& MessageBuilder::add_integrity_sha256(Bytes key) {
  const std::size_t covered = size_;
  if (std::uint8_t* out = reserve(Attr::message_integrity_sha256, crypto::kSha256Size)) {
    std::ranges::copy(crypto::hmac_sha256(key, bytes().first(covered)), out);
  }
  return *this;
}

MessageBuilder& MessageBuilder::add_fingerprint() {
  const std::size_t covered = size_;
  if (std::uint8_t* out = reserve(Attr::fingerprint, 4))
    store_be32(out, stun::fingerprint(bytes().first(covered)));
  return *this;
}

}  // namespace turnpike::stun
