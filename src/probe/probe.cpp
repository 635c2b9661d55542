// The probe from options to exit code.
#include "turnpike/probe/probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>

#include "turnpike/client/turn_client.hpp"
#include "turnpike/probe/link.hpp"

namespace turnpike::probe {
namespace {

// A peer is written as a STUN server is.
auto read_peer(const std::string& text) { return client::ServerUri::parse("stun:" + text); }

// A relay has one family; IPv4 is what most have.
Peer find_peer(const Options& options) {
  if (options.peer != PeerKind::stun) return {options.peer};
  const auto addresses = resolve(*read_peer(options.peer_at));
  const auto v4 = std::ranges::find_if(addresses, [](const Endpoint& e) { return e.address.is_v4(); });
  return {options.peer, v4 == addresses.end() ? addresses.front() : *v4};
}

boost::asio::ssl::context read_tls(const Options& options) {
  try {
    return make_tls(options.insecure, options.ca_file);
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("{}: {}", options.ca_file, error.what()));
  }
}

std::vector<Target> targets_of(const Options& options) {
  std::vector<Target> targets;
  for (const std::string& text : options.uris) targets.push_back({*client::ServerUri::parse(text)});
  std::ranges::copy(options.listeners, std::back_inserter(targets));
  return targets;
}

}  // namespace

std::string check_options(const Options& options) {
  if (options.uris.empty() && options.listeners.empty()) return "no URI to probe";
  for (const std::string& text : options.uris) {
    if (const auto uri = client::ServerUri::parse(text); !uri)
      return fmt::format("{}: {}", text, client::to_string(uri.error()));
  }
  if (options.count == 0) return "the count is not positive";
  if (options.packets_per_second == 0) return "the rate is not positive";
  if (options.size < kPacketMin || options.size > client::kPayloadMax) {
    return fmt::format("the size is not between {} and {}", kPacketMin, client::kPayloadMax);
  }
  if (options.peer == PeerKind::stun) {
    if (const auto peer = read_peer(options.peer_at); !peer)
      return fmt::format("--peer {}: is neither relay, nor self, nor HOST:PORT: {}", options.peer_at,
                         client::to_string(peer.error()));
  }
  return "";
}

std::vector<std::string> list_untested(const Findings& findings, const Options& options) {
  std::vector<std::string> lines = options.untested;
  const auto any = [&](auto predicate) { return std::ranges::any_of(findings.legs, predicate); };
  const bool has_relay = any([](const LegResult& leg) { return leg.relayed.has_value(); });
  if (!has_relay) {
    lines.emplace_back("relaying: nothing was allocated");
    return lines;
  }
  if (any([](const LegResult& leg) { return leg.peers_refused; }))
    lines.emplace_back(
        "the relaying of data: the rules refuse this peer; --peer ADDRESS:PORT names one that they allow");
  if (any([](const LegResult& leg) { return leg.is_local; }))
    lines.emplace_back(
        "the way in from elsewhere: the server is on this host, so no firewall, NAT or DNS was asked");
  const std::string ports = options.relay_ports.empty() ? "the server's relay ports" : options.relay_ports;
  if (any([](const LegResult& leg) { return leg.open_to_others == false; })) {
    lines.push_back(
        fmt::format("relay ports from outside: what this host sent there unasked did not arrive: a firewall "
                    "drops UDP to {}, or "
                    "NAT hides this host",
                    ports));
  } else if (!any([](const LegResult& leg) { return leg.open_to_others == true; })) {
    lines.push_back(
        fmt::format("relay ports from outside: nobody sent to them unasked from another host, as a probe "
                    "from there does with "
                    "--peer self; a firewall must let UDP to {} in",
                    ports));
  }
  return lines;
}

Findings run_probe(const Options& options) {
  Findings findings{.loss_max_percent = options.loss_max_percent,
                    .has_named_peer = options.peer == PeerKind::stun};
  auto tls = read_tls(options);
  const Peer peer = find_peer(options);
  for (const Target& target : targets_of(options)) {
    findings.legs.push_back(run_leg(target, options, peer, tls));
    if (findings.legs.back().interrupted) break;
  }
  findings.untested = list_untested(findings, options);
  return findings;
}

int run(const Options& options) {
  std::string problem = check_options(options);
  if (problem.empty()) {
    try {
      const Findings findings = run_probe(options);
      fmt::print("{}", options.json ? to_json(findings) + "\n" : to_table(findings));
      return findings.is_good() ? 0 : 1;
    } catch (const std::exception& error) {
      problem = error.what();
    }
  }
  fmt::print(stderr, "turnpike: probe: {}\n", problem);
  return 2;
}

}  // namespace turnpike::probe
