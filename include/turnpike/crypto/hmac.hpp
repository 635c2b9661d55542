// HMACs (RFC 2104) with SHA-1 and SHA-256.
#pragma once

#include <array>
#include <cstdint>

#include "turnpike/base/bytes.hpp"
#include "turnpike/crypto/digest.hpp"

namespace turnpike::crypto {

using Sha1Mac = std::array<std::uint8_t, kSha1Size>;
using Sha256Mac = std::array<std::uint8_t, kSha256Size>;

// Both functions return the HMAC of `head` followed by `rest`. The key may be of any length. A failure of
// OpenSSL ends the process.
Sha1Mac hmac_sha1(Bytes key, Bytes head, Bytes rest = {});
Sha256Mac hmac_sha256(Bytes key, Bytes head, Bytes rest = {});

}  // namespace turnpike::crypto
