// Values of LiveKit's configuration file: YAML nodes into types, as LiveKit reads them.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "turnpike/auth/access_token.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/turn/port_pool.hpp"

namespace turnpike::livekit {

// One line: file, line, key, and what is wrong; control characters are escaped.
class ServerConfigError : public std::runtime_error {
 public:
  explicit ServerConfigError(const std::string& text);
};

// What is wrong with a value, without the name of its key.
class BadValue : public std::runtime_error {
 public:
  BadValue(const YAML::Node& node, const std::string& what) : std::runtime_error(what), line_(node.Mark().line + 1) {}
  int line() const { return line_; }  // counted from 1

 private:
  int line_;
};

// The whole file. Throws ServerConfigError "`named_at`: `path`: why"; what named the file may be empty.
std::string read_text_file(const std::string& path, const std::string& named_at);
// The one YAML document that the text is; null if the text is empty. Throws ServerConfigError "`path`:line: why".
YAML::Node parse_document(const std::string& text, const std::string& path);

// decode() leaves `out` as it is where nothing was written for it, and throws BadValue, without the text of secrets.
void decode(const YAML::Node& node, std::string& out);
void decode(const YAML::Node& node, bool& out);
void decode(const YAML::Node& node, std::int64_t& out);
void decode(const YAML::Node& node, std::uint32_t& out);
void decode(const YAML::Node& node, std::uint16_t& out);  // a port; 0 is none
void decode(const YAML::Node& node, IpPrefix& out);
void decode(const YAML::Node& node, Transport& out);                       // tls, udp; anything else is tcp, as for LiveKit
void decode(const YAML::Node& node, std::optional<turn::PortRange>& out);  // "7882" or "7882-7892"; "0" is none
void decode(const YAML::Node& node, auth::ApiSecrets& out);
// "IPv4", "IPv6" or "IPv4,IPv6": at most one of each family.
void decode_node_ip(const YAML::Node& node, std::vector<IpAddress>& out);

template <class T>
void decode(const YAML::Node& node, std::vector<T>& out) {
  if (node.IsNull()) return;
  if (!node.IsSequence()) throw BadValue(node, "must be a list");
  out.clear();
  for (const auto& item : node) decode(item, out.emplace_back());
}

}  // namespace turnpike::livekit
