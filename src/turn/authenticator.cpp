#include "turnpike/turn/authenticator.hpp"

#include <algorithm>
#include <array>

#include "turnpike/base/check.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;
using stun::MessageView;
using stun::PasswordAlgorithm;

constexpr std::size_t kTextSizeMax =
    763;  // bytes of USERNAME, REALM and NONCE that must be parsed (RFC 8489 14.3, 14.9, 14.10)

// The value of PASSWORD-ALGORITHMS as we send it: SHA-256 and MD5, both without parameters.
constexpr std::array<std::uint8_t, 8> kAlgorithmsValue{0, 2, 0, 0, 0, 1, 0, 0};

// Some clients send the quoted form, or C strings with their terminator (RFC 8489 9.2.2).
std::string_view bare(Bytes value) {
  std::string_view text = as_text(value);
  while (text.ends_with('\0')) text.remove_suffix(1);
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') text = text.substr(1, text.size() - 2);
  return text;
}

bool fits(const std::optional<Bytes>& value, std::size_t size_max) {
  return !value || value->size() <= size_max;
}

// The attributes that must come with an integrity attribute (RFC 8489 9.2.4), and their sizes
// (14.3, 14.9, 14.10).
bool has_credential_attributes(const MessageView& request) {
  const auto username = request.find(Attr::username);
  const auto userhash = request.find(Attr::userhash);
  const auto realm = request.find(Attr::realm);
  const auto nonce = request.find(Attr::nonce);
  if ((!username && !userhash) || !realm || !nonce) return false;
  if (userhash && userhash->size() != crypto::kSha256Size) return false;
  return fits(username, kTextSizeMax) && fits(realm, kTextSizeMax) && fits(nonce, kTextSizeMax);
}

// The algorithm of a request by the rules of RFC 8489 9.2.4. No value: 400. A client that saw no list, or
// ignores it, is an RFC 5389 client and uses MD5.
std::optional<PasswordAlgorithm> chosen_algorithm(const MessageView& request, NonceFeatures features) {
  const auto list = request.find(Attr::password_algorithms);
  const auto choice = request.find(Attr::password_algorithm);
  if (!features.password_algorithms || (!list && !choice)) return PasswordAlgorithm::md5;
  if (!list || !choice || !std::ranges::equal(*list, kAlgorithmsValue)) return std::nullopt;
  if (choice->size() != 4 || load_be16(choice->data() + 2) != 0) return std::nullopt;
  const auto algorithm = static_cast<PasswordAlgorithm>(load_be16(choice->data()));
  if (std::ranges::find(kPasswordAlgorithms, algorithm) == std::end(kPasswordAlgorithms)) return std::nullopt;
  return algorithm;
}

std::string_view name_in(const MessageView& request) {
  const auto username = request.find(Attr::username);
  return username ? bare(*username).substr(0, kTextSizeMax) : std::string_view{};
}

// Why a derived credential does not hold: its expiry has passed, or lies further ahead than its source
// allows. One before 1970 cannot be written, so the difference cannot overflow.
std::optional<Cause> judge_expiry(const Identity& identity, UnixSeconds now) {
  if (!identity.expires_unix_s) return std::nullopt;
  if (*identity.expires_unix_s <= now) return Cause::expired;
  const bool too_far = identity.ttl_max_s && *identity.expires_unix_s - now > *identity.ttl_max_s;
  return too_far ? std::optional(Cause::expiry_too_far) : std::nullopt;
}

Refused refused(Cause cause, std::string_view claimed) { return {cause, std::string(claimed), false, {}}; }

stun::Key key_of(const Credential& credential, PasswordAlgorithm algorithm, const std::string& realm) {
  return credential.md5_key.value_or(
      stun::long_term_key(algorithm, credential.username, realm, credential.password));
}

bool names_owner(const MessageView& request, const Identity& owner, std::string_view realm) {
  if (const auto username = request.find(Attr::username)) return bare(*username) == owner.username;
  const auto userhash = request.find(Attr::userhash);
  return userhash && std::ranges::equal(*userhash, stun::userhash(owner.username, realm));
}

}  // namespace

std::optional<std::uint32_t> Identity::life_max_s(UnixSeconds now) const {
  if (kind != NameKind::visitor) return std::nullopt;
  const UnixSeconds left = expires_unix_s.value_or(now + kVisitorLifeMax_s) - now;
  return static_cast<std::uint32_t>(std::clamp<UnixSeconds>(left, 1, kVisitorLifeMax_s));
}

