// Where keys come from, as the TURN rules see it; module auth has the implementations.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/stun/integrity.hpp"
#include "turnpike/turn/tenant.hpp"

namespace turnpike::turn {

// One name and password that a request may have been signed with.
struct Credential {
  std::string username;  // as it is hashed into the key
  std::string password;
  std::string user_id;  // whom quotas count and 441 compares: the participant or user part of a derived name,
                        // else the name
  std::optional<UnixSeconds> expires_unix_s = std::nullopt;
  std::optional<std::int64_t> ttl_max_s = std::nullopt;  // an expiry that lies further ahead is none
  std::optional<stun::Key> md5_key = std::nullopt;       // in place of a password that is not known
  NameKind kind = NameKind::personal;                    // of the user id
};

// Look-ups are synchronous, in memory and thread-safe: every worker asks the same source.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;

  // Appends every credential that the name may stand for (several while secrets rotate, newest first); none =
  // unknown user. The expiry is reported, not checked: when it matters is a TURN rule (CheckExpiry).
  virtual void find(std::string_view username, std::vector<Credential>& out) const = 0;

  // The same for a USERHASH of 32 bytes; only sources that know their users by name can answer.
  virtual void find_userhash(Bytes userhash, std::vector<Credential>& out) const = 0;

  // False if the name was made with a key that is not known here, as LiveKit's names are: why find() gives
  // nothing for it.
  virtual bool knows_key_of(std::string_view) const { return true; }

  // True if every user can be found by hash, so that the nonce may offer username anonymity (RFC 8489 9.2).
  virtual bool supports_userhash() const = 0;

  // False if the MD5 key is all that is known of some user: then nobody is offered SHA-256, for who asks for
  // it is not known when it is offered.
  virtual bool supports_sha256() const { return true; }

  // True if no credential can ever be found: every Allocate is refused.
  virtual bool empty() const = 0;
};

}  // namespace turnpike::turn
