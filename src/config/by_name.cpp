#include "turnpike/config/by_name.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "turnpike/config/value.hpp"
#include "turnpike/net/dns_name.hpp"

namespace turnpike::config {
namespace {

std::string text_of(const YAML::Node& node) {
  std::string text;
  decode(node, text);
  return text;
}

std::string pattern_in(const YAML::Node& node) {
  const std::string text = text_of(node);
  auto pattern = net::name_pattern_in(text);
  if (!pattern)
    throw BadValue(node,
                   fmt::format("\"{}\" is not a DNS name, such as www.example.org or *.example.org", text));
  return std::move(*pattern);
}

// The place for the value of a name.
template <class Value>
Value& add_name(const YAML::Node& node, std::map<std::string, Value>& out) {
  const auto [place, is_new] = out.try_emplace(pattern_in(node));
  if (!is_new) throw BadValue(node, fmt::format("\"{}\" is there twice", place->first));
  return place->second;
}

CertificateFiles files_in(const YAML::Node& node, const std::string& name) {
  if (!node.IsMap()) throw BadValue(node, fmt::format("{}: has to have a certificate and a key", name));
  CertificateFiles files;
  decode_pairs(node, [&](const YAML::Node& key, const YAML::Node& path) {
    const std::string word = text_of(key);
    if (word != "certificate" && word != "key")
      throw BadValue(key, fmt::format("{}: \"{}\" is neither certificate nor key", name, word));
    decode(path, word == "key" ? files.key : files.certificate);
  });
  if (files.certificate.empty()) throw BadValue(node, fmt::format("{}: needs certificate", name));
  if (files.key.empty()) throw BadValue(node, fmt::format("{}: needs key", name));
  return files;
}

// RFC 3986 3.3, without escapes: those would have to be compared by what they stand for.
bool is_of_path(char c) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@/";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         kOthers.find(c) != kOthers.npos;
}

// Whole segments, none of which is empty or leads elsewhere.
bool is_prefix(std::string_view path) {
  if (!std::ranges::all_of(path, is_of_path)) return false;
  const std::string segments = std::string(path) + "/";
  return std::ranges::all_of(std::initializer_list<std::string_view>{"//", "/./", "/../"},
                             [&](auto wrong) { return segments.find(wrong) == segments.npos; });
}

std::optional<HttpUpstream> upstream_of(std::string_view text) {
  const std::size_t slash = std::min(text.find('/'), text.size());
  auto host = net::host_name_in(text.substr(0, slash));
  std::string_view prefix = text.substr(slash);
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!host || !is_prefix(prefix)) return std::nullopt;
  return HttpUpstream{std::move(*host), std::string(prefix), {}};
}

void add_place(const YAML::Node& node, std::vector<HttpUpstream>& out) {
  const std::string text = text_of(node);
  auto upstream = upstream_of(text);
  if (!upstream)
    throw BadValue(node, fmt::format("\"{}\" is not a host with or without a path, such as "
                                     "livekit.example.org or www.example.org/rtc",
                                     text));
  const bool is_there = std::ranges::any_of(out, [&](const HttpUpstream& each) {
    return each.host == upstream->host && each.prefix == upstream->prefix;
  });
  if (is_there) throw BadValue(node, fmt::format("\"{}\" is there twice", text));
  out.push_back(std::move(*upstream));
}

}  // namespace

void decode(const YAML::Node& node, CertificatesByName& out) {
  out.clear();
  decode_pairs(node, [&](const YAML::Node& name, const YAML::Node& files) {
    CertificateFiles& place = add_name(name, out);
    place = files_in(files, text_of(name));
  });
}

void encode(YAML::Emitter& out, const CertificatesByName& value) {
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [name, files] : value) {
    out << YAML::Key << name << YAML::Value << YAML::Flow << YAML::BeginMap;
    out << YAML::Key << "certificate" << YAML::Value << files.certificate;
    out << YAML::Key << "key" << YAML::Value << files.key << YAML::EndMap;
  }
  out << YAML::EndMap;
}

// All names come first: a fault among them is told as such also where servers are given by names of hosts,
// which are no addresses.
void decode(const YAML::Node& node, ServersByName& out) {
  out.clear();
  decode_pairs(node, [&](const YAML::Node& name, const YAML::Node&) { add_name(name, out); });
  decode_pairs(node, [&](const YAML::Node& name, const YAML::Node& server) {
    decode(server, out.at(pattern_in(name)));
  });
}

void encode(YAML::Emitter& out, const ServersByName& value) {
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [name, server] : value) out << YAML::Key << name << YAML::Value << server.to_string();
  out << YAML::EndMap;
}

void decode(const YAML::Node& node, std::vector<HttpUpstream>& out) {
  out.clear();
  if (is_off(node)) return;
  if (!node.IsMap()) return decode(node, out.emplace_back().server);
  decode_pairs(node, [&](const YAML::Node& place, const YAML::Node&) { add_place(place, out); });
  auto next = out.begin();
  decode_pairs(node, [&](const YAML::Node&, const YAML::Node& server) { decode(server, (next++)->server); });
}

void encode(YAML::Emitter& out, const std::vector<HttpUpstream>& value) {
  if (value.empty()) {
    out << "";
  } else if (value.front().host.empty()) {
    out << value.front().server.to_string();
  } else {
    out << YAML::Flow << YAML::BeginMap;
    for (const HttpUpstream& each : value)
      out << YAML::Key << each.host + each.prefix << YAML::Value << each.server.to_string();
    out << YAML::EndMap;
  }
}

std::optional<Endpoint> server_for(const TlsConfig& tls, const std::string& name) {
  if (tls.names.contains(name)) return std::nullopt;
  auto found = tls.passthrough.find(name);
  if (found == tls.passthrough.end()) {
    if (const auto wildcard = net::wildcard_of(name)) found = tls.passthrough.find(*wildcard);
  }
  return found == tls.passthrough.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace turnpike::config
