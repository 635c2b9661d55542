#include "turnpike/config/names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <iterator>
#include <vector>

#include "turnpike/config/value.hpp"

namespace turnpike::config {
namespace {

constexpr std::size_t kNameMax = 253;  // RFC 1035 2.3.4
constexpr std::string_view kMayWait[] = {"peers.allow", "relay.external", "tls.passthrough", "http.upstream"};

// Any address, for a look at what surrounds a name.
const Host kSomewhere{{IpAddress::v4(192, 0, 2, 1)}, ""};  // RFC 5737

bool is_name(std::string_view text) {
  const auto is_of_name = [](unsigned char byte) {
    return std::isalnum(byte) != 0 || byte == '-' || byte == '.' || byte == '_';
  };
  if (text.ends_with('.')) text.remove_suffix(1);
  const std::string_view last_label = text.substr(text.rfind('.') + 1);
  return !last_label.empty() && text.size() <= kNameMax && std::ranges::all_of(text, is_of_name) &&
         std::isalpha(static_cast<unsigned char>(last_label.front())) != 0;
}

// "auto", where a map may stand.
bool is_a_word(Names form, const YAML::Node& node) {
  return form == Names::pairs && node.IsScalar() && node.Scalar() == "auto";
}

// What a node may hold in places of addresses.
void for_each_text(Names form, const YAML::Node& node, const std::function<void(const std::string&)>& use) {
  const auto use_scalar = [&](const YAML::Node& scalar) {
    if (scalar.IsScalar()) use(scalar.Scalar());
  };
  if (form == Names::none || is_a_word(form, node)) return;
  use_scalar(node);
  if (node.IsSequence()) std::ranges::for_each(node, use_scalar);
  if ((form != Names::pairs && form != Names::targets) || !node.IsMap()) return;
  for (const auto& pair : node) {
    if (form == Names::pairs) use_scalar(pair.first);
    use_scalar(pair.second);
  }
}

std::vector<std::string> names_in(Names form, const YAML::Node& node) {
  std::vector<std::string> names;
  for_each_text(form, node, [&](const std::string& text) {
    if (const auto name = name_in(text)) names.emplace_back(*name);
  });
  return names;
}

using AddressesOf = std::function<std::vector<IpAddress>(std::string_view name)>;

// The text itself where it holds no name, else what it is with each address of the name.
std::vector<std::string> expand(const std::string& text, const AddressesOf& addresses_of) {
  const auto name = name_in(text);
  if (!name) return {text};
  const std::string behind = text.substr(name->size());
  std::vector<std::string> texts;
  for (const IpAddress& address : addresses_of(*name)) {
    const bool in_brackets = address.is_v6() && !behind.empty();
    texts.push_back(
        fmt::format("{}{}{}{}", in_brackets ? "[" : "", address.to_string(), in_brackets ? "]" : "", behind));
  }
  return texts;
}

YAML::Node expand_list(const YAML::Node& node, const AddressesOf& addresses_of) {
  YAML::Node list(YAML::NodeType::Sequence);
  const auto add = [&](const YAML::Node& item) {
    if (!item.IsScalar()) return list.push_back(item);
    for (const std::string& text : expand(item.Scalar(), addresses_of)) list.push_back(text);
  };
  if (node.IsSequence()) {
    std::ranges::for_each(node, add);
  } else {
    add(node);
  }
  return list;
}

bool is_v6(const std::string& address) { return address.find(':') != address.npos; }

// Each local address with the first public one of its family, where names leave a choice.
YAML::Node expand_pairs(const YAML::Node& node, const AddressesOf& addresses_of) {
  YAML::Node map(YAML::NodeType::Map);
  for (const auto& pair : node) {
    const std::string inside = pair.first.Scalar(), outside = pair.second.Scalar();
    const auto publics = expand(outside, addresses_of);
    for (const std::string& local : expand(inside, addresses_of)) {
      const bool is_written =
          !publics.empty() && local == inside && publics.front() == outside;  // right or wrong
      const auto fits = [&](const std::string& text) { return is_written || is_v6(text) == is_v6(local); };
      const auto found = std::ranges::find_if(publics, fits);
      if (found != publics.end()) map[local] = *found;
    }
  }
  return map;
}

// The first address; null: there is none. What is no one value is told by whoever reads it.
YAML::Node expand_one(const YAML::Node& node, const AddressesOf& addresses_of) {
  if (!node.IsScalar()) return node;
  const auto texts = expand(node.Scalar(), addresses_of);
  return texts.empty() ? YAML::Node(YAML::NodeType::Null) : YAML::Node(texts.front());
}

// Without those that have no address yet. A name on the left that is there twice stays, to be told.
YAML::Node expand_targets(const YAML::Node& node, const AddressesOf& addresses_of) {
  YAML::Node map(YAML::NodeType::Map);
  for (const auto& pair : node) {
    const YAML::Node target = expand_one(pair.second, addresses_of);
    if (!target.IsNull() || pair.second.IsNull()) map.force_insert(pair.first, target);
  }
  return map;
}

YAML::Node expand(Names form, const YAML::Node& node, const AddressesOf& addresses_of) {
  switch (form) {
    case Names::none: break;
    case Names::many: return expand_list(node, addresses_of);
    case Names::pairs:
      return node.IsMap() ? expand_pairs(node, addresses_of) : expand_list(node, addresses_of);
    case Names::targets:
      return node.IsMap() ? expand_targets(node, addresses_of) : expand_one(node, addresses_of);
    case Names::one: return expand_one(node, addresses_of);
  }
  return node;
}

std::string in_one_line(const YAML::Node& node) {
  YAML::Emitter out;
  out.SetSeqFormat(YAML::Flow);
  out.SetMapFormat(YAML::Flow);
  out << YAML::Clone(node);
  return out.c_str();
}

AddressesOf addresses_in(const Found& found) {
  return [&found](std::string_view name) {
    const auto host = found.hosts.find(name);
    return host == found.hosts.end() ? std::vector<IpAddress>{} : host->second.addresses;
  };
}

std::string without_address(const std::string& name, const std::string& obstacle, bool may_wait) {
  return fmt::format("{} has no address{}: {}", name, may_wait ? " yet, and is asked for again" : "",
                     obstacle);
}

}  // namespace

std::optional<std::string_view> name_in(std::string_view text) {
  const auto colon = text.find(':');
  const std::string_view host = text.substr(0, colon);
  const bool has_more = colon != text.npos && text.find(':', colon + 1) != text.npos;
  return is_name(host) && !has_more ? std::optional(host) : std::nullopt;
}

std::optional<StunServer> StunServer::parse(std::string_view text) {
  if (const auto address = IpAddress::parse(text)) return StunServer{address->to_string()};
  if (const auto endpoint = Endpoint::parse(text))
    return StunServer{endpoint->address.to_string(), endpoint->port};
  const auto name = name_in(text);
  if (!name) return std::nullopt;
  if (name->size() == text.size()) return StunServer{std::string(text)};
  const auto with_address = Endpoint::parse("0.0.0.0" + std::string(text.substr(name->size())));
  if (!with_address) return std::nullopt;
  return StunServer{std::string(*name), with_address->port};
}

void read_value(const Key& key, const YAML::Node& node, const Found& found, Config& config) {
  std::erase_if(config.named, [&](const NamedValue& value) { return value.key == key.name; });
  auto names = names_in(key.names, node);
  if (names.empty()) return key.read(node, config);
  try {
    const auto anywhere = [](std::string_view) { return kSomewhere.addresses; };
    key.read(expand(key.names, node, anywhere), config);
  } catch (const BadValue&) {
    key.read(node, config);  // throws, for there are names, and says what was written
    throw;
  }
  key.read(expand(key.names, node, addresses_in(found)), config);
  config.named.push_back({std::string(key.name), in_one_line(node), std::move(names)});
}

std::set<std::string> names_in(const Config& config) {
  std::set<std::string> names;
  for (const NamedValue& value : config.named) names.insert(value.names.begin(), value.names.end());
  return names;
}

bool has_names(const Config& config, std::string_view key) {
  return std::ranges::find(config.named, key, &NamedValue::key) != config.named.end();
}

// A name that has no address yet leaves no address, either.
bool asks_stun_servers(const Config& config) {
  return config.relay.external_is_found && config.relay.external_by_family.empty() &&
         !has_names(config, "relay.external");
}

Config with_found(Config config, const Found& found) {
  for (const NamedValue& value : std::vector(config.named))
    read_value(*find_key(value.key), YAML::Load(value.yaml), found, config);
  if (config.relay.external_is_found) config.relay.external = found.external;
  return config;
}

Findings judge_found(const Config& config, const Origins& origins, const Found& found) {
  Findings findings;
  for (const NamedValue& value : config.named) {
    const bool may_wait = std::ranges::find(kMayWait, value.key) != std::end(kMayWait);
    for (const std::string& name : value.names) {
      const auto host = found.hosts.find(name);
      if (host == found.hosts.end() || !host->second.addresses.empty()) continue;
      findings.push_back({may_wait ? Severity::warning : Severity::error, value.key,
                          place_of(value.key, origins),
                          without_address(name, host->second.obstacle, may_wait)});
    }
  }
  if (config.relay.external_is_found && !found.external_obstacle.empty())
    findings.push_back(
        {Severity::warning, "relay.external", place_of("relay.external", origins),
         found.external_obstacle + (asks_stun_servers(config) ? "; they are asked again" : "")});
  if (const auto names = names_in(config).size(); names > kNamesMax)
    findings.push_back({Severity::error, "", "",
                        fmt::format("{} names in place of addresses, and {} is the most", names, kNamesMax)});
  return findings;
}

}  // namespace turnpike::config
