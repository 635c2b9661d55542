#include "turnpike/app/cli.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/app/application.hpp"
#include "turnpike/app/mint_command.hpp"
#include "turnpike/config/livekit_defaults.hpp"
#include "turnpike/config/load.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/probe/probe.hpp"

namespace turnpike::app {
namespace {

int fail(int code, std::string_view reason) {
  fmt::print(stderr, "turnpike: {}\n", reason);
  return code;
}

// The options of every command that reads the configuration: --config, and one for each key.
struct ConfigOptions {
  explicit ConfigOptions(const char* const* environment) {
    overrides.environment = config::to_pairs(environment);
  }

  void add_to(CLI::App& command) {
    command.add_option("-c,--config", file, "YAML file (default: /etc/turnpike/turnpike.yaml, if it exists)");
    command.add_option_function<std::string>(
        "--livekit-config",
        [this](const std::string& path) { overrides.flags.emplace_back("livekit.config", path); },
        "LiveKit's own configuration file, from which this one follows");
    for (const config::KeyInfo& key : config::known_keys()) {
      command
          .add_option_function<std::string>(
              "--" + key.name,
              [this, name = key.name](const std::string& value) {
                overrides.flags.emplace_back(name, value);
              },
              key.help)
          ->default_str(key.default_text)
          ->group("Configuration keys, as YAML");
    }
  }
  config::Config load() const { return config::load_config(file, overrides); }
  std::string file_read() const { return config::file_to_read(file, overrides).value_or(""); }

  std::optional<std::string> file;
  config::Overrides overrides;
};

int check(const config::Config& config) {
  fmt::print("{}", config::to_yaml(config));
  if (!config.livekit.config.empty())
    fmt::print("{}", config::explain_livekit(livekit::load_server_config(config.livekit.config)));
  for (const std::string& warning : config.warnings) fmt::print(stderr, "turnpike: warning: {}\n", warning);
  return kExitOk;
}

int mint(const config::Config& config, const MintOptions& options) {
  const Minted minted = mint_for(config, options, net::read_clock().unix_s);
  if (!minted.error.empty()) return fail(kExitFailed, minted.error);
  fmt::print("{}\n", minted.json);
  return kExitOk;
}

void add_mint_options(CLI::App& command, MintOptions& options) {
  command.add_option("-p,--participant", options.participant, "participant SID, or user id of a REST name")
      ->required();
  command.add_option("--ttl", options.ttl_s, "seconds until no new allocation is granted")
      ->capture_default_str()
      ->check(CLI::Range(1, std::numeric_limits<int>::max()));
  command.add_option("--url", options.urls, "URL of this server for the client; may be repeated")->required();
  command.add_option("--format", options.format, "rest or livekit (default: what there is a key for)")
      ->check(CLI::IsMember({"rest", "livekit"}));
  command.add_option("--api-key", options.api_key, "which of several LiveKit keys");
}

void add_probe_options(CLI::App& command, probe::Options& options) {
  command.add_option("uri", options.uris, "turn:, turns: or stun: URIs")->required();
  command.add_option("-u,--username", options.username, "user name");
  command.add_option("-w,--password", options.password, "password");
  command.add_option("-n,--count", options.count, "packets a leg")->capture_default_str();
  command.add_option("-s,--size", options.size, "bytes a packet")->capture_default_str();
  command.add_option("-r,--rate", options.packets_per_second, "packets a second")->capture_default_str();
  command
      .add_option_function<double>(
          "-t,--timeout",
          [&options](double seconds) {
            options.timeout = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
          },
          "seconds that each step may take")
      ->default_str("5")
      ->check(CLI::PositiveNumber);
  command.add_option("--loss-max", options.loss_max_percent, "percent of packets that a good leg may lose")
      ->capture_default_str();
  command.add_flag("--insecure", options.insecure, "take any certificate");
  command.add_option("--ca", options.ca_file, "PEM file of the authorities to trust (default: the system's)");
  command
      .add_option_function<std::string>(
          "--peer",
          [&options](const std::string& peer) {
            options.peer = peer == "self" ? probe::PeerKind::self : probe::PeerKind::relay;
          },
          "who echoes: relay (a second client of the server) or self (a socket of this host)")
      ->default_str("relay")
      ->check(CLI::IsMember({"relay", "self"}));
  command.add_flag("--json", options.json, "JSON instead of a table");
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const char* const* environment) {
  CLI::App app("TURN and STUN relay server for LiveKit-style SFUs", "turnpike");
  app.set_version_flag("--version", TURNPIKE_VERSION);
  app.require_subcommand(0, 1);
  ConfigOptions config_options(environment);
  config_options.add_to(app);
  auto* serve_command = app.add_subcommand("serve", "run the server (the default)");
  auto* check_command = app.add_subcommand("check", "read the configuration and print the effective one");
  auto* mint_command = app.add_subcommand("mint", "print RTCIceServer JSON for a participant");
  auto* probe_command = app.add_subcommand("probe", "run a client against a server, over each URI given");
  for (auto* command : {serve_command, check_command, mint_command}) config_options.add_to(*command);
  MintOptions mint_options;
  add_mint_options(*mint_command, mint_options);
  probe::Options probe_options;
  add_probe_options(*probe_command, probe_options);

  try {
    app.parse(argc, argv);
    if (probe_command->parsed()) return probe::run(probe_options);
    const config::Config config = config_options.load();
    if (check_command->parsed()) return check(config);
    if (mint_command->parsed()) return mint(config, mint_options);
    return serve(
        config, [&] { return config_options.load(); }, config_options.file_read());
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return fail(kExitBadConfig, error.what());
  } catch (const config::ConfigError& error) {
    return fail(kExitBadConfig, error.what());
  } catch (const std::exception& error) {
    return fail(kExitFailed, error.what());
  }
}

}  // namespace turnpike::app
