// The probe from options to exit code.
#include "turnpike/probe/probe.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "turnpike/probe/link.hpp"
#include "turnpike/client/turn_client.hpp"

namespace turnpike::app {

std::string check_probe_options(const ProbeOptions& options) {
  if (options.uris.empty()) return "no URI to probe";
  for (const std::string& text : options.uris) {
    if (const auto uri = client::ServerUri::parse(text); !uri) return fmt::format("{}: {}", text, client::to_string(uri.error()));
  }
  if (options.count == 0) return "the count is not positive";
  if (options.packets_per_second == 0) return "the rate is not positive";
  if (options.size < kProbePacketMin || options.size > client::kPayloadMax) {
    return fmt::format("the size is not between {} and {}", kProbePacketMin, client::kPayloadMax);
  }
  return "";
}

ProbeResult run_probe(const ProbeOptions& options) {
  ProbeResult result{.legs = {}, .loss_max_percent = options.loss_max_percent};
  auto tls = make_probe_tls(options.insecure, options.ca_file);
  for (const std::string& text : options.uris) {
    if (const auto uri = client::ServerUri::parse(text)) result.legs.push_back(run_leg(*uri, options, tls));
  }
  return result;
}

int probe_main(const ProbeOptions& options) {
  std::string problem = check_probe_options(options);
  if (problem.empty()) {
    try {
      const ProbeResult result = run_probe(options);
      fmt::print("{}", options.json ? to_json(result) + "\n" : to_table(result));
      return result.is_good() ? 0 : 1;
    } catch (const std::exception& error) {
      problem = fmt::format("{}: {}", options.ca_file, error.what());
    }
  }
  fmt::print(stderr, "probe: {}\n", problem);
  return 2;
}

}  // namespace turnpike::app
