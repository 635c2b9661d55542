#include "turnpike/turn/nonce.hpp"

#include <fmt/format.h>

#include <charconv>

#include "turnpike/crypto/base64.hpp"
#include "turnpike/crypto/constant_time.hpp"
#include "turnpike/crypto/hmac.hpp"

namespace turnpike::turn {
namespace {

constexpr std::string_view kCookie = "obMatJos2";
constexpr std::size_t kFeaturesSize = 4;  // base64 of 24 bits
constexpr std::size_t kTimeSize = 8;      // hex of 32 bits of seconds
constexpr std::size_t kMacSize = 12;      // 96 bits: 16 characters of base64
constexpr std::size_t kNonceSize = kCookie.size() + kFeaturesSize + kTimeSize + 16;

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

std::uint32_t seconds(TimePoint time) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace

NonceFactory::MacKey NonceFactory::random_key(Random& random) {
  MacKey key;
  random.fill(key);
  return key;
}

std::string NonceFactory::make(const ClientEndpoint& client, NonceFeatures features,
                               std::uint32_t issued_s) const {
  std::string nonce{kCookie};
  for (const auto& [known, text] : kFeatureNames) {
    if (known == features) nonce += text;
  }
  nonce += fmt::format("{:08x}", issued_s);

  std::string covered = nonce;
  covered += as_text(client.address.bytes16());
  covered += static_cast<char>(client.address.family());
  covered += static_cast<char>(client.port >> 8);
  covered += static_cast<char>(client.port & 0xff);
  covered += realm_;
  const auto mac = crypto::hmac_sha256(key_, as_bytes(covered));
  nonce += crypto::base64_encode(Bytes{mac}.first(kMacSize));
  return nonce;
}

std::string NonceFactory::issue(const ClientEndpoint& client, NonceFeatures features, TimePoint now) const {
  return make(client, features, seconds(now));
}

NonceFactory::Checked NonceFactory::check(std::string_view nonce, const ClientEndpoint& client,
                                          TimePoint now) const {
  constexpr Checked forged{Verdict::forged, {}};
  if (nonce.size() != kNonceSize || !nonce.starts_with(kCookie)) return forged;

  const std::string_view features_text = nonce.substr(kCookie.size(), kFeaturesSize);
  const std::string_view time_text = nonce.substr(kCookie.size() + kFeaturesSize, kTimeSize);
  std::uint32_t issued_s = 0;
  const auto [end, error] =
      std::from_chars(time_text.data(), time_text.data() + time_text.size(), issued_s, 16);
  if (error != std::errc{} || end != time_text.data() + time_text.size()) return forged;

  for (const auto& [features, text] : kFeatureNames) {
    if (text != features_text) continue;
    if (!crypto::equal_constant_time(as_bytes(make(client, features, issued_s)), as_bytes(nonce)))
      return forged;
    const std::uint32_t age_s = seconds(now) - issued_s;
    return {std::chrono::seconds(age_s) < life_ ? Verdict::valid : Verdict::stale, features};
  }
  return forged;
}

}  // namespace turnpike::turn
