// Names that say of themselves with which key their password was made: `<kind>:<unix expiry>:<whom>:<key>`.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"
#include "turnpike/crypto/derived_key.hpp"

namespace turnpike::auth {

struct DerivedName {
  UnixSeconds expires_unix_s = 0;
  std::string_view whom;  // may have colons of its own; never empty
  std::string_view end;   // what stands behind the last colon
};

// No value if it is of another kind, or has no such form. `kind` has its colon: "check:".
std::optional<DerivedName> read_derived_name(std::string_view kind, std::string_view username);

// Base64 of HMAC-SHA256(key, name).
std::string derived_password(const crypto::DerivedKey& key, std::string_view username);

inline constexpr std::size_t kKeyIdSize = 8;  // of crypto::DerivedKey

}  // namespace turnpike::auth
