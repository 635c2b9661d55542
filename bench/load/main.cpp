// turnpike-bench: puts a TURN server under load and says what became of the packets and what they cost.
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <map>
#include <system_error>

#include "load/report.hpp"
#include "load/scenario.hpp"
#include "load/target.hpp"
#include "load/traffic.hpp"
#include "turnpike/net/limits.hpp"

namespace turnpike::bench {
namespace {

// Beyond it permissions would have to be refreshed (RFC 8656 9), which a run does not do.
constexpr double kSecondsMax = 240;

struct Options {
  std::string target;
  std::vector<std::string> scenarios = {"audio"};
  std::string username, password, local, peer_local, peer_namespace;
  std::uint16_t tls_port = 5349;
  std::uint16_t peer_port = 0;
  double seconds = 5;
  double warm_up_s = 0.5;
  int cpu = -1;
  std::vector<pid_t> server;
  Overrides overrides;
  bool segment = false;
  bool json = false;
  bool list = false;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("target", options.target,
                 "turn:ADDRESS:PORT, forwarder:ADDRESS:PORT (no TURN) or direct (nothing in between)");
  app.add_option("scenario", options.scenarios, "what to run, one after the other (see --list)")
      ->capture_default_str();
  app.add_option("-u,--username", options.username, "user name");
  app.add_option("-w,--password", options.password, "password");
  app.add_option("--tls-port", options.tls_port, "port of the server's TLS; certificates are not judged")
      ->capture_default_str();
  app.add_option("--local", options.local, "address of clients (default: the route's)");
  app.add_option("--peer-local", options.peer_local, "address of peers (default: that of clients)");
  app.add_option("--peer-namespace", options.peer_namespace,
                 "network namespace of peers, as `ip netns` names it (default: that of clients)");
  app.add_option("--peer-port", options.peer_port,
                 "of the first peer, for a forwarder that must know it (default: any)");
  app.add_option("-s,--seconds", options.seconds, "measured")
      ->capture_default_str()
      ->check(CLI::Range(0.1, kSecondsMax));
  app.add_option("--warm-up", options.warm_up_s, "seconds before")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 30.0));
  app.add_option("--cpu", options.cpu, "core to stay on");
  app.add_option("--server-pid", options.server,
                 "process whose CPU and memory are the server's; may be repeated");
  app.add_option("-n,--clients", options.overrides.clients, "in each part of the scenario")
      ->check(CLI::PositiveNumber);
  app.add_option("--size", options.overrides.payload_bytes, "bytes of payload, a multiple of 4")
      ->check(CLI::Range(kStampSize, kPayloadMax));
  app.add_option("--frame", options.overrides.frame_packets, "packets that leave at once")
      ->check(CLI::Range(1, 64));
  app.add_option("--rate", options.overrides.frames_per_s,
                 "frames a second of each client, in open loop; 0: closed loop");
  const std::map<std::string, Direction> directions{{"to_peer", Direction::to_peer},
                                                    {"to_client", Direction::to_client},
                                                    {"echo", Direction::echo},
                                                    {"pair", Direction::pair}};
  app.add_option("--direction", options.overrides.direction, "which way packets go")
      ->transform(CLI::CheckedTransformer(directions));
  app.add_flag("--gso", options.segment, "UDP frames are sent as one (UDP_SEGMENT)");
  app.add_flag("--json", options.json, "a JSON object a line instead of a table");
  app.add_flag("--list", options.list, "print the scenarios");
}

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

Target target_of(const Options& options) {
  Target target = Target::parse(options.target);
  target.secure = target.server.with_port(options.tls_port);
  target.username = options.username;
  target.password = options.password;
  target.peer_port = options.peer_port;
  target.peer_namespace = options.peer_namespace;
  if (!options.local.empty()) target.local = to_address(options.local);
  target.peer_local = to_address(options.peer_local);
  return target;
}

Duration to_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

Outcome measure(const Scenario& scenario, const Target& target, const Options& options) {
  Progress progress(scenario.name, !options.json);
  switch (scenario.kind) {
    case Kind::hold: return run_hold(target, scenario.parts.front(), options.server, progress);
    case Kind::churn:
      return run_churn(target, scenario.parts.front(), to_duration(options.seconds), options.server,
                       progress);
    case Kind::traffic: break;
  }
  Fleet fleet(target, scenario.parts, progress);
  return run_traffic(fleet,
                     {.warm_up = to_duration(options.warm_up_s),
                      .measured = to_duration(options.seconds),
                      .segment = options.segment,
                      .server = options.server},
                     progress);
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
  CLI::App app("Puts a TURN server under load", "turnpike-bench");
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
