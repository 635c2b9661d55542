#include "turnpike/turn/nonce.hpp"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <span>

#include "turnpike/crypto/base64.hpp"
#include "turnpike/crypto/constant_time.hpp"
#include "turnpike/crypto/derived_key.hpp"
#include "turnpike/crypto/hmac.hpp"

namespace turnpike::turn {
namespace {

constexpr std::string_view kCookie = "obMatJos2";
constexpr std::size_t kFeaturesSize = 4;  // base64 of 24 bits
constexpr std::size_t kTimeSize = 8;      // hex of 32 bits of seconds
constexpr std::size_t kMacSize = 12;      // 96 bits: 16 characters of base64
constexpr std::size_t kOwnSize = kCookie.size() + kFeaturesSize + kTimeSize + 16;
constexpr std::size_t kSharedSize = kOwnSize + kNonceKeyIdSize;
constexpr std::string_view kSharedLabel = "turnpike: nonces";

struct FeatureName {
  NonceFeatures features;
  std::string_view text;
};
constexpr FeatureName kFeatureNames[] = {
    {{false, false}, "AAAA"},
    {{true, false}, "gAAA"},
    {{false, true}, "QAAA"},
    {{true, true}, "wAAA"},
};

// Both modulo 2^32.
std::uint32_t monotonic_s(const Now& now) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(now.monotonic.time_since_epoch()).count());
}
std::uint32_t unix_s(const Now& now) { return static_cast<std::uint32_t>(now.unix_s); }

std::optional<NonceFeatures> features_of(std::string_view text) {
  for (const auto& [features, known] : kFeatureNames) {
    if (known == text) return features;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> time_of(std::string_view text) {
  std::uint32_t issued_s = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, issued_s, 16);
  return read.ec == std::errc{} && read.ptr == end ? std::optional(issued_s) : std::nullopt;
}

// The first `size` characters, which are gone from the text then.
std::string_view take(std::string_view& text, std::size_t size) {
  const std::string_view taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

}  // namespace

NonceFactory::MacKey NonceFactory::random_key(Random& random) {
  MacKey key;
  random.fill(key);
  return key;
}

NonceFactory::Key NonceFactory::shared_key(std::string_view secret) {
  const crypto::DerivedKey key = crypto::derive_key(secret, kSharedLabel);
  return {key.id.substr(0, kNonceKeyIdSize), key.bytes};
}

std::vector<NonceFactory::Key> NonceFactory::shared_keys(const std::vector<std::string>& secrets) {
  std::vector<Key> keys;
  for (const std::string& secret : secrets) keys.push_back(shared_key(secret));
  return keys;
}

std::string NonceFactory::make(const Key& key, const ClientEndpoint& client, NonceFeatures features,
                               std::uint32_t issued_s) const {
  std::string nonce{kCookie};
  for (const auto& [known, text] : kFeatureNames) {
    if (known == features) nonce += text;
  }
  nonce += key.id;
  nonce += fmt::format("{:08x}", issued_s);

  std::string covered = nonce;
  covered += as_text(client.address.bytes16());
  covered += static_cast<char>(client.address.family());
  covered += static_cast<char>(client.port >> 8);
  covered += static_cast<char>(client.port & 0xff);
  covered += realm_;
  const auto mac = crypto::hmac_sha256(key.bytes, as_bytes(covered));
  nonce += crypto::base64_encode(Bytes{mac}.first(kMacSize));
  return nonce;
}

std::string NonceFactory::issue(const ClientEndpoint& client, NonceFeatures features, const Now& now) const {
  if (shared_.empty()) return make(own_, client, features, monotonic_s(now));
  return make(shared_.front(), client, features, unix_s(now));
}

NonceFactory::Verdict NonceFactory::judge_age(std::int32_t age_s, std::int32_t ahead_max_s) const {
  const bool is_of_now = -ahead_max_s <= age_s && std::chrono::seconds(age_s) < life_;
  return is_of_now ? Verdict::valid : Verdict::stale;
}

NonceFactory::Checked NonceFactory::check(std::string_view nonce, const ClientEndpoint& client,
                                          const Now& now) const {
  constexpr Checked forged{Verdict::forged, {}};
  const bool is_shared = nonce.size() == kSharedSize;
  if ((!is_shared && nonce.size() != kOwnSize) || !nonce.starts_with(kCookie)) return forged;

  std::string_view rest = nonce.substr(kCookie.size());
  const auto features = features_of(take(rest, kFeaturesSize));
  const std::string_view id = take(rest, is_shared ? kNonceKeyIdSize : 0);
  const auto issued_s = time_of(take(rest, kTimeSize));
  if (!features || !issued_s) return forged;

  const std::uint32_t now_s = is_shared ? unix_s(now) : monotonic_s(now);
  for (const Key& key : is_shared ? std::span<const Key>(shared_) : std::span<const Key>(&own_, 1)) {
    if (key.id != id) continue;
    const std::string made = make(key, client, *features, *issued_s);
    if (!crypto::equal_constant_time(as_bytes(made), as_bytes(nonce))) continue;
    const auto age_s = static_cast<std::int32_t>(now_s - *issued_s);
    return {judge_age(age_s, is_shared ? kClockSkewMax_s : 0), *features};
  }
  return forged;
}

}  // namespace turnpike::turn
