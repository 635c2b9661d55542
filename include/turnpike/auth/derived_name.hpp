// Names that say of themselves with which key their password was made: `<kind>:<unix expiry>:<whom>:<key>`.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/crypto/derived_key.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

struct DerivedName {
  UnixSeconds expires_unix_s = 0;
  std::string_view whom;  // may have colons of its own; never empty
  std::string_view end;   // what stands behind the last colon
};

// No value if it is of another kind, or has no such form. `kind` has its colon: "check:".
std::optional<DerivedName> read_derived_name(std::string_view kind, std::string_view username);

// A key of each secret that is not empty, in their order.
std::vector<crypto::DerivedKey> derive_keys(const std::vector<std::string>& secrets, std::string_view label);

// `credential`, whose password alone is missing, with that of each of the keys that has the id.
std::vector<turn::Credential> derived_credentials(const std::vector<crypto::DerivedKey>& keys,
                                                  std::string_view key_id,
                                                  const turn::Credential& credential);

// Base64 of HMAC-SHA256(key, name).
std::string derived_password(const crypto::DerivedKey& key, std::string_view username);

inline constexpr std::size_t kKeyIdSize = 8;  // of crypto::DerivedKey

}  // namespace turnpike::auth
