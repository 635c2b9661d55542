#include "turnpike/coturn/import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <istream>
#include <system_error>
#include <vector>

#include "turnpike/config/load.hpp"
#include "turnpike/coturn/document.hpp"
#include "turnpike/coturn/settings.hpp"
#include "turnpike/turn/peer_policy.hpp"

namespace turnpike::coturn {
namespace {

using config::Finding;
using config::Severity;

constexpr std::uint32_t kRelayPortMin = 1024;
constexpr std::uint32_t kFirstPortOfCoturn = 49152;
constexpr std::uint32_t kLastPortOfCoturn = 65535;
constexpr std::size_t kPrefixesMax = 4096;

template <class List>
std::vector<std::string> quoted_texts(const List& list) {
  std::vector<std::string> texts;
  for (const auto& each : list) texts.push_back(in_quotes(each.to_string()));
  return texts;
}

std::vector<std::string> quoted_prefixes(const std::vector<AddressRange>& ranges) {
  std::vector<std::string> texts;
  for (const AddressRange& range : ranges) {
    for (const IpPrefix& prefix : prefixes_of(range)) texts.push_back(in_quotes(prefix.to_string()));
    if (texts.size() > kPrefixesMax) return texts;
  }
  return texts;
}

// The listeners of a transport: each once, in the order in which they are given.
std::vector<Endpoint> listeners_at(const Settings& settings, std::uint16_t port, bool with_more) {
  std::vector<Endpoint> listeners;
  const auto add = [&](const Endpoint& listener) {
    if (std::ranges::find(listeners, listener) == listeners.end()) listeners.push_back(listener);
  };
  for (const IpAddress& address : settings.listeners) add({address, port});
  if (settings.listeners.empty()) listeners = config::all_addresses(port);
  if (with_more) std::ranges::for_each(settings.more_listeners, add);
  return listeners;
}

void add_listeners(const Settings& settings, Document& document) {
  const bool has_tls = settings.has_tls && !settings.certificate.empty() && !settings.key.empty();
  const bool has_tls_alone = has_tls && settings.tls_port == settings.port && settings.has_tcp;
  const auto plain = quoted_texts(listeners_at(settings, settings.port, true));
  document.set_list("listen.udp", settings.has_udp ? plain : std::vector<std::string>{});
  document.set_list("listen.tcp", settings.has_tcp && !has_tls_alone ? plain : std::vector<std::string>{});
  if (!has_tls) return;
  document.set_list("listen.tls", quoted_texts(listeners_at(settings, settings.tls_port, has_tls_alone)));
  document.comment("listen.tls",
                   has_tls_alone ? "coturn takes TCP with and without TLS on one port; here it is TLS."
                                 : "coturn takes TLS on the port of TCP as well; here it is this one alone.");
  document.set("tls.certificate", in_quotes(settings.certificate));
  document.set("tls.key", in_quotes(settings.key));
  if (settings.is_tls1_3_alone) document.set("tls.min_version", in_quotes("1.3"));
}

// Which local address an external one stands for, where the file does not say it: nothing, unless there is
// one of that family.
std::optional<IpAddress> local_of(const Settings& settings, const IpAddress& external) {
  std::vector<IpAddress> locals;
  const auto& given = settings.relays.empty() ? settings.listeners : settings.relays;
  const IpAddress wildcards[] = {IpAddress::v4(0, 0, 0, 0), *IpAddress::parse("::")};
  std::ranges::copy_if(given, std::back_inserter(locals), [&](const IpAddress& local) {
    return local.family() == external.family() && std::ranges::find(wildcards, local) == std::end(wildcards);
  });
  return locals.size() == 1 ? std::optional(locals.front()) : std::nullopt;
}

// Without the local ones coturn's meaning is that of all relays.
void add_external(const Settings& settings, Document& document) {
  std::vector<std::pair<std::string, std::string>> pairs;
  std::vector<std::string> publics;
  for (const External& external : settings.external) {
    const auto local = external.local ? external.local : local_of(settings, external.address);
    const std::string address = in_quotes(external.address.to_string());
    if (!local) {
      publics.push_back(address);
    } else if (*local != external.address) {
      pairs.emplace_back(in_quotes(local->to_string()), address);
    }
  }
  if (!pairs.empty()) document.set_map("relay.external", pairs);
  if (publics.empty()) return;
  if (pairs.empty()) return document.set_list("relay.external", publics);
  document.comment(
      "relay.external",
      fmt::format("external-ip: coturn's file does not say which address of this host is {} outside.",
                  fmt::join(publics, ", ")));
}

void add_relays(const Settings& settings, Document& document) {
  if (!settings.relays.empty()) document.set_list("relay.addresses", quoted_texts(settings.relays));
  add_external(settings, document);
  if (settings.first_port || settings.last_port) {
    const auto first = settings.first_port.value_or(kFirstPortOfCoturn);
    const auto last = settings.last_port.value_or(kLastPortOfCoturn);
    if (first < kRelayPortMin)
      document.comment("relay.ports", fmt::format("min-port is {}; ports below {} are not for relays.", first,
                                                  kRelayPortMin));
    document.set("relay.ports", fmt::format("{}-{}", std::max(first, kRelayPortMin), last));
  }
  if (!settings.default_family.empty()) document.set("relay.default_family", settings.default_family);
}

std::vector<std::pair<std::string, std::string>> quoted_pairs(const NamesAndSecrets& pairs) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const auto& [name, secret] : pairs) texts.emplace_back(in_quotes(name), in_quotes(secret));
  return texts;
}

