#include "turnpike/crypto/constant_time.hpp"

#include <openssl/crypto.h>

namespace turnpike::crypto {

bool equal_constant_time(Bytes a, Bytes b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace turnpike::crypto
