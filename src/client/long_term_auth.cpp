// Challenges in, signed requests out.
#include "turnpike/client/long_term_auth.hpp"

#include <algorithm>

#include "turnpike/base/check.hpp"

namespace turnpike::client {
namespace {

using stun::Attr;
using stun::PasswordAlgorithm;

constexpr std::size_t kValueMax = 763;  // of REALM and NONCE (RFC 8489 14.9, 14.10)

struct NonceFeatures {
  bool password_algorithms = false;
  bool username_anonymity = false;
};

// "obMatJos2" and 24 bits in base64; the two features are the first two bits of the first character (RFC
// 8489 9.2, 18.1).
NonceFeatures features_of(std::string_view nonce) {
  constexpr std::string_view kCookie = "obMatJos2";
  constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (!nonce.starts_with(kCookie) || nonce.size() < kCookie.size() + 4) return {};
  const std::size_t sextet = kBase64.find(nonce[kCookie.size()]);
  if (sextet == std::string_view::npos) return {};
  return {.password_algorithms = (sextet & 0x20) != 0, .username_anonymity = (sextet & 0x10) != 0};
}

std::string_view text_of(const stun::MessageView& message, Attr type) {
  const auto value = message.find(type);
  return value ? as_text(*value) : std::string_view{};
}

// SHA-256 wherever it stands, else MD5, for both are ours (RFC 8656 section 6: a TURN client prefers
// SHA-256).
std::optional<PasswordAlgorithm> choose(Bytes offered) {
  std::optional<PasswordAlgorithm> chosen;
  while (offered.size() >= 4) {
    const auto algorithm = static_cast<PasswordAlgorithm>(load_be16(offered.data()));
    const std::size_t size = 4 + padded4(load_be16(offered.data() + 2));
    if (size == 4 && algorithm == PasswordAlgorithm::sha256) return algorithm;
    if (size == 4 && algorithm == PasswordAlgorithm::md5) chosen = algorithm;
    offered = offered.subspan(std::min(size, offered.size()));
  }
  return chosen;
}

// Quotes around the realm and NULs behind it are not part of the key (RFC 8489 9.2.2).
std::string_view bare(std::string_view realm) {
  while (realm.ends_with('\0')) realm.remove_suffix(1);
  if (realm.size() >= 2 && realm.starts_with('"') && realm.ends_with('"'))
    realm = realm.substr(1, realm.size() - 2);
  return realm;
}

}  // namespace

bool is_verified(const stun::MessageView& response, const Signature& signature) {
  return signature.sha256 ? stun::verify_sha256(response, signature.key.view())
                          : stun::verify(response, signature.key.view());
}

bool is_bid_down(const stun::MessageView& response) {
  return features_of(text_of(response, Attr::nonce)).password_algorithms &&
         !response.has(Attr::password_algorithms);
}

LongTermAuth::LongTermAuth(std::string username, std::string password, bool legacy)
    : username_(std::move(username)), password_(std::move(password)), legacy_(legacy) {}

bool LongTermAuth::take_challenge(const stun::MessageView& response) {
  const std::string_view realm = text_of(response, Attr::realm);
  const std::string_view nonce = text_of(response, Attr::nonce);
  const Bytes offered = legacy_ ? Bytes{} : response.find(Attr::password_algorithms).value_or(Bytes{});
  if (username_.empty() || realm.empty() || nonce.empty()) return false;
  if (std::max({realm.size(), nonce.size(), offered.size()}) > kValueMax) return false;
  if (!legacy_ && is_bid_down(response)) return false;
  const auto algorithm = offered.empty() ? PasswordAlgorithm::md5 : choose(offered);
  if (!algorithm) return false;

  realm_ = realm;
  nonce_ = nonce;
  offered_.assign(offered.begin(), offered.end());
  algorithm_ = *algorithm;
  anonymous_ = !legacy_ && features_of(nonce).username_anonymity;
  key_ = stun::long_term_key(algorithm_, username_, bare(realm_), password_);
  return true;
}

bool LongTermAuth::is_other_realm(const stun::MessageView& response) const {
  return text_of(response, Attr::realm) != realm_;
}

std::size_t LongTermAuth::size_max() const {
  constexpr std::size_t kHeaderAndPadding = 4 + 3;
  constexpr std::size_t kUserhash = 4 + crypto::kSha256Size;
  constexpr std::size_t kIntegrity = 4 + crypto::kSha256Size;
  constexpr std::size_t kPasswordAlgorithm = 8;
  return username_.size() + realm_.size() + nonce_.size() + offered_.size() + 4 * kHeaderAndPadding +
         kUserhash + kIntegrity + kPasswordAlgorithm;
}

Signature LongTermAuth::sign(stun::MessageBuilder& request) const {
  TURNPIKE_CHECK(is_ready());
  if (anonymous_) {
    const auto hash = stun::userhash(username_, bare(realm_));
    request.add(Attr::userhash, Bytes{hash});
  } else {
    request.add(Attr::username, username_);
  }
  request.add(Attr::realm, realm_).add(Attr::nonce, nonce_);
  const Signature signature{key_, !offered_.empty()};
  if (signature.sha256) {
    request.add(Attr::password_algorithms, Bytes{offered_})
        .add_password_algorithm(algorithm_)
        .add_integrity_sha256(key_.view());
  } else {
    request.add_integrity_sha1(key_.view());
  }
  return signature;
}

}  // namespace turnpike::client
