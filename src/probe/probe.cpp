// The probe from options to exit code.
#include "turnpike/probe/probe.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "turnpike/client/turn_client.hpp"
#include "turnpike/probe/link.hpp"

namespace turnpike::probe {

std::string check_options(const Options& options) {
  if (options.uris.empty()) return "no URI to probe";
  for (const std::string& text : options.uris) {
    if (const auto uri = client::ServerUri::parse(text); !uri)
      return fmt::format("{}: {}", text, client::to_string(uri.error()));
  }
  if (options.count == 0) return "the count is not positive";
  if (options.packets_per_second == 0) return "the rate is not positive";
  if (options.size < kPacketMin || options.size > client::kPayloadMax) {
    return fmt::format("the size is not between {} and {}", kPacketMin, client::kPayloadMax);
  }
  return "";
}

Findings run_probe(const Options& options) {
  Findings result{.legs = {}, .loss_max_percent = options.loss_max_percent};
  auto tls = make_tls(options.insecure, options.ca_file);
  for (const std::string& text : options.uris) {
    if (const auto uri = client::ServerUri::parse(text)) result.legs.push_back(run_leg(*uri, options, tls));
  }
  return result;
}

int run(const Options& options) {
  std::string problem = check_options(options);
  if (problem.empty()) {
    try {
      const Findings result = run_probe(options);
      fmt::print("{}", options.json ? to_json(result) + "\n" : to_table(result));
      return result.is_good() ? 0 : 1;
    } catch (const std::exception& error) {
      problem = fmt::format("{}: {}", options.ca_file, error.what());
    }
  }
  fmt::print(stderr, "probe: {}\n", problem);
  return 2;
}

}  // namespace turnpike::probe
