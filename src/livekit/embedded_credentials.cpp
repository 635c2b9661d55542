// LiveKit's embedded credentials: three parts joined by '|'.
#include "turnpike/livekit/embedded_credentials.hpp"

#include <algorithm>
#include <stdexcept>

#include "turnpike/auth/expiry.hpp"
#include "turnpike/crypto/digest.hpp"
#include "turnpike/livekit/base62.hpp"

namespace turnpike::livekit {
namespace {

constexpr std::int64_t kTtlDefault_s = 300;
constexpr std::int64_t kTtlMax_s = 86400;

struct Name {
  std::string_view api_key;
  std::string_view participant_sid;
  UnixSeconds expiry_unix_s;
};

std::string join(std::string_view first, std::string_view participant_sid, UnixSeconds expiry_unix_s) {
  std::string joined(first);
  joined.append("|").append(participant_sid).append("|").append(std::to_string(expiry_unix_s));
  return joined;
}

// Exactly three parts; names of two, from before LiveKit 1.12, are gone. Expiry 0 is refused as LiveKit
// refuses it. The parts point into `raw`.
std::optional<Name> split(std::string_view raw) {
  const std::size_t first = raw.find('|');
  const std::size_t last = raw.rfind('|');
  if (first == last || raw.find('|', first + 1) != last) return std::nullopt;
  const auto expiry = auth::parse_expiry(raw.substr(last + 1));
  const std::string_view sid = raw.substr(first + 1, last - first - 1);
  if (!expiry || *expiry == 0 || sid.empty()) return std::nullopt;
  return Name{raw.substr(0, first), sid, *expiry};
}

}  // namespace

std::string embedded_username(std::string_view api_key, std::string_view participant_sid,
                              UnixSeconds expiry_unix_s) {
  return base62_encode(as_bytes(join(api_key, participant_sid, expiry_unix_s)));
}

std::string embedded_password(std::string_view api_secret, std::string_view participant_sid,
                              UnixSeconds expiry_unix_s) {
  return base62_encode(crypto::sha256({join(api_secret, participant_sid, expiry_unix_s)}));
}

std::optional<auth::MintedCredential> mint_embedded(std::string_view api_key, std::string_view api_secret,
                                                    std::string_view participant_sid,
                                                    UnixSeconds expiry_unix_s) {
  if (expiry_unix_s <= 0) return std::nullopt;
  for (const std::string_view part : {api_key, participant_sid}) {
    if (part.empty() || part.find('|') != std::string_view::npos) return std::nullopt;
  }
  std::string username = livekit::embedded_username(api_key, participant_sid, expiry_unix_s);
  if (username.size() > auth::kUsernameSizeMax) return std::nullopt;
  return auth::MintedCredential{std::move(username),
                                livekit::embedded_password(api_secret, participant_sid, expiry_unix_s)};
}

std::int64_t embedded_ttl_s(std::int64_t configured_s) {
  return configured_s <= 0 ? kTtlDefault_s : std::min(configured_s, kTtlMax_s);
}

EmbeddedCredentials::EmbeddedCredentials(auth::Secrets secrets) : secrets_(std::move(secrets)) {
  for (const auto& [api_key, secret] : secrets_) {
    if (api_key.empty() || api_key.find('|') != std::string::npos) {
      throw std::invalid_argument("LiveKit API key '" + api_key + "' is empty or contains '|'");
    }
    if (secret.empty())
      throw std::invalid_argument("the secret of LiveKit API key '" + api_key + "' is empty");
  }
}

void EmbeddedCredentials::find(std::string_view username, std::vector<turn::Credential>& out) const {
  const auto raw = base62_decode(username);
  const auto name = raw ? split(as_text(*raw)) : std::nullopt;
  if (!name) return;
  const auto key = secrets_.find(name->api_key);
  if (key == secrets_.end()) return;
  out.push_back({std::string(username),
                 embedded_password(key->second, name->participant_sid, name->expiry_unix_s),
                 std::string(name->participant_sid), name->expiry_unix_s});
}

bool EmbeddedCredentials::knows_key_of(std::string_view username) const {
  const auto raw = base62_decode(username);
  const auto name = raw ? split(as_text(*raw)) : std::nullopt;
  return !name || secrets_.contains(name->api_key);
}

}  // namespace turnpike::livekit
