#include "turnpike/livekit/yaml_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "turnpike/yaml/placeholder.hpp"

namespace turnpike::livekit {
namespace {

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(' ') + 1));
  return text;
}

std::string text_of(const YAML::Node& node) {
  if (!node.IsScalar())
    throw BadValue(node, node.IsMap() ? "must be one value, not a map" : "must be one value, not a list");
  return node.Scalar();
}

template <class T>
[[noreturn]] void refuse_number(const YAML::Node& node, std::string_view text) {
  using Limits = std::numeric_limits<T>;
  throw BadValue(node,
                 fmt::format("\"{}\" is not a number from {} to {}", text, Limits::min(), Limits::max()));
}

template <class T>
T parse_number(const YAML::Node& node, std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size()) return value;
  refuse_number<T>(node, text);
}

std::optional<std::int64_t> whole(std::string_view digits, int base) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  const bool is_whole =
      error == std::errc{} && end == digits.data() + digits.size() && !digits.starts_with('-');
  return is_whole ? std::optional(value) : std::nullopt;
}

// What Go's yaml.v3 takes for an integer: 30_000, 0x7530, 0o72460, 072460, 0b11, +1, and 3e4, whose fraction
// it cuts.
std::optional<std::int64_t> go_integer(std::string_view text) {
  constexpr double kMax = 9.2e18;
  std::string plain(text);
  std::erase(plain, '_');
  if (text.starts_with('_')) return std::nullopt;
  const bool is_negative = plain.starts_with('-');
  std::string_view digits = plain;
  if (is_negative || plain.starts_with('+')) digits.remove_prefix(1);
  std::optional<std::int64_t> value;
  for (const auto& [prefix, base] :
       {std::pair{"0x", 16}, {"0X", 16}, {"0o", 8}, {"0O", 8}, {"0b", 2}, {"0B", 2}}) {
    if (digits.starts_with(prefix)) value = whole(digits.substr(2), base);
  }
  if (!value && digits.size() > 1 && digits.starts_with('0')) value = whole(digits, 8);
  if (!value && !(digits.size() > 1 && digits.starts_with('0'))) value = whole(digits, 10);
  if (!value && digits.find_first_not_of("0123456789.eE+-") == std::string_view::npos) {
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error == std::errc{} && end == digits.data() + digits.size() && number >= 0 && number < kMax)
      value = static_cast<std::int64_t>(number);
  }
  return value && is_negative ? -*value : value;
}

template <class T>
void decode_number(const YAML::Node& node, T& out) {
  if (node.IsNull()) return;
  const std::string text = text_of(node);
  const auto value = go_integer(text);
  if (!value || !std::in_range<T>(*value)) refuse_number<T>(node, text);
  out = static_cast<T>(*value);
}

}  // namespace

void decode(const YAML::Node& node, std::string& out) {
  if (!node.IsNull()) out = text_of(node);
}

void decode(const YAML::Node& node, bool& out) {
  if (!node.IsNull() && !YAML::convert<bool>::decode(node, out)) {
    throw BadValue(node, fmt::format("\"{}\" is not true or false", text_of(node)));
  }
}

void decode(const YAML::Node& node, std::int64_t& out) { decode_number(node, out); }
void decode(const YAML::Node& node, std::uint32_t& out) { decode_number(node, out); }
void decode(const YAML::Node& node, std::uint16_t& out) { decode_number(node, out); }

void decode(const YAML::Node& node, IpPrefix& out) {
  const std::string text = text_of(node);
  const auto prefix = IpPrefix::parse(text);
  if (!prefix) throw BadValue(node, fmt::format("\"{}\" is not a CIDR prefix, such as 10.0.0.0/8", text));
  out = *prefix;
}

void decode(const YAML::Node& node, Transport& out) {
  const std::string text = node.IsNull() ? "" : text_of(node);
  out = text == "tls" ? Transport::tls : text == "udp" ? Transport::udp : Transport::tcp;
}

void decode(const YAML::Node& node, std::optional<turn::PortRange>& out) {
  const std::string text = node.IsNull() ? "" : text_of(node);
  const auto dash = text.find('-');
  out.reset();
  if (text.empty()) return;
  const auto min = parse_number<std::uint16_t>(node, trimmed(std::string_view(text).substr(0, dash)));
  const auto max = dash == std::string::npos
                       ? min
                       : parse_number<std::uint16_t>(node, trimmed(std::string_view(text).substr(dash + 1)));
  if (max < min || (min == 0 && max != 0))
    throw BadValue(node, fmt::format("\"{}\" is not a port or a range of ports", text));
  if (min != 0) out = turn::PortRange{min, max};
}

void decode_all(const YAML::Node& node, auth::Secrets& out, Problems& problems) {
  if (node.IsNull()) return;
  if (!node.IsMap()) {
    problems.emplace_back(node, "must be a map of API keys and their secrets");
    return;
  }
  out.clear();
  for (const auto& pair : node) {
    try {
      yaml::refuse_placeholders(pair.first);
      yaml::refuse_placeholders(pair.second);
      const std::string api_key = text_of(pair.first);
      if (!out.emplace(api_key, text_of(pair.second)).second)
        throw BadValue(pair.first, fmt::format("\"{}\" is there twice", api_key));
    } catch (const BadValue& bad) {
      problems.push_back(bad);
    }
  }
}

void decode_node_ip(const YAML::Node& node, std::vector<IpAddress>& out) {
  const std::string text = node.IsNull() ? "" : text_of(node);
  out.clear();
  std::string_view rest = text;
  for (bool more = !text.empty(); more;) {
    const auto comma = rest.find(',');
    const auto address = IpAddress::parse(trimmed(rest.substr(0, comma)));
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
    const auto same_family = [&](const IpAddress& other) { return other.family() == address->family(); };
    if (!address || std::ranges::any_of(out, same_family)) {
      throw BadValue(
          node,
          fmt::format("\"{}\" is not an IPv4 address, an IPv6 address, or one of each with a comma between",
                      text));
    }
    out.push_back(*address);
  }
}

}  // namespace turnpike::livekit
