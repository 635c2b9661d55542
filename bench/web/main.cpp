// turnpike-web: visitors of a web site behind a proxy that ends their TLS, and the site itself.
#include <fmt/format.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <system_error>

#include "load/report.hpp"
#include "turnpike/help/help.hpp"
#include "web/origin.hpp"
#include "web/visitors.hpp"

namespace turnpike::bench {
namespace {

struct Options {
  std::string address;
  std::string wish = "download";
  bool origin = false;
  Visits visits;
  double seconds = 1;
  double warm_up_s = 0.3;
  int cpu = -1;
};

void add_options(CLI::App& app, Options& options) {
  app.add_option("address", options.address, "ADDRESS:PORT of the proxy, or where the site is")->required();
  app.add_flag("--origin", options.origin, "be the site");
  app.add_option("--wish", options.wish, "download, upload or requests");
  app.add_option("--connections", options.visits.connections, "visitors")->check(CLI::Range(1, 1000));
  app.add_option("--seconds", options.seconds, "of the measurement");
  app.add_option("--warm-up", options.warm_up_s, "seconds before it");
  app.add_option("--cpu", options.cpu, "the core to run on");
  app.add_option("--server-pid", options.visits.processes.server, "whose CPU is measured; may be repeated");
  app.add_option("--peer-pid", options.visits.processes.peer, "the site's");
}

Wish to_wish(const std::string& text) {
  if (text == "download") return Wish::download;
  if (text == "upload") return Wish::upload;
  if (text == "requests") return Wish::requests;
  throw std::invalid_argument("--wish " + text);
}

void pin(int cpu) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(static_cast<std::size_t>(cpu), &cores);
  if (::sched_setaffinity(0, sizeof cores, &cores) < 0)
    throw std::system_error(errno, std::generic_category(), "--cpu");
}

Duration to_duration(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

std::string to_json(const VisitResult& result) {
  const double server_us = static_cast<double>(result.used.server_ns) * 1e-3;
  const auto bytes = static_cast<double>(result.bytes);
  const auto requests = static_cast<double>(result.requests);
  std::string line = fmt::format(
      R"({{"seconds": {}, "gigabits_per_s": {}, "requests_per_s": {}, "server_ms_per_gigabyte": {})",
      result.seconds, bytes * 8e-9 / result.seconds, requests / result.seconds, server_us * 1e6 / bytes);
  if (result.requests > 0) line += fmt::format(R"(, "server_us_per_request": {})", server_us / requests);
  return line + fmt::format(R"(, "usage": {}}})", bench::to_json(result.used, result.seconds));
}

int main(int argc, char** argv) {
  CLI::App app("Visits a web site over TLS as fast as it can, or is that site", "turnpike-web");
  help::set_up(app);
  Options options;
  add_options(app, options);
  try {
    app.parse(argc, argv);
    std::signal(SIGPIPE, SIG_IGN);
    const auto address = Endpoint::parse(options.address);
    if (!address) throw std::invalid_argument(options.address + " is no address with a port");
    if (options.cpu >= 0) pin(options.cpu);
    if (options.origin) serve_web(*address);
    options.visits.server = *address;
    options.visits.wish = to_wish(options.wish);
    options.visits.warm_up = to_duration(options.warm_up_s);
    options.visits.measured = to_duration(options.seconds);
    fmt::print("{}\n", to_json(visit(options.visits)));
    std::fflush(stdout);
    std::_Exit(0);  // visitors go on until then
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "turnpike-web: {}\n", error.what());
    std::fflush(stderr);
    std::_Exit(1);
  }
}

}  // namespace
}  // namespace turnpike::bench

int main(int argc, char** argv) { return turnpike::bench::main(argc, argv); }
