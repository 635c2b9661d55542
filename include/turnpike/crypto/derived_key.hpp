// Keys that several servers derive from one secret, each key for one purpose.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/crypto/hmac.hpp"

namespace turnpike::crypto {

struct DerivedKey {
  Sha256Mac bytes{};
  std::string id;  // 8 hexadecimal digits, by which others tell which key was used; it tells nothing else

  bool operator==(const DerivedKey&) const = default;
};

// HMAC-SHA256 of the label under the secret. Of a key nobody learns the secret, nor the key of another label.
DerivedKey derive_key(std::string_view secret, std::string_view label);

}  // namespace turnpike::crypto
