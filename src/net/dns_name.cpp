#include "turnpike/net/dns_name.hpp"

#include <algorithm>
#include <ranges>

namespace turnpike::net {
namespace {

constexpr std::size_t kNameMax = 253;
constexpr std::size_t kLabelMax = 63;
constexpr std::string_view kWildcard = "*.";

// Of ASCII alone: what a locale says of bytes is not asked.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_of_label(char c) { return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '-'; }

bool is_label(std::string_view text) {
  return !text.empty() && text.size() <= kLabelMax && std::ranges::all_of(text, is_of_label) &&
         text.front() != '-' && text.back() != '-';
}

bool is_host_name(std::string_view text) {
  if (text.size() > kNameMax) return false;
  std::string_view last;
  for (const auto part : text | std::views::split('.')) {
    last = std::string_view(part.begin(), part.end());
    if (!is_label(last)) return false;
  }
  return !std::ranges::all_of(last, is_digit);  // an IPv4 address has such a label, no domain has
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return lower(c); });
  return result;
}

}  // namespace

std::optional<std::string> host_name_in(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  return is_host_name(text) ? std::optional(lower(text)) : std::nullopt;
}

std::optional<std::string> name_pattern_in(std::string_view text) {
  if (!text.starts_with(kWildcard)) return host_name_in(text);
  const auto domain = host_name_in(text.substr(kWildcard.size()));
  if (!domain || domain->size() + kWildcard.size() > kNameMax) return std::nullopt;
  return std::string(kWildcard) + *domain;
}

std::optional<std::string> wildcard_of(std::string_view name) {
  const std::size_t dot = name.find('.');
  if (dot == name.npos) return std::nullopt;
  return "*" + std::string(name.substr(dot));
}

}  // namespace turnpike::net