Authenticator::Authenticator(std::string realm, NonceFactory nonces, CheckExpiry check_expiry)
    : nonces_(std::move(nonces)), check_expiry_(check_expiry) {
  set_realm(std::move(realm));
}

void Authenticator::set_realm(std::string realm) {
  TURNPIKE_CHECK(realm.size() <= kRealmSizeMax);
  realm_ = std::move(realm);
  nonces_.set_realm(realm_);
}

std::string Authenticator::fresh_nonce(const ClientEndpoint& client, const CredentialSource& credentials,
                                       const Now& now) const {
  return nonces_.issue(client,
                       {.password_algorithms = credentials.supports_sha256(),
                        .username_anonymity = credentials.supports_userhash()},
                       now);
}

bool Authenticator::names(const MessageView& request, const Identity& owner) const {
  return names_owner(request, owner, realm_);
}

bool Authenticator::is_known(const Identity& identity, const CredentialSource& credentials) const {
  std::vector<Credential> candidates;
  credentials.find(identity.username, candidates);
  return std::ranges::any_of(candidates, [&](const Credential& candidate) {
    return key_of(candidate, identity.algorithm, realm_) == identity.key;
  });
}

std::variant<Authenticated, Refused> Authenticator::find_signer(const MessageView& request,
                                                                const CredentialSource& credentials,
                                                                const Identity* owner,
                                                                PasswordAlgorithm algorithm) const {
  const bool sign_sha256 = request.has(Attr::password_algorithm);
  if (owner != nullptr && owner->algorithm == algorithm && names_owner(request, *owner, realm_) &&
      stun::verify(request, owner->key.view())) {
    return Authenticated{*owner, {owner->key, sign_sha256}};
  }
  std::vector<Credential> candidates;
  if (const auto username = request.find(Attr::username)) {
    credentials.find(bare(*username), candidates);
  } else if (const auto userhash = request.find(Attr::userhash)) {
    credentials.find_userhash(*userhash, candidates);
  }
  // An unknown user costs as much as a wrong password, so that timing does not tell them apart.
  if (candidates.empty()) {
    const stun::Key nobody = stun::long_term_key(algorithm, "", realm_, "");
    static_cast<void>(stun::verify(request, nobody.view()));
    const std::string_view name = name_in(request);
    return refused(credentials.knows_key_of(name) ? Cause::unknown_user : Cause::unknown_key, name);
  }
  for (const Credential& candidate : candidates) {
    const stun::Key key = key_of(candidate, algorithm, realm_);
    const bool is_other = candidate.md5_key && algorithm != PasswordAlgorithm::md5;
    if (!stun::verify(request, key.view()) || is_other) continue;
    return Authenticated{{candidate.username, candidate.user_id, candidate.kind, key, algorithm,
                          candidate.expires_unix_s, candidate.ttl_max_s},
                         {key, sign_sha256}};
  }
  return refused(Cause::wrong_integrity, candidates.front().user_id);
}

std::variant<Authenticated, Refused> Authenticator::authenticate(const MessageView& request,
                                                                 const ClientEndpoint& client,
                                                                 const CredentialSource& credentials,
                                                                 const Identity* owner,
                                                                 const Now& now) const {
  if (!request.has_integrity()) return refused(Cause::no_credentials, name_in(request));
  if (!has_credential_attributes(request)) return refused(Cause::incomplete_credentials, name_in(request));

  // One MAC tells a nonce that was never ours, before any key is looked up or derived.
  const auto nonce = nonces_.check(bare(*request.find(Attr::nonce)), client, now);
  if (nonce.verdict == NonceFactory::Verdict::forged) return refused(Cause::foreign_nonce, name_in(request));

  const auto algorithm = chosen_algorithm(request, nonce.features);
  if (!algorithm) return refused(Cause::unknown_password_algorithm, name_in(request));
  if (bare(*request.find(Attr::realm)) != realm_) return refused(Cause::other_realm, name_in(request));

  auto signer = find_signer(request, credentials, owner, *algorithm);
  const auto* found = std::get_if<Authenticated>(&signer);
  if (found == nullptr) return signer;
  if (nonce.verdict == NonceFactory::Verdict::stale)
    return Refused{Cause::stale_nonce, found->identity.user_id, true, found->signature};

  const bool expiry_matters =
      check_expiry_ == CheckExpiry::always || request.method() == stun::Method::allocate;
  const auto cause = expiry_matters ? judge_expiry(found->identity, now.unix_s) : std::nullopt;
  if (cause) return Refused{*cause, found->identity.user_id, true, {}};
  return signer;
}

}  // namespace turnpike::turn
