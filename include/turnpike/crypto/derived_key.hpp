// Keys that several servers derive from one secret, each key for one purpose.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/crypto/hmac.hpp"

namespace turnpike::crypto {

// Holds a key and its public id.
struct DerivedKey {
  Sha256Mac bytes{};
  // 8 hexadecimal digits that tell which key was used, and reveal nothing else.
  std::string id;

  bool operator==(const DerivedKey&) const = default;
};

// Returns the key of a purpose: HMAC-SHA256 of the label under the secret. A key reveals neither the secret
// nor the key of another label.
DerivedKey derive_key(std::string_view secret, std::string_view label);

}  // namespace turnpike::crypto
