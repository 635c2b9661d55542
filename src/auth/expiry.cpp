// Strict decimal reading of an expiry.
#include "turnpike/auth/expiry.hpp"

#include <charconv>

namespace turnpike::auth {

std::optional<UnixSeconds> parse_expiry(std::string_view digits) {
  if (digits.starts_with('-')) return std::nullopt;  // the one sign that from_chars takes
  UnixSeconds expiry_unix_s = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, expiry_unix_s);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return expiry_unix_s;
}

}  // namespace turnpike::auth
