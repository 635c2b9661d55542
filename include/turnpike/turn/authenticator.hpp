// The long-term credential mechanism, server side (RFC 8489 9.2.4): who signed this request, or why it is
// refused.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/stun/integrity.hpp"
#include "turnpike/stun/message.hpp"
#include "turnpike/turn/cause.hpp"
#include "turnpike/turn/credential_source.hpp"
#include "turnpike/turn/nonce.hpp"

namespace turnpike::turn {

// Whether an expired credential is refused at Allocate only, so that calls may outlive it, or on every
// request.
enum class CheckExpiry { allocate, always };

// The user behind an allocation. Keeps the derived key, never the password (RFC 8656 6).
struct Identity {
  std::string username;
  std::string user_id;
  NameKind kind = NameKind::personal;
  stun::Key key;
  stun::PasswordAlgorithm algorithm = stun::PasswordAlgorithm::md5;
  std::optional<UnixSeconds> expires_unix_s = std::nullopt;
  std::optional<std::int64_t> ttl_max_s = std::nullopt;  // as Credential has it

  Tenant tenant() const { return {user_id, kind}; }
  // How long an allocation that is granted now may live, refreshed or not; none: as it likes.
  std::optional<std::uint32_t> life_max_s(UnixSeconds now) const;
  bool operator==(const Identity&) const = default;
};

// How the response to an authenticated request is signed (RFC 8489 9.2.4).
struct Signature {
  stun::Key key;
  bool sha256 = false;
};

struct Authenticated {
  Identity identity;
  Signature signature;
};

// A refusal before authentication has succeeded.
struct Refused {
  Cause cause;
  std::string user;  // as in Exchange, and the next
  bool user_is_shown;
  std::optional<Signature> signature;  // a stale nonce under a good HMAC
};

// Bytes of UTF-8: with any longer realm a signed 438 would not fit an unfragmented packet (RFC 8489 6.1).
inline constexpr std::size_t kRealmSizeMax = 384;

class Authenticator {
 public:
  // `realm` has at most kRealmSizeMax bytes.
  Authenticator(std::string realm, NonceFactory nonces, CheckExpiry check_expiry);

  // `owner`: the identity of the allocation on this 5-tuple, whose key is tried before any look-up, so
  // that a changed password ends no call; may be null.
  std::variant<Authenticated, Refused> authenticate(const stun::MessageView& request,
                                                    const ClientEndpoint& client,
                                                    const CredentialSource& credentials,
                                                    const Identity* owner, const Now& now) const;

  // Whether the request names the owner, whoever has signed it.
  bool names(const stun::MessageView& request, const Identity& owner) const;
  // Whether the credentials still give the key that the identity has, expired or not.
  bool is_known(const Identity& identity, const CredentialSource& credentials) const;

  // What a challenge carries.
  const std::string& realm() const { return realm_; }
  // Nonces of another realm are refused as such, by which clients learn the new one.
  void set_realm(std::string realm);
  void set_check_expiry(CheckExpiry check_expiry) { check_expiry_ = check_expiry; }
  std::string fresh_nonce(const ClientEndpoint& client, const CredentialSource& credentials,
                          const Now& now) const;
  NonceFactory& nonces() { return nonces_; }
  const NonceFactory& nonces() const { return nonces_; }

 private:
  std::variant<Authenticated, Refused> find_signer(const stun::MessageView& request,
                                                   const CredentialSource& credentials, const Identity* owner,
                                                   stun::PasswordAlgorithm algorithm) const;

  std::string realm_;
  NonceFactory nonces_;
  CheckExpiry check_expiry_;
};

// In the order of preference (RFC 8489 9.2.4); always offered.
inline constexpr stun::PasswordAlgorithm kPasswordAlgorithms[] = {stun::PasswordAlgorithm::sha256,
                                                                  stun::PasswordAlgorithm::md5};

}  // namespace turnpike::turn
