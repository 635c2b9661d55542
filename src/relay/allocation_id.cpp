#include "turnpike/relay/allocation_id.hpp"

#include <fmt/format.h>

#include <charconv>
#include <system_error>

namespace turnpike::relay {
namespace {

constexpr std::size_t kDigits = 16;

}  // namespace

std::string to_text(AllocationId id) { return fmt::format("{:016x}", id); }

std::optional<AllocationId> parse_allocation_id(std::string_view text) {
  AllocationId id = 0;
  const char* const end = text.data() + text.size();
  const auto [parsed_to, error] = std::from_chars(text.data(), end, id, 16);
  if (text.size() != kDigits || error != std::errc() || parsed_to != end) return std::nullopt;
  return id;
}

}  // namespace turnpike::relay
