// A check that holds unless the cryptographic library has failed.
#pragma once

#include <cstdlib>

namespace turnpike::crypto {

// Ends the process if `ok` is false. OpenSSL fails only without memory or without the algorithm (MD5 in FIPS
// mode), and a server that cannot authenticate must not go on.
inline void require(bool ok) {
  if (!ok) std::abort();
}

}  // namespace turnpike::crypto
