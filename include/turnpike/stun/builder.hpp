// Writes one STUN message into the caller's buffer, without allocating.
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

// Builds one message. Attributes appear in the order of the calls, padding is zero, and Length is right after
// every call. An attribute that does not fit is left out whole and makes overflowed() true: a programming
// error if the caller chose the buffer's size, a check if input decides what is added.
class MessageBuilder {
 public:
  // `buffer` has at least the 20 bytes of the header and must outlive the builder.
  MessageBuilder(MutableBytes buffer, Method method, Class cls, const TransactionId& id);

  MessageBuilder& add(Attr type, Bytes value);
  MessageBuilder& add(Attr type, std::string_view text) { return add(type, as_bytes(text)); }
  MessageBuilder& add_u32(Attr type, std::uint32_t value);
  MessageBuilder& add_channel_number(std::uint16_t number);
  // Adds one byte and three zero bytes: REQUESTED-TRANSPORT, REQUESTED-ADDRESS-FAMILY,
  // ADDITIONAL-ADDRESS-FAMILY.
  MessageBuilder& add_u8_of_4(Attr type, std::uint8_t value);
  MessageBuilder& add_address(Attr type, const Endpoint& endpoint);
  MessageBuilder& add_xor_address(Attr type, const Endpoint& endpoint);
  // Adds ERROR-CODE. `reason` has fewer than 128 characters; an empty one is legal and keeps challenges small
  // (RFC 8489 14.8).
  MessageBuilder& add_error(ErrorCode code, std::string_view reason);
  // Adds ADDRESS-ERROR-CODE with the reason phrase of the code (RFC 8656 18.12).
  MessageBuilder& add_address_error(Family family, ErrorCode code);
  // Adds UNKNOWN-ATTRIBUTES. No type may appear twice in `types` (RFC 8489 14.13).
  MessageBuilder& add_unknown_attributes(std::span<const Attr> types);
  // Both functions write empty parameters (RFC 8489 14.11, 14.12).
  MessageBuilder& add_password_algorithms(std::span<const PasswordAlgorithm> algorithms);
  MessageBuilder& add_password_algorithm(PasswordAlgorithm algorithm);
  // Adds ICMP (RFC 8656 18.13).
  MessageBuilder& add_icmp(std::uint8_t type, std::uint8_t code, std::uint32_t error_data);
  // Integrity attributes sign everything added so far. FINGERPRINT must come last.
  MessageBuilder& add_integrity_sha1(Bytes key);
  MessageBuilder& add_integrity_sha256(Bytes key);
  MessageBuilder& add_fingerprint();

  // Returns the message so far, as a view of the buffer.
  Bytes bytes() const { return Bytes{buffer_}.first(size_); }
  bool overflowed() const { return overflowed_; }

 private:
  // Writes the attribute's header and zeroed, padded room for its value. Returns the start of the value, or
  // nullptr if it does not fit.
  std::uint8_t* reserve(Attr type, std::size_t value_size);

  MutableBytes buffer_;
  std::size_t size_ = kHeaderSize;
  TransactionId id_;
  bool overflowed_ = false;
};

}  // namespace turnpike::stun
