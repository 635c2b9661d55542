// User names that tell with which key their password was made: `<kind>:<unix expiry>:<whom>:<key>`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/crypto/derived_key.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

// Holds the parts of a derived name. Refers to the text that was read.
struct DerivedName {
  UnixSeconds expires_unix_s = 0;
  std::string_view whom;  // the user or origin; never empty, may contain colons
  std::string_view end;   // the text behind the last colon
};

// Reads a derived name. Returns nullopt if the name is of another kind or malformed. `kind` includes its
// colon: "check:".
std::optional<DerivedName> read_derived_name(std::string_view kind, std::string_view username);

// Returns a key for each secret that is not empty, in the same order. Keys of different labels are
// independent.
std::vector<crypto::DerivedKey> derive_keys(const std::vector<std::string>& secrets, std::string_view label);

// Returns a copy of `credential` for each key with this id, with the password that the key derives.
std::vector<turn::Credential> derived_credentials(const std::vector<crypto::DerivedKey>& keys,
                                                  std::string_view key_id,
                                                  const turn::Credential& credential);

// Returns the password of a derived name: Base64 of HMAC-SHA256(key, name).
std::string derived_password(const crypto::DerivedKey& key, std::string_view username);

inline constexpr std::size_t kKeyIdSize = 8;  // characters of crypto::DerivedKey::id

}  // namespace turnpike::auth
