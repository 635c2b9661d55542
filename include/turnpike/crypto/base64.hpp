// Base64 (RFC 4648): section 4 with padding, section 5 (URLs and file names) without.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "turnpike/base/bytes.hpp"

namespace turnpike::crypto {

std::string base64_encode(Bytes bytes);

std::string base64url_encode(std::string_view bytes);
// Decodes a text. Returns nullopt if it has padding, a character of another alphabet, or a bit that stands
// for nothing, so that each byte string has one text.
std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace turnpike::crypto
