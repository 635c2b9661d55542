#include "turnpike/config/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <set>
#include <string_view>

namespace turnpike::config {
namespace {

// The text of a scalar; what nothing was written for is the empty text.
std::string text_of(const YAML::Node& node) {
  if (node.IsNull()) return "";
  if (!node.IsScalar())
    throw BadValue(node, node.IsMap() ? "must be one value, not a map" : "must be one value, not a list");
  return node.Scalar();
}

template <class T>
std::optional<T> parse_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <class T>
void decode_number(const YAML::Node& node, T& out) {
  const std::string text = text_of(node);
  const auto value = parse_number<T>(text);
  if (!value)
    throw BadValue(node,
                   fmt::format("\"{}\" is not a number from 0 to {}", text, std::numeric_limits<T>::max()));
  out = *value;
}

template <class T>
void decode_address(const YAML::Node& node, T& out, std::string_view kind) {
  const std::string text = text_of(node);
  const auto value = T::parse(text);
  if (!value) throw BadValue(node, fmt::format("\"{}\" is not {}", text, kind));
  out = *value;
}

std::optional<turn::PortRange> parse_ports(std::string_view text) {
  const auto dash = text.find('-');
  const auto min = parse_number<std::uint16_t>(text.substr(0, dash));
  const auto max = dash == std::string_view::npos ? min : parse_number<std::uint16_t>(text.substr(dash + 1));
  if (!min || !max || *min == 0 || *min > *max) return std::nullopt;
  return turn::PortRange{*min, *max};
}

// As PeerRule::to_string writes it.
std::optional<turn::PeerRule> parse_rule(std::string_view text) {
  if (const auto prefix = IpPrefix::parse(text)) return turn::PeerRule{*prefix};
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  const auto prefix = IpPrefix::parse(host);
  const auto ports = parse_ports(text.substr(colon + 1));
  if (!prefix || !ports || prefix->address.is_v6() != bracketed) return std::nullopt;
  return turn::PeerRule{*prefix, ports->min, ports->max};
}

template <class E>
struct Word {
  std::string_view text;
  E value;
};

// The first word of a value is the one that is printed.
constexpr Word<turn::CheckExpiry> kCheckExpiry[] = {{"allocate", turn::CheckExpiry::allocate},
                                                    {"always", turn::CheckExpiry::always}};
constexpr Word<Engine> kEngines[] = {
    {"auto", Engine::automatic}, {"kernel", Engine::kernel}, {"sockets", Engine::sockets}};
constexpr Word<std::optional<Family>> kFamilies[] = {
    {"auto", std::nullopt}, {"ipv4", Family::ipv4}, {"ipv6", Family::ipv6}};
constexpr Word<TlsVersion> kTlsVersions[] = {{"1.2", TlsVersion::tls1_2}, {"1.3", TlsVersion::tls1_3}};
constexpr Word<log::Level> kLogLevels[] = {{"debug", log::Level::debug},
                                           {"info", log::Level::info},
                                           {"warning", log::Level::warning},
                                           {"warn", log::Level::warning},
                                           {"error", log::Level::error}};
constexpr Word<log::Format> kLogFormats[] = {{"text", log::Format::text}, {"json", log::Format::json}};

template <class E, std::size_t N>
void decode_word(const YAML::Node& node, E& out, const Word<E> (&words)[N]) {
  const std::string text = text_of(node);
  const auto* found = std::ranges::find(words, text, &Word<E>::text);
  if (found == std::end(words)) {
    std::string choice;
    for (const auto& word : words) choice += fmt::format("{}{}", choice.empty() ? "" : ", ", word.text);
    throw BadValue(node, fmt::format("\"{}\" is not one of {}", text, choice));
  }
  out = found->value;
}

template <class E, std::size_t N>
void encode_word(YAML::Emitter& out, E value, const Word<E> (&words)[N]) {
  out << std::string(std::ranges::find(words, value, &Word<E>::value)->text);
}

}  // namespace

bool is_off(const YAML::Node& node) { return node.IsNull() || (node.IsScalar() && node.Scalar().empty()); }

void decode_pairs(const YAML::Node& node, const Pair& add) {
  if (is_off(node)) return;
  if (!node.IsMap()) throw BadValue(node, "must be a map");
  std::set<std::string> seen;
  for (const auto& pair : node) {
    const std::string name = text_of(pair.first);
    if (!seen.insert(name).second) throw BadValue(pair.first, fmt::format("\"{}\" is there twice", name));
    add(pair.first, pair.second);
  }
}

void decode(const YAML::Node& node, std::string& out) { out = text_of(node); }

void decode(const YAML::Node& node, bool& out) {
  const std::string text = text_of(node);
  if (text != "true" && text != "false" && !text.empty())
    throw BadValue(node, fmt::format("\"{}\" is not true or false", text));
  out = text == "true";
}

void decode(const YAML::Node& node, std::uint32_t& out) { decode_number(node, out); }
void decode(const YAML::Node& node, std::uint64_t& out) { decode_number(node, out); }

void decode(const YAML::Node& node, double& out) {
  const std::string text = text_of(node);
  const auto value = parse_number<double>(text);
  if (!value || !std::isfinite(*value))
    throw BadValue(node, fmt::format("\"{}\" is not a number, such as 0.8", text));
  out = *value;
}

void decode_workers(const YAML::Node& node, std::uint32_t& out) {
  const std::string text = text_of(node);
  const auto count = text == "auto" ? 0 : parse_number<std::uint32_t>(text).value_or(0);
  if ((count == 0 && text != "auto") || count > kWorkersMax) {
    throw BadValue(node, fmt::format("\"{}\" is not auto or a number from 1 to {}", text, kWorkersMax));
  }
  out = count;
}

void decode(const YAML::Node& node, IpAddress& out) { decode_address(node, out, "an IP address"); }
void decode(const YAML::Node& node, IpPrefix& out) {
  decode_address(node, out, "a CIDR prefix, such as 10.0.0.0/8 or 2001:db8::/32");
}

void decode(const YAML::Node& node, Endpoint& out) {
  decode_address(node, out, "an address and port, such as 0.0.0.0:3478 or [::]:3478");
  if (out.port == 0) throw BadValue(node, fmt::format("\"{}\" has no port: 0 is not one", out.to_string()));
}

void decode(const YAML::Node& node, std::optional<Endpoint>& out) {
  out.reset();
  if (!is_off(node)) decode(node, out.emplace());
}

void decode(const YAML::Node& node, turn::PortRange& out) {
  const std::string text = text_of(node);
  const auto ports = parse_ports(text);
  if (!ports) throw BadValue(node, fmt::format("\"{}\" is not a port or a range of ports", text));
  out = *ports;
}

void decode(const YAML::Node& node, turn::PeerRule& out) {
  const std::string text = text_of(node);
  const auto rule = parse_rule(text);
  if (!rule) {
    throw BadValue(node, fmt::format("\"{}\" is not a CIDR prefix with or without ports, such as "
                                     "10.0.0.0/8:443 or [2001:db8::/32]:443",
                                     text));
  }
  out = *rule;
}

void decode(const YAML::Node& node, turn::CheckExpiry& out) { decode_word(node, out, kCheckExpiry); }
void decode(const YAML::Node& node, Engine& out) { decode_word(node, out, kEngines); }
void decode(const YAML::Node& node, std::optional<Family>& out) { decode_word(node, out, kFamilies); }
void decode(const YAML::Node& node, TlsVersion& out) { decode_word(node, out, kTlsVersions); }
void decode(const YAML::Node& node, log::Level& out) { decode_word(node, out, kLogLevels); }
void decode(const YAML::Node& node, log::Format& out) { decode_word(node, out, kLogFormats); }

void decode(const YAML::Node& node, auth::Secrets& out) {
  out.clear();
  decode_pairs(node,
               [&](const YAML::Node& name, const YAML::Node& secret) { decode(secret, out[text_of(name)]); });
}

void decode(const YAML::Node& node, AddressMap::Pairs& out) {
  out.clear();
  decode_pairs(node, [&](const YAML::Node& local, const YAML::Node& external) {
    IpAddress inside, outside;
    decode(local, inside);
    decode(external, outside);
    out.emplace_back(inside, ExternalAddress(outside));
  });
}

void decode(const YAML::Node& node, RegionsByPrefix& out) {
  out.clear();
  decode_pairs(node, [&](const YAML::Node& prefix, const YAML::Node& region) {
    auto& [key, value] = out.emplace_back();
    decode(prefix, key);
    decode(region, value);
  });
}

void encode(YAML::Emitter& out, const std::string& value) { out << value; }
void encode(YAML::Emitter& out, bool value) { out << value; }
void encode(YAML::Emitter& out, std::uint32_t value) { out << value; }
void encode(YAML::Emitter& out, std::uint64_t value) { out << value; }
void encode(YAML::Emitter& out, double value) { out << fmt::format("{}", value); }
void encode_workers(YAML::Emitter& out, std::uint32_t value) {
  out << (value == 0 ? "auto" : std::to_string(value));
}
void encode(YAML::Emitter& out, const IpAddress& value) { out << value.to_string(); }
void encode(YAML::Emitter& out, const IpPrefix& value) { out << value.to_string(); }
void encode(YAML::Emitter& out, const Endpoint& value) { out << value.to_string(); }
void encode(YAML::Emitter& out, const std::optional<Endpoint>& value) {
  out << (value ? value->to_string() : "");
}
void encode(YAML::Emitter& out, const turn::PortRange& value) {
  out << (value.min == value.max ? fmt::format("{}", value.min) : fmt::format("{}-{}", value.min, value.max));
}

void encode(YAML::Emitter& out, const turn::PeerRule& value) { out << value.to_string(); }

void encode(YAML::Emitter& out, turn::CheckExpiry value) { encode_word(out, value, kCheckExpiry); }
void encode(YAML::Emitter& out, Engine value) { encode_word(out, value, kEngines); }
void encode(YAML::Emitter& out, std::optional<Family> value) { encode_word(out, value, kFamilies); }
void encode(YAML::Emitter& out, TlsVersion value) { encode_word(out, value, kTlsVersions); }
void encode(YAML::Emitter& out, log::Level value) { encode_word(out, value, kLogLevels); }
void encode(YAML::Emitter& out, log::Format value) { encode_word(out, value, kLogFormats); }

void encode(YAML::Emitter& out, const auth::Secrets& value) {
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [name, secret] : value) out << YAML::Key << name << YAML::Value << secret;
  out << YAML::EndMap;
}

void encode(YAML::Emitter& out, const AddressMap::Pairs& value) {
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [local, external] : value)
    out << YAML::Key << local.to_string() << YAML::Value << external.plain().to_string();
  out << YAML::EndMap;
}

void encode(YAML::Emitter& out, const RegionsByPrefix& value) {
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [prefix, region] : value) out << YAML::Key << prefix.to_string() << YAML::Value << region;
  out << YAML::EndMap;
}

}  // namespace turnpike::config
