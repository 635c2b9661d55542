// Writes one STUN message into a buffer of the caller's, without allocating.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/stun/attribute.hpp"
#include "turnpike/stun/error_code.hpp"
#include "turnpike/stun/integrity.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::stun {

// Attributes appear in the order of the calls; padding is zero; Length is right after every call. What no
// longer fits the buffer is left out whole and `overflowed()` turns true: a programming error where the
// caller sized the buffer, a check where input decides.
class MessageBuilder {
 public:
  // `buffer` holds at least the 20-byte header.
  MessageBuilder(MutableBytes buffer, Method method, Class cls, const TransactionId& id);

  MessageBuilder& add(Attr type, Bytes value);
  MessageBuilder& add(Attr type, std::string_view text) { return add(type, as_bytes(text)); }
  MessageBuilder& add_u32(Attr type, std::uint32_t value);
  MessageBuilder& add_channel_number(std::uint16_t number);
  // REQUESTED-TRANSPORT, REQUESTED-ADDRESS-FAMILY, ADDITIONAL-ADDRESS-FAMILY: one byte and three zero bytes.
  MessageBuilder& add_u8_of_4(Attr type, std::uint8_t value);
  MessageBuilder& add_address(Attr type, const Endpoint& endpoint);
  MessageBuilder& add_xor_address(Attr type, const Endpoint& endpoint);
  // An empty reason is legal and keeps challenges small; it has fewer than 128 characters (RFC 8489 14.8).
  MessageBuilder& add_error(ErrorCode code, std::string_view reason);
  MessageBuilder& add_address_error(Family family, ErrorCode code);
  // `types` repeats none (RFC 8489 14.13).
  MessageBuilder& add_unknown_attributes(std::span<const Attr> types);
  // PASSWORD-ALGORITHMS or PASSWORD-ALGORITHM with empty parameters.
  MessageBuilder& add_password_algorithms(std::span<const PasswordAlgorithm> algorithms);
  MessageBuilder& add_password_algorithm(PasswordAlgorithm algorithm);
  MessageBuilder& add_icmp(std::uint8_t type, std::uint8_t code, std::uint32_t error_data);
  MessageBuilder& add_integrity_sha1(Bytes key);
  MessageBuilder& add_integrity_sha256(Bytes key);
  MessageBuilder& add_fingerprint();

  Bytes bytes() const { return Bytes{buffer_}.first(size_); }
  bool overflowed() const { return overflowed_; }

 private:
  // Header and zeroed padded room for a value; null if it does not fit.
  std::uint8_t* reserve(Attr type, std::size_t value_size);

  MutableBytes buffer_;
  std::size_t size_ = kHeaderSize;
  TransactionId id_;
  bool overflowed_ = false;
};

}  // namespace turnpike::stun
