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

// Holds one name and password with which a request may be signed.
struct Credential {
  std::string username;  // as it is hashed into the key (RFC 8489 9.2.2)
  std::string password;
  // The name that quotas count and 441 compares: the participant or user part of a derived name, else the
  // whole name.
  std::string user_id;
  std::optional<UnixSeconds> expires_unix_s = std::nullopt;
  std::optional<std::int64_t> ttl_max_s =
      std::nullopt;  // an expiry further ahead than this many seconds is refused
  std::optional<stun::Key> md5_key = std::nullopt;  // set if only the MD5 key is known and not the password
  NameKind kind = NameKind::personal;               // of user_id
};

// Finds the credentials of a name. Calls are synchronous, in memory and thread-safe: all workers ask the same
// source.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;

  // Appends every credential that the name may stand for, the newest secret first, and appends nothing for an
  // unknown user. Expired credentials are reported too: the TURN rules judge the expiry (CheckExpiry).
  virtual void find(std::string_view username, std::vector<Credential>& out) const = 0;

  // Appends the credentials of a USERHASH of 32 bytes. Only a source that lists its users can find any.
  virtual void find_userhash(Bytes userhash, std::vector<Credential>& out) const = 0;

  // Returns false if the name was made with an API key that the source does not know, as names of LiveKit can
  // be. find() then finds nothing.
  virtual bool knows_key_of(std::string_view) const { return true; }

  // Returns whether every user can be found by hash. Nonces then offer username anonymity (RFC 8489 9.2).
  virtual bool supports_userhash() const = 0;

  // Returns false if the source knows only the MD5 key of some user. SHA-256 is then offered to nobody,
  // because the user is not known when the challenge is sent.
  virtual bool supports_sha256() const { return true; }

  // Returns whether the source has no credentials at all, so that every Allocate is refused.
  virtual bool empty() const = 0;
};

}  // namespace turnpike::turn
