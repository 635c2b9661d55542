// Builds requests as clients of every kind sign them, with any part left out or bent.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "any_endpoint.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/integrity.hpp"
#include "turnpike/stun/message.hpp"
#include "turnpike/turn/ledger.hpp"

namespace turnpike::test {

using Buffer = std::vector<std::uint8_t>;
using Attribute = std::function<void(stun::MessageBuilder&)>;
using Attributes = std::vector<Attribute>;

inline Buffer copy(Bytes bytes) { return {bytes.begin(), bytes.end()}; }
inline Buffer text(std::string_view characters) { return copy(as_bytes(characters)); }
inline IpAddress ip(std::string_view address) { return IpAddress::parse(address).value(); }

// --- Attributes of requests ---
inline Attribute raw(unsigned type, Buffer value) {
  return [=](stun::MessageBuilder& message) { message.add(static_cast<stun::Attr>(type), value); };
}
inline Attribute raw(stun::Attr type, Buffer value) {
  return raw(static_cast<unsigned>(type), std::move(value));
}
inline Attribute transport(std::uint8_t protocol) {
  return raw(stun::Attr::requested_transport, {protocol, 0, 0, 0});
}
inline Attribute family(std::uint8_t number) {
  return raw(stun::Attr::requested_address_family, {number, 0, 0, 0});
}
inline Attribute additional_family(std::uint8_t number) {
  return raw(stun::Attr::additional_address_family, {number, 0, 0, 0});
}
inline Attribute even_port(bool reserve_next) {
  return raw(stun::Attr::even_port, {static_cast<std::uint8_t>(reserve_next ? 0x80 : 0)});
}
inline Attribute token(const turn::ReservationToken& value) {
  return raw(stun::Attr::reservation_token, copy(value));
}
inline Attribute dont_fragment() { return raw(stun::Attr::dont_fragment, {}); }
inline Attribute data(Buffer value) { return raw(stun::Attr::data, std::move(value)); }
inline Attribute data(std::string_view value) { return data(text(value)); }
inline Attribute lifetime(std::uint32_t seconds) {
  return [=](stun::MessageBuilder& message) { message.add_u32(stun::Attr::lifetime, seconds); };
}
inline Attribute channel(std::uint16_t number) {
  return [=](stun::MessageBuilder& message) { message.add_channel_number(number); };
}
inline Attribute peer(const Endpoint& endpoint) {
  return
      [=](stun::MessageBuilder& message) { message.add_xor_address(stun::Attr::xor_peer_address, endpoint); };
}
inline Attribute peer(std::string_view endpoint) { return peer(at(endpoint)); }

inline Attributes operator+(Attributes left, const Attributes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// --- Signing ---

// The values of PASSWORD-ALGORITHMS as the server sends it, and of PASSWORD-ALGORITHM.
inline const Buffer kAlgorithmList{0, 2, 0, 0, 0, 1, 0, 0};
inline const Buffer kMd5Choice{0, 1, 0, 0};
inline const Buffer kSha256Choice{0, 2, 0, 0};

// What a signed request carries besides its own attributes. No value leaves the attribute out.
struct Signing {
  std::optional<Buffer> username = {};
  std::optional<Buffer> userhash = {};
  std::optional<Buffer> realm = {};
  std::optional<Buffer> nonce = {};
  std::optional<Buffer> algorithms = {};
  std::optional<Buffer> algorithm = {};
  stun::Key key = {};
  bool sha1 = false;  // MESSAGE-INTEGRITY
  bool sha256 = true;
};

inline stun::TransactionId next_id() {
  static std::uint32_t count = 0;
  stun::TransactionId id{'t', 'e', 's', 't'};
  store_be32(&id[8], ++count);
  return id;
}

// A message of any kind; `after` stands behind the integrity attributes.
inline Buffer message(stun::Method method, stun::Class cls, const stun::TransactionId& id,
                      const Attributes& attributes, const Signing* signing = nullptr,
                      const Attributes& after = {}) {
  Buffer buffer(stun::kHeaderSize + 0xFFFC);
  stun::MessageBuilder builder(buffer, method, cls, id);
  for (const Attribute& add : attributes) add(builder);
  if (signing != nullptr) {
    const auto add = [&](stun::Attr type, const std::optional<Buffer>& value) {
      if (value) builder.add(type, *value);
    };
    add(stun::Attr::username, signing->username);
    add(stun::Attr::userhash, signing->userhash);
    add(stun::Attr::realm, signing->realm);
    add(stun::Attr::nonce, signing->nonce);
    add(stun::Attr::password_algorithms, signing->algorithms);
    add(stun::Attr::password_algorithm, signing->algorithm);
    if (signing->sha1) builder.add_integrity_sha1(signing->key.view());
    if (signing->sha256) builder.add_integrity_sha256(signing->key.view());
  }
  for (const Attribute& add : after) add(builder);
  EXPECT_FALSE(builder.overflowed());
  buffer.resize(builder.bytes().size());
  return buffer;
}

inline Buffer request(stun::Method method, const Attributes& attributes = {}) {
  return message(method, stun::Class::request, next_id(), attributes);
}
inline Buffer indication(stun::Method method, const Attributes& attributes) {
  return message(method, stun::Class::indication, next_id(), attributes);
}
inline Attribute fingerprint() {
  return [](stun::MessageBuilder& message) { message.add_fingerprint(); };
}

inline Buffer channel_data(std::uint16_t number, Bytes payload) {
  Buffer packet(4 + payload.size());
  store_be16(&packet[0], number);
  store_be16(&packet[2], static_cast<std::uint16_t>(payload.size()));
  std::ranges::copy(payload, packet.begin() + 4);
  return packet;
}

}  // namespace turnpike::test
