// turnpike-bench: puts a TURN server under load and says what became of the packets and what they cost.
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <system_error>

#include "load/echo.hpp"
#include "load/options.hpp"
#include "load/report.hpp"
#include "load/scenario.hpp"
#include "load/target.hpp"
#include "load/traffic.hpp"
#include "turnpike/help/help.hpp"
#include "turnpike/net/limits.hpp"

namespace turnpike::bench {
namespace {

void pin(int cpu) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(cpu), &cores);
  if (::sched_setaffinity(0, sizeof cores, &cores) < 0)
    throw std::system_error(errno, std::generic_category(), "--cpu");
}

IpAddress to_address(const std::string& text) {
  if (text.empty()) return {};
  const auto address = IpAddress::parse(text);
  if (!address) throw std::invalid_argument(text + " is no address");
  return *address;
}

Endpoint to_endpoint(const std::string& text) {
  const auto endpoint = Endpoint::parse(text);
  if (!endpoint) throw std::invalid_argument(text + " is no address with a port");
  return *endpoint;
}

Target target_of(const Options& options) {
  const IpAddress local = to_address(options.local);
  Target target = Target::parse(options.target, local.family());
  target.secure = target.server.with_port(options.tls_port);
  target.username = options.username;
  target.password = options.password;
  target.peer_port = options.peer_port;
  target.peer_namespace = options.peer_namespace;
  if (!options.local.empty()) target.local = local;
  if (!options.peer.empty()) target.peer = to_endpoint(options.peer);
  target.peer_local = to_address(options.peer_local);
  return target;
}

Duration to_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

Outcome measure(const Scenario& scenario, const Target& target, const Options& options) {
  Progress progress(scenario.name, !options.json);
  switch (scenario.kind) {
    case Kind::hold: return run_hold(target, scenario.parts.front(), options.processes, progress);
    case Kind::churn:
      return run_churn(target, scenario.parts.front(), to_duration(options.seconds), options.processes,
                       progress);
    case Kind::traffic: break;
  }
  Fleet fleet(target, scenario.parts, progress);
  return run_traffic(fleet,
                     {.warm_up = to_duration(options.warm_up_s),
                      .measured = to_duration(options.seconds),
                      .segment = options.segment,
                      .processes = options.processes},
                     progress);
}

[[noreturn]] void run_echo(const Options& options) {
  if (options.cpu >= 0) pin(options.cpu);
  Echo echo(to_endpoint(options.echo), options.batch);
  fmt::print("echo at {}\n", echo.local().to_string());
  std::fflush(stdout);
  for (;;) echo.turn();
}

void run(const Options& options) {
  if (options.cpu >= 0) pin(options.cpu);
  net::raise_descriptor_limit();
  const Target target = target_of(options);
  std::string head;
  for (const std::string& name : options.scenarios) {
    const Scenario* const found = find_scenario(name);
    if (found == nullptr) throw std::invalid_argument("there is no scenario " + name + "; see --list");
    const Report report{name, options.target, options.segment,
                        measure(options.overrides.apply(*found), target, options)};
    if (options.json) {
      fmt::print("{}\n", to_json(report));
    } else {
      if (to_head(report.outcome) != head) fmt::print("{}\n", head = to_head(report.outcome));
      fmt::print("{}\n", to_row(report));
      if (const std::string warning = to_warning(report); !warning.empty())
        fmt::print(stderr, "{}\n", warning);
    }
    std::fflush(stdout);
  }
}

int main(int argc, char** argv) {
  CLI::App app("Puts a TURN server under load, and tells what became of the packets", "turnpike-bench");
  help::set_up(app);
  Options options;
  add_options(app, options);
  try {
    app.parse(argc, argv);
    if (options.overrides.payload_bytes.value_or(0) % 4 != 0)
      throw CLI::ValidationError("--size", "must be a multiple of 4");
    if (options.list) {
      for (const Scenario& scenario : scenarios()) fmt::print("{:<12} {}\n", scenario.name, scenario.about);
      return 0;
    }
    if (!options.echo.empty()) run_echo(options);
    if (options.target.empty()) throw CLI::RequiredError("target");
    run(options);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "turnpike-bench: {}\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace turnpike::bench

int main(int argc, char** argv) { return turnpike::bench::main(argc, argv); }
