#include "turnpike/config/coturn.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "turnpike/base/address_range.hpp"
#include "turnpike/config/coturn_options.hpp"

namespace turnpike::config {
namespace {

std::string range_hint(std::string_view value) {
  constexpr std::size_t kPrefixesMax = 8;
  if (value.find('-') == value.npos) return "";
  const auto range = AddressRange::parse(value);
  if (!range) return "";
  std::vector<std::string> prefixes;
  for (const IpPrefix& prefix : prefixes_of(*range)) prefixes.push_back(prefix.to_string());
  if (prefixes.size() > kPrefixesMax)
    return "; a range of addresses, as coturn takes it, has to be written as prefixes";
  return fmt::format("; coturn's range is here {}", fmt::join(prefixes, ", "));
}

std::string external_hint(std::string_view value) {
  const auto slash = value.find('/');
  const auto external = IpAddress::parse(value.substr(0, slash));
  if (!external) return "";
  const auto local = slash == value.npos ? std::nullopt : IpAddress::parse(value.substr(slash + 1));
  return fmt::format("; write {{{}: {}}}, the local address first", local ? local->to_string() : "LOCAL",
                     external->to_string());
}

}  // namespace

std::string coturn_hint(std::string_view name) {
  const CoturnOption* const option = find_coturn_option(name);
  if (option == nullptr) return "";
  const bool is_absent = option->here.starts_with("not ");
  return fmt::format("coturn's option, which {}{}", is_absent ? "is " : "here is ", option->here);
}

bool is_coturn_file(std::string_view text) {
  const auto lines = coturn_lines(text);
  const auto is_known = [](const CoturnLine& line) {
    return !line.has_yaml && find_coturn_option(line.option) != nullptr;
  };
  return !lines.empty() && std::ranges::any_of(lines, is_known) &&
         std::ranges::none_of(lines, &CoturnLine::has_yaml);
}

Findings explain_coturn_file(std::string_view text, const std::string& path) {
  Findings findings{{Severity::error, "", path,
                     "is coturn's file; here it is YAML, as in conf/turnpike.yaml, and has other keys"}};
  for (const CoturnLine& line : coturn_lines(text)) {
    const std::string hint = coturn_hint(line.option);
    findings.push_back({Severity::error, "", fmt::format("{}:{}: {}", path, line.number, line.option),
                        hint.empty() ? "not known here" : hint});
  }
  return findings;
}

std::string coturn_value_hint(std::string_view key, std::string_view value) {
  if (key == "peers.allow" || key == "peers.deny" || key == "listen.proxy_protocol") return range_hint(value);
  if (key == "relay.external") return external_hint(value);
  if ((key == "credentials.users" || key == "credentials.user_keys") && value.find(':') != value.npos)
    return "; coturn's name:password is here {name: password}";
  if (key.starts_with("listen.") && !value.empty() &&
      std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; }))
    return fmt::format("; a port alone is [\"0.0.0.0:{0}\", \"[::]:{0}\"]", value);
  return "";
}

bool is_hashed_password(std::string_view password) {
  constexpr std::size_t kDigits = 32;
  return password.size() == kDigits + 2 && (password.starts_with("0x") || password.starts_with("0X")) &&
         std::ranges::all_of(password.substr(2), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace turnpike::config
