#include "turnpike/app/probe_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <tuple>
#include <utility>

#include "turnpike/app/mint_command.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/tls_files.hpp"

namespace turnpike::app {
namespace {

constexpr std::string_view kPasswordVariable = "TURNPIKE_PROBE_PASSWORD";
constexpr std::string_view kParticipant = "PA_probe";
constexpr std::int64_t kTtl_s = 300;

// What makes a probe impossible; it asks for nothing else that a server needs.
void throw_what_matters(const config::Loaded& loaded) {
  config::Findings findings = loaded.findings;
  std::erase_if(findings, [&](const config::Finding& finding) {
    return !finding.key.empty() && !loaded.failed.contains(finding.key) &&
           !finding.key.starts_with("credentials.");
  });
  config::throw_first_error(findings);
}

void add_credential(probe::Options& options, const config::Config& config, UnixSeconds now_unix_s) {
  const auto minted = credential_for(
      config,
      {.participant = std::string(kParticipant), .ttl_s = kTtl_s, .urls = {}, .format = "", .api_key = ""},
      now_unix_s);
  const auto& users = config.credentials.users;
  if (minted.credential) {
    options.username = minted.credential->username;
    options.password = minted.credential->password;
  } else if (!users.empty()) {
    std::tie(options.username, options.password) = *users.begin();
  } else {
    throw config::ConfigError(
        "credentials: none to probe with: users, rest_secrets or livekit_keys; or give --username");
  }
}

// "turns:HOST:PORT?transport=tcp" -> "HOST", the name that clients know.
std::string name_for_clients(const config::Config& config) {
  for (const std::string& text : config.livekit.ice_urls) {
    const auto uri = client::ServerUri::parse(text);
    if (uri && uri->is_secure() && !uri->address()) return uri->host;
  }
  return "";
}

// Which the certificate of the TLS listeners is to prove. Empty: there is none.
std::string name_of_certificate(const config::Config& config, UnixSeconds now_unix_s) {
  if (auto name = name_for_clients(config); !name.empty()) return name;
  const auto report = net::examine({config.tls.certificate, config.tls.key, "1.2"}, now_unix_s);
  for (const std::string& name : report.names) {
    if (!name.starts_with("*.") && !IpAddress::parse(name)) return name;
  }
  for (const std::string& name : report.names) {
    if (name.starts_with("*.")) return "turn" + name.substr(1);
  }
  return "";
}

// An address of this host that reaches the listener. None: the host lacks the family.
std::optional<IpAddress> address_of(const Endpoint& listener, const std::vector<IpAddress>& relays) {
  if (!net::is_wildcard(listener.address)) return listener.address;
  const auto relay = std::ranges::find(relays, listener.family(), &IpAddress::family);
  if (relay != relays.end()) return *relay;
  const IpAddress loopback = *IpAddress::parse(listener.address.is_v6() ? "::1" : "127.0.0.1");
  return net::can_bind(loopback) ? std::optional(loopback) : std::nullopt;
}

class Plan {
 public:
  Plan(const config::Config& config, const std::vector<IpAddress>& relays, probe::Options& options)
      : config_(config), relays_(relays), options_(options) {}

  void add_listeners(UnixSeconds now_unix_s) {
    using client::ServerUri;
    for (const Endpoint& listener : config_.listen.udp) add(listener, Transport::udp, "");
    for (const Endpoint& listener : config_.listen.tcp) add(listener, Transport::tcp, "");
    if (config_.listen.tls.empty()) return;
    const std::string name = name_of_certificate(config_, now_unix_s);
    for (const Endpoint& listener : config_.listen.tls) add(listener, Transport::tls, name);
  }

 private:
  // `name`: the URI's host; empty: the address itself.
  void add(const Endpoint& listener, Transport transport, const std::string& name) {
    const auto leave_out = [&](std::string_view why) {
      options_.untested.push_back(
          fmt::format("{} {}: {}", is_stream(transport) ? "TCP" : "UDP", listener.to_string(), why));
    };
    const auto address = address_of(listener, relays_);
    if (!address) return leave_out("this host has no address of the family");
    const bool is_balancer = std::ranges::any_of(
        config_.listen.proxy_protocol, [&](const IpPrefix& prefix) { return prefix.contains(*address); });
    if (is_stream(transport) && is_balancer)
      return leave_out("connections from here must begin with a PROXY header (listen.proxy_protocol)");
    const client::ServerUri uri{.scheme = transport == Transport::tls ? client::ServerUri::Scheme::turns
                                                                      : client::ServerUri::Scheme::turn,
                                .host = name.empty() ? address->to_string() : name,
                                .port = listener.port,
                                .transport = transport};
    options_.listeners.push_back({uri, address});
  }

