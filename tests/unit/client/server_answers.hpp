// Answers of a server, made by hand for the client's tests.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "turnpike/client/output.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/integrity.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::client::test {

using Buffer = std::vector<std::uint8_t>;
using Fill = std::function<void(stun::MessageBuilder&)>;

inline constexpr std::string_view kPlainNonce = "an-old-nonce";
inline constexpr std::string_view kSha256Nonce = "obMatJos2gAAAnonce";     // bit 0: PASSWORD-ALGORITHMS
inline constexpr std::string_view kAnonymousNonce = "obMatJos2wAAAnonce";  // bit 1, too: USERHASH
inline constexpr stun::PasswordAlgorithm kBoth[] = {stun::PasswordAlgorithm::md5,
                                                    stun::PasswordAlgorithm::sha256};

inline stun::Key md5_key() {
  return stun::long_term_key(stun::PasswordAlgorithm::md5, "user", "realm", "pass");
}
inline stun::Key sha256_key() {
  return stun::long_term_key(stun::PasswordAlgorithm::sha256, "user", "realm", "pass");
}

inline stun::MessageView view(Bytes bytes) {
  const auto message = stun::MessageView::parse(bytes);
  EXPECT_TRUE(message.has_value());
  return *message;
}

// A message with the method and transaction id of `request`.
inline Buffer answer(Bytes request, stun::Class cls, const Fill& fill) {
  Buffer buffer(2048);
  stun::MessageBuilder message(buffer, view(request).method(), cls, view(request).transaction_id());
  fill(message);
  buffer.resize(message.bytes().size());
  return buffer;
}

inline Buffer challenge(Bytes request, stun::ErrorCode code, std::string_view nonce,
                        std::span<const stun::PasswordAlgorithm> algorithms = {},
                        std::string_view realm = "realm") {
  return answer(request, stun::Class::error, [&](stun::MessageBuilder& message) {
    message.add_error(code, "").add(stun::Attr::realm, realm).add(stun::Attr::nonce, nonce);
    if (!algorithms.empty()) message.add_password_algorithms(algorithms);
  });
}

inline Buffer success(
    Bytes request, const stun::Key& key, const Fill& fill = [](stun::MessageBuilder&) {}) {
  return answer(request, stun::Class::success, [&](stun::MessageBuilder& message) {
    fill(message);
    if (view(request).integrity_sha256_at() != 0) {
      message.add_integrity_sha256(key.view());
    } else {
      message.add_integrity_sha1(key.view());
    }
  });
}

inline Buffer error(Bytes request, const stun::Key& key, stun::ErrorCode code) {
  return answer(request, stun::Class::error, [&](stun::MessageBuilder& message) {
    message.add_error(code, "no").add_integrity_sha1(key.view());
  });
}

inline void fill_allocated(stun::MessageBuilder& message) {
  message.add_xor_address(stun::Attr::xor_relayed_address, *Endpoint::parse("192.0.2.15:50000"))
      .add_xor_address(stun::Attr::xor_mapped_address, *Endpoint::parse("198.51.100.7:4000"))
      .add_u32(stun::Attr::lifetime, 600);
}

}  // namespace turnpike::client::test
