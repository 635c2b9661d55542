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

// Says when an expired credential is refused: at Allocate only, so that calls may outlive it, or at every
// request.
enum class CheckExpiry { allocate, always };

// Holds the user behind an allocation: the derived key, never the password (RFC 8656 6).
struct Identity {
  std::string username;
  // The name that quotas count and 441 compares, see Credential::user_id.
  std::string user_id;
  NameKind kind = NameKind::personal;
  stun::Key key;
  stun::PasswordAlgorithm algorithm = stun::PasswordAlgorithm::md5;
  std::optional<UnixSeconds> expires_unix_s = std::nullopt;
  std::optional<std::int64_t> ttl_max_s =
      std::nullopt;  // an expiry further ahead than this many seconds is refused

  Tenant tenant() const { return {user_id, kind}; }
  // Returns the longest life in seconds of an allocation that is granted at `now`, refreshed or not; nullopt
  // if unlimited.
  std::optional<std::uint32_t> life_max_s(UnixSeconds now) const;
  bool operator==(const Identity&) const = default;
};

// Says how the response to an authenticated request is signed (RFC 8489 9.2.4).
struct Signature {
  stun::Key key;
  bool sha256 = false;  // MESSAGE-INTEGRITY-SHA256, else MESSAGE-INTEGRITY
};

// Holds who signed a request.
struct Authenticated {
  Identity identity;
  Signature signature;
};

// Says why a request was not authenticated.
struct Refused {
  Cause cause;
  std::string user;     // as Exchange::user
  bool user_is_proven;  // as Exchange::user_is_proven
  // Set for a stale nonce under a valid signature: the 438 response is then signed.
  std::optional<Signature> signature;
};

// Longest realm in bytes of UTF-8: with a longer one a signed 438 would not fit an unfragmented packet (RFC
// 8489 6.1).
inline constexpr std::size_t kRealmSizeMax = 384;

// Checks the credentials of requests. Not thread-safe: each worker has its own.
class Authenticator {
 public:
  // `realm` has at most kRealmSizeMax bytes; a longer one ends the program.
  Authenticator(std::string realm, NonceFactory nonces, CheckExpiry check_expiry);

  // Returns who signed the request, or why it is refused. `owner`: the identity of the allocation on this
  // 5-tuple, or nullptr; its key is tried before any look-up, so that a changed password ends no call.
  std::variant<Authenticated, Refused> authenticate(const stun::MessageView& request,
                                                    const ClientEndpoint& client,
                                                    const CredentialSource& credentials,
                                                    const Identity* owner, const Now& now) const;

  // Returns whether USERNAME or USERHASH names the owner, whether or not the signature is valid.
  bool names(const stun::MessageView& request, const Identity& owner) const;
  // Returns whether the credentials still give the identity's key. Expiry is not checked.
  bool is_known(const Identity& identity, const CredentialSource& credentials) const;

  const std::string& realm() const { return realm_; }
  // Sets the realm, at most kRealmSizeMax bytes. Nonces of the old realm are refused from then on, so clients
  // learn the new one.
  void set_realm(std::string realm);
  void set_check_expiry(CheckExpiry check_expiry) { check_expiry_ = check_expiry; }
  // Returns a new nonce for this client, with the features that the credentials support (RFC 8489 9.2).
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

// Password algorithms that every challenge offers, the preferred first (RFC 8489 9.2.4).
inline constexpr stun::PasswordAlgorithm kPasswordAlgorithms[] = {stun::PasswordAlgorithm::sha256,
                                                                  stun::PasswordAlgorithm::md5};

}  // namespace turnpike::turn