  const config::Config& config_;
  const std::vector<IpAddress>& relays_;
  probe::Options& options_;
};

void add_credential_options(CLI::App& app, ProbeCommand& command) {
  probe::Options& options = command.options;
  const std::string group = "Credentials";
  app.add_option("-u,--username", options.username, "user name (default: made from the configuration's keys)")
      ->option_text("NAME")
      ->group(group);
  auto* password = app.add_option("-w,--password", options.password, "password, which others here may see")
                       ->option_text("PASSWORD")
                       ->group(group);
  app.add_option("--password-file", command.password_file,
                 "file with the password; or else TURNPIKE_PROBE_PASSWORD")
      ->option_text("FILE")
      ->excludes(password)
      ->group(group);
  app.add_option("--ca", options.ca_file, "PEM file of the authorities to trust (default: the system's)")
      ->option_text("FILE")
      ->group(group);
  app.add_flag("--insecure", options.insecure, "take any certificate")->group(group);
}

void add_traffic_options(CLI::App& app, probe::Options& options) {
  const std::string group = "Traffic";
  app.add_option("-n,--count", options.count, "packets a leg")
      ->option_text("N")
      ->capture_default_str()
      ->group(group);
  app.add_option("-s,--size", options.size, "size of a packet")
      ->option_text("BYTES")
      ->capture_default_str()
      ->group(group);
  app.add_option("-r,--rate", options.packets_per_second, "packets a second")
      ->option_text("N")
      ->capture_default_str()
      ->group(group);
  app.add_option_function<std::string>(
         "--peer",
         [&options](const std::string& peer) {
           options.peer = peer == "self"    ? probe::PeerKind::self
                          : peer == "relay" ? probe::PeerKind::relay
                                            : probe::PeerKind::stun;
           options.peer_at = peer;
         },
         "who echoes: a second client of the server (relay), a socket of this host (self), or whoever "
         "answers "
         "STUN Bindings at HOST:PORT, such as a STUN server or an SFU")
      ->option_text("relay|self|HOST:PORT")
      ->default_str("relay")
      ->group(group);
}

void add_failure_options(CLI::App& app, probe::Options& options) {
  const std::string group = "What is a failure";
  app.add_option_function<double>(
         "-t,--timeout",
         [&options](double seconds) {
           options.timeout = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
         },
         "how long each step may take")
      ->option_text("SECONDS")
      ->default_str("5")
      ->check(CLI::PositiveNumber)
      ->group(group);
  app.add_option("--loss-max", options.loss_max_percent, "packets that a good leg may lose")
      ->option_text("PERCENT")
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void add_probe_options(CLI::App& app, ProbeCommand& command) {
  app.add_option("uri", command.options.uris,
                 "turn:, turns: or stun: URIs (default: every listener of the configuration)")
      ->option_text("URI");
  app.add_flag("--json", command.options.json, "JSON instead of a table");
  add_credential_options(app, command);
  add_traffic_options(app, command.options);
  add_failure_options(app, command.options);
}

std::string find_password(const ProbeCommand& command, const config::NamesAndValues& environment) {
  if (!command.options.password.empty()) return command.options.password;
  if (!command.password_file.empty()) {
    std::ifstream file(command.password_file);
    std::string line;
    if (!file || !std::getline(file, line))
      throw config::ConfigError(
          fmt::format("--password-file: {}: has no line to read", command.password_file));
    if (line.ends_with('\r')) line.pop_back();
    return line;
  }
  for (const auto& [name, value] : environment) {
    if (name == kPasswordVariable) return value;
  }
  return "";
}

probe::Options plan_probe(probe::Options options, const config::Loaded& loaded,
                          const std::vector<IpAddress>& relays, UnixSeconds now_unix_s) {
  throw_what_matters(loaded);
  const config::Config& config = loaded.config;
  if (options.username.empty()) add_credential(options, config, now_unix_s);
  options.relay_ports = fmt::format("{}-{}", config.relay.ports.min, config.relay.ports.max);
  if (!options.uris.empty()) return options;
  Plan(config, relays, options).add_listeners(now_unix_s);
  if (!config.livekit.ice_urls.empty())
    options.untested.push_back(
        fmt::format("where LiveKit sends its clients: {}", fmt::join(config.livekit.ice_urls, " ")));
  if (options.listeners.empty()) throw config::ConfigError("listen: there is no listener to probe");
  return options;
}

}  // namespace turnpike::app
