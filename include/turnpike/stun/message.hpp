// A view of one STUN message: checked once, then read in place (RFC 8489 sections 5 and 14).
#pragma once

#include <cstdint>
#include <optional>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/stun/attribute.hpp"

namespace turnpike::stun {

inline constexpr std::size_t kHeaderSize = 20;
inline constexpr std::uint32_t kMagicCookie = 0x2112A442;

enum class Class : std::uint8_t { request = 0, indication = 1, success = 2, error = 3 };

// Numbers of methods (RFC 8489 18.2, RFC 8656 17, RFC 6062 6.1).
enum class Method : std::uint16_t {
  binding = 0x001,
  allocate = 0x003,
  refresh = 0x004,
  send = 0x006,
  data = 0x007,
  create_permission = 0x008,
  channel_bind = 0x009,
  connect = 0x00A,
  connection_bind = 0x00B,
  connection_attempt = 0x00C,
};

// Returns the message type, whose 14 bits interleave 12 bits of the method and 2 of the class (RFC 8489
// figure 3).
constexpr std::uint16_t message_type(Method method, Class cls) {
  const unsigned m = static_cast<unsigned>(method);
  const unsigned c = static_cast<unsigned>(cls);
  return static_cast<std::uint16_t>((m & 0xF80) << 2 | (m & 0x070) << 1 | (m & 0x00F) | (c & 2) << 7 |
                                    (c & 1) << 4);
}
constexpr Method method_of(std::uint16_t type) {
  return static_cast<Method>((type >> 2 & 0xF80) | (type >> 1 & 0x070) | (type & 0x00F));
}
constexpr Class class_of(std::uint16_t type) { return static_cast<Class>((type >> 7 & 2) | (type >> 4 & 1)); }

// Holds one attribute of a message, whose value refers to the message's bytes.
struct Attribute {
  Attr type;
  Bytes value;  // without padding
};

// Names why bytes are not a STUN message. A server answers none of these (RFC 8489 6.3).
enum class ParseError {
  too_short,
  top_bits_set,
  bad_cookie,
  bad_length,
  attribute_overruns,
  bad_fingerprint
};

// Reads one STUN message in place. Does not own the bytes; everything returned refers to them.
class MessageView {
 public:
  // Checks the bounds of every attribute in one pass, and FINGERPRINT if present, which must match and come
  // last (RFC 8489 14.7). `datagram` must be exactly one message: 20 + Length bytes (RFC 8489 5). Never reads
  // outside of `datagram`, never allocates.
  static Result<MessageView, ParseError> parse(Bytes datagram);

  Bytes bytes() const { return bytes_; }
  std::uint16_t type() const { return load_be16(bytes_.data()); }
  Method method() const { return method_of(type()); }
  Class cls() const { return class_of(type()); }
  TransactionId transaction_id() const;

  // Returns the value of the first attribute of the type, or nullopt. Attributes behind an integrity
  // attribute are ignored (RFC 8489 9), except MESSAGE-INTEGRITY-SHA256 behind MESSAGE-INTEGRITY and
  // FINGERPRINT.
  std::optional<Bytes> find(Attr type) const;
  bool has(Attr type) const { return find(type).has_value(); }

  // Calls `visit(Attribute)` in order for the attributes before the integrity attributes and FINGERPRINT.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t at = kHeaderSize; at < counted_end_;) {
      const Attribute attribute = attribute_at(at);
      visit(attribute);
      at += 4 + padded4(attribute.value.size());
    }
  }

  // Both functions return the offset of the integrity attribute's 4-byte header; 0 = none.
  std::size_t integrity_sha1_at() const { return sha1_at_; }
  std::size_t integrity_sha256_at() const { return sha256_at_; }
  bool has_integrity() const { return sha1_at_ != 0 || sha256_at_ != 0; }
  bool has_fingerprint() const { return fingerprint_; }
  // Returns the attribute whose header is at `offset`. Precondition: parse() has found an attribute there.
  Attribute attribute_at(std::size_t offset) const;

 private:
  explicit MessageView(Bytes bytes) : bytes_(bytes), counted_end_(bytes.size()) {}
  // Records an integrity attribute or FINGERPRINT at `offset`. Returns the error if the message must be
  // dropped because of it.
  std::optional<ParseError> note(std::size_t offset);

  Bytes bytes_;
  std::size_t counted_end_;  // end of the attributes that find() and for_each() see
  std::size_t sha1_at_ = 0;
  std::size_t sha256_at_ = 0;
  bool fingerprint_ = false;
};

}  // namespace turnpike::stun