void add_credentials(const Settings& settings, Document& document) {
  if (!settings.realm.empty()) document.set("realm", in_quotes(settings.realm));
  std::vector<std::string> secrets;
  for (const std::string& secret : settings.secrets) secrets.push_back(in_quotes(secret));
  if (!secrets.empty()) document.set_list("credentials.rest_secrets", secrets);
  if (secrets.empty() && settings.has_secrets_alone)
    document.comment("credentials.rest_secrets",
                     "use-auth-secret: the secrets are in coturn's database; give them here.");
  if (!settings.separator.empty() && settings.separator != ":")
    document.set("credentials.rest_separator", in_quotes(settings.separator));
  if (settings.has_secrets_alone) return;
  if (!settings.users.empty()) document.set_map("credentials.users", quoted_pairs(settings.users));
  if (settings.user_keys.empty()) return;
  document.set_map("credentials.user_keys", quoted_pairs(settings.user_keys));
  if (settings.realm.empty())
    document.comment("credentials.user_keys",
                     "Keys belong to a realm, which the file does not say: give it as `realm`.");
}

// Does coturn let clients reach private networks?
bool has_private_peers(const Settings& settings) {
  std::vector<AddressRange> networks;
  for (const char* network : {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"})
    networks.push_back(*AddressRange::parse(network));
  return !without(networks, settings.denied).empty();
}

// Of what coturn denies, the ranges that are not refused here anyway.
std::vector<AddressRange> worth_denying(const Settings& settings) {
  std::vector<AddressRange> special;
  for (const IpPrefix& prefix : turn::special_prefixes())
    special.push_back(*AddressRange::parse(prefix.to_string()));
  std::vector<AddressRange> ranges;
  std::ranges::copy_if(settings.denied, std::back_inserter(ranges),
                       [&](const AddressRange& range) { return !without({range}, special).empty(); });
  return ranges;
}

// coturn asks first what is allowed, and here it is what is denied: so that is without what is allowed.
void add_peers(const Settings& settings, Document& document) {
  if (!settings.allowed.empty())
    document.set_list("peers.allow", quoted_prefixes(without(settings.allowed, {})));
  const auto worth = worth_denying(settings);
  if (worth.size() < settings.denied.size())
    document.comment(
        "peers.deny",
        "What is refused anyway, as private networks are, is left out of what denied-peer-ip has.");
  const auto denied = without(worth, settings.allowed);
  if (!denied.empty()) document.set_list("peers.deny", quoted_prefixes(denied));
  if (has_private_peers(settings))
    document.comment(
        "peers.allow",
        "coturn lets clients reach private networks that denied-peer-ip does not name. Here nobody "
        "does, but for what is given as, for instance, allow: [\"10.0.0.7:50000-60000\"].");
}

void add_limits(const Settings& settings, Document& document) {
  const auto set = [&](std::string_view key, const auto& value) {
    if (value) document.set(key, fmt::format("{}", *value));
  };
  set("workers", settings.threads);
  set("limits.allocations_per_user", settings.user_quota);
  set("limits.allocations", settings.total_quota);
  set("limits.lifetime_max_s", settings.lifetime_s);
  set("nonce_life_s", settings.nonce_life_s);
  if (settings.bytes_per_second.value_or(0) > 0) {
    document.comment(
        "limits.bytes_per_second_per_user",
        fmt::format("max-bps is {} for each direction of an allocation; here a user has one budget "
                    "for both, of all allocations together.",
                    *settings.bytes_per_second));
    document.set("limits.bytes_per_second_per_user", fmt::format("{}", 2 * *settings.bytes_per_second));
  }
  if (settings.has_old_stun) document.set("compat.rfc3489", "true");
}

std::string_view introduction(std::string_view why) {
  if (why.starts_with("not ")) return "";
  return why.ends_with("which is the default") ? "as it is here: " : "to be given by hand: ";
}

std::string notes_text(const Settings& settings) {
  std::vector<Note> notes = settings.notes;
  if (settings.has_secrets_alone)
    notes.insert(notes.end(), settings.user_notes.begin(), settings.user_notes.end());
  if (!settings.certificate.empty() && !settings.has_tls)
    notes.push_back({0, "cert", "not needed: no-tls is there, too"});
  if (settings.certificate.empty() != settings.key.empty())
    notes.push_back(
        {0, settings.key.empty() ? "cert" : "pkey", "not needed: the other one of the two is missing"});
  std::ranges::stable_sort(notes, {}, &Note::line);
  std::string text;
  for (const Note& note : notes) {
    const std::string line = note.line == 0 ? "" : fmt::format("line {}: ", note.line);
    text += fmt::format("#   {}{}: {}{}\n", line, note.option, introduction(note.why), note.why);
  }
  return text.empty() ? "" : "\n# Options of coturn's file that have no counterpart above, and why:\n" + text;
}

std::string compose(const Settings& settings) {
  Document document;
  add_credentials(settings, document);
  add_listeners(settings, document);
  add_relays(settings, document);
  add_peers(settings, document);
  add_limits(settings, document);
  return "# The configuration of turnpike, made of coturn's by `turnpike import-coturn`; turnpike.yaml(5) "
         "has every key.\n" +
         document.text() + notes_text(settings);
}

// What the values together break: a rule, or a limit of the import itself.
config::Findings judge(const Settings& settings, const std::string& yaml, const std::string& path) {
  if (!is_utf8(yaml)) return {{Severity::error, "", path, "has characters that are no UTF-8 in its values"}};
  for (const auto& ranges :
       {without(settings.allowed, {}), without(worth_denying(settings), settings.allowed)}) {
    if (quoted_prefixes(ranges).size() > kPrefixesMax)
      return {{Severity::error, "", path,
               fmt::format("has ranges of peers that are more than {} prefixes", kPrefixesMax)}};
  }
  config::Findings broken;
  for (const Finding& finding : config::read_text(yaml, path).findings) {
    if (finding.severity == Severity::error)
      broken.push_back(
          {Severity::error, finding.key, fmt::format("{}: as {}", path, finding.key), finding.text});
  }
  return broken;
}

Imported refusal(const std::string& path, std::string reason) {
  return {"", {{Severity::error, "", path, std::move(reason)}}};
}

}  // namespace

Imported import_text(std::string_view text, const std::string& path) {
  if (text.size() > kFileBytesMax)
    return refusal(path, fmt::format("is larger than {} bytes", kFileBytesMax));
  auto [settings, errors] = read_settings(text, path);
  if (!errors.empty()) return {"", std::move(errors)};
  std::string yaml = compose(settings);
  errors = judge(settings, yaml, path);
  if (!errors.empty()) return {"", std::move(errors)};
  return {std::move(yaml), {}};
}

Imported import_file(const std::string& path) {
  std::ifstream file;
  const bool is_standard_input = path == "-";
  if (!is_standard_input) {
    if (std::error_code error; std::filesystem::is_directory(path, error))
      return refusal(path, "is a folder");
    file.open(path, std::ios::binary);
    if (!file) return refusal(path, std::generic_category().message(errno));
  }
  std::istream& input = is_standard_input ? std::cin : file;
  std::string text(kFileBytesMax + 1, '\0');
  input.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (input.bad()) return refusal(path, "cannot be read");
  text.resize(static_cast<std::size_t>(input.gcount()));
  return import_text(text, is_standard_input ? "standard input" : path);
}

}  // namespace turnpike::coturn
