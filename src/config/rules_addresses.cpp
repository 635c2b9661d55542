// Listeners, relays and the control address: what no host can have, and what two of them cannot have both.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

#include "turnpike/config/names.hpp"
#include "turnpike/config/rules.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::config {
namespace {

constexpr std::uint16_t kRelayPortMin = 1024;  // no relay has a well-known port: RFC 8656 21.2.3

template <class T>
std::string find_twice(const std::vector<T>& values) {
  std::set<T> seen;
  for (const T& value : values) {
    if (!seen.insert(value).second) return fmt::format("{} is there twice", value.to_string());
  }
  return "";
}

std::string check_tcp_and_tls(const Config& c) {
  auto both = c.listen.tcp;
  both.insert(both.end(), c.listen.tls.begin(), c.listen.tls.end());
  if (!find_twice(c.listen.tls).empty()) return find_twice(c.listen.tls);
  const std::string shared = find_twice(both);
  return shared.empty() ? "" : shared + ", for listen.tcp has it";
}

std::string check_certificate(const Config& c) {
  return !c.tls.certificate.empty() && c.tls.key.empty() ? "needs tls.key" : "";
}

std::string check_key(const Config& c) {
  return !c.tls.key.empty() && c.tls.certificate.empty() ? "needs tls.certificate" : "";
}

std::string check_tls_files(const Config& c) {
  const bool has_none = c.tls.certificate.empty() && c.tls.key.empty();
  return !c.listen.tls.empty() && has_none ? "needs tls.certificate and tls.key" : "";
}

// Cannot both listen to streams: [::] takes IPv4, too, where no wildcard of it has the port.
bool overlap(const Endpoint& a, const Endpoint& b) {
  const auto takes = [](const IpAddress& all, const IpAddress& other) {
    return net::is_wildcard(all) && (all.is_v6() || other.is_v4());
  };
  return a.port == b.port &&
         (a.address == b.address || takes(a.address, b.address) || takes(b.address, a.address));
}

// Neither a relay nor what the public sees of it.
std::string not_a_host(const IpAddress& address) {
  for (const char* prefix : {"0.0.0.0/32", "::/128", "224.0.0.0/4", "ff00::/8"}) {
    if (IpPrefix::parse(prefix)->contains(address))
      return fmt::format("{} is not the address of a host", address.to_string());
  }
  return "";
}

std::string check_relay_addresses(const Config& c) {
  for (const IpAddress& address : c.relay.addresses) {
    if (auto wrong = not_a_host(address); !wrong.empty()) return wrong;
  }
  return find_twice(c.relay.addresses);
}

std::string check_external(const Config& c) {
  std::vector<IpAddress> locals;
  std::vector<IpAddress> publics;
  for (const auto& [local, mapped] : c.relay.external) {
    const IpAddress& external = mapped.plain();
    for (const auto& wrong : {not_a_host(local), not_a_host(external)}) {
      if (!wrong.empty()) return wrong;
    }
    if (local.family() != external.family())
      return fmt::format("{} and {} are of two families", local.to_string(), external.to_string());
    locals.push_back(local);
    publics.push_back(external);
  }
  for (const IpAddress& external : c.relay.external_by_family) {
    if (auto wrong = not_a_host(external); !wrong.empty()) return wrong;
    if (std::ranges::count(c.relay.external_by_family, external.family(), &IpAddress::family) > 1)
      return "has several addresses of a family: say {LOCAL: PUBLIC} for each";
  }
  const bool is_auto = asks_stun_servers(c);
  if (is_auto && c.relay.stun_servers.empty())
    return "auto asks STUN servers: give relay.stun_servers, or rtc.stun_servers in LiveKit's file";
  const std::string twice = find_twice(locals);
  return twice.empty() ? find_twice(publics) : twice;
}

std::string check_stun_servers(const Config& c) {
  for (const std::string& server : c.relay.stun_servers) {
    const auto parsed = StunServer::parse(server);
    if (!parsed || parsed->port == 0)
      return fmt::format("\"{}\" is not HOST or HOST:PORT, such as stun.example.org:3478", server);
  }
  return "";
}

std::string check_relay_ports(const Config& c) {
  return c.relay.ports.min >= kRelayPortMin ? "" : fmt::format("must not be below {}", kRelayPortMin);
}

// Which listener for clients has the port of control.listen.
std::string taken_by(const Config& c) {
  if (!c.control.listen) return "";
  for (const auto& [key, listeners] :
       {std::pair{"listen.tcp", &c.listen.tcp}, {"listen.tls", &c.listen.tls}}) {
    for (const Endpoint& listener : *listeners) {
      if (overlap(listener, *c.control.listen))
        return fmt::format("{} is taken: {} has {}", c.control.listen->to_string(), key,
                           listener.to_string());
    }
  }
  return "";
}

// A default that serves health alone is left out then.
bool may_be_left_out(const Config& c) {
  return c.control.listen == ControlConfig{}.listen && !c.livekit.webhook && c.livekit.ice_urls.empty() &&
         c.control.token_file.empty();
}

// Without a port: the name stands for whichever port a request came by.
std::string check_hosts(const Config& c) {
  for (const std::string& name : c.control.hosts) {
    const auto is_of_name = [](unsigned char byte) {
      return std::isalnum(byte) != 0 || byte == '-' || byte == '.' || byte == '_';
    };
    if (name.empty() || !std::ranges::all_of(name, is_of_name))
      return fmt::format("\"{}\" is no host name", name);
  }
  return "";
}

std::string check_control(const Config& c) { return may_be_left_out(c) ? "" : taken_by(c); }

constexpr Rule kRules[] = {
    {"listen.udp", [](const Config& c) { return find_twice(c.listen.udp); }},
    {"listen.tcp", [](const Config& c) { return find_twice(c.listen.tcp); }},
    {"listen.tls", check_tcp_and_tls, {"listen.tcp"}},
    {"listen.tls", check_tls_files, {"tls.certificate", "tls.key", "livekit.config"}},
    {"tls.certificate", check_certificate, {"tls.key"}},
    {"tls.key", check_key, {"tls.certificate"}},
    {"relay.addresses", check_relay_addresses},
    {"relay.external", check_external, {"relay.stun_servers", "livekit.config"}},
    {"relay.stun_servers", check_stun_servers},
    {"relay.ports", check_relay_ports},
    {"control.listen", check_control, {"listen.tcp", "listen.tls"}},
    {"control.hosts", check_hosts},
};

}  // namespace

std::span<const Rule> address_rules() { return kRules; }

std::string warn_of_control(const Config& config) { return may_be_left_out(config) ? taken_by(config) : ""; }

}  // namespace turnpike::config
