#include "turnpike/app/cli.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "turnpike/app/application.hpp"
#include "turnpike/app/check_command.hpp"
#include "turnpike/app/examples.hpp"
#include "turnpike/app/host_state.hpp"
#include "turnpike/app/mint_command.hpp"
#include "turnpike/app/probe_command.hpp"
#include "turnpike/config/coturn.hpp"
#include "turnpike/config/host.hpp"
#include "turnpike/config/keys.hpp"
#include "turnpike/config/load.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/config/relay_addresses.hpp"
#include "turnpike/config/rights.hpp"
#include "turnpike/console/commands.hpp"
#include "turnpike/coturn/import.hpp"
#include "turnpike/help/help.hpp"
#include "turnpike/lookup/look_up.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/probe/probe.hpp"

namespace turnpike::app {
namespace {

int fail(int code, std::string_view reason) {
  fmt::print(stderr, "turnpike: {}\n", reason);
  return code;
}

// Where `cmake --install` with a prefix of its own puts the configuration: PREFIX/etc beside PREFIX/bin.
std::string file_beside_program() {
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (unknown) return "";
  return (program.parent_path().parent_path() / "etc/turnpike/turnpike.yaml").string();
}

// The options of every command that reads the configuration: --config, and one for each key.
struct ConfigOptions {
  explicit ConfigOptions(const char* const* environment) {
    overrides.environment = config::to_pairs(environment);
    if (auto beside = file_beside_program(); !beside.empty())
      overrides.default_files.push_back(std::move(beside));
  }

  void add_to(CLI::App& command) {
    add_file(command);
    add_key(command, "--livekit-config", "livekit.config")
        ->description("LiveKit's own configuration file, from which this one follows")
        ->option_text("FILE");
    for (const config::KeyInfo& key : config::known_keys()) {
      const auto dot = key.name.find('.');
      add_key(command, "--" + key.name, key.name)
          ->description(key.help)
          ->option_text(key.value)
          ->default_str(key.default_text)
          ->group(dot == key.name.npos ? "General" : key.name.substr(0, dot));
    }
  }
  void add_file(CLI::App& command) {
    command.add_option("-c,--config", file, "YAML file (default: /etc/turnpike/turnpike.yaml, if it exists)")
        ->option_text("FILE");
  }
  CLI::Option* add_key(CLI::App& command, const std::string& flag, const std::string& key) {
    return command.add_option_function<std::string>(
        flag, [this, key](const std::string& value) { overrides.flags.emplace_back(key, value); });
  }
  // The same, but only the names of files are shown in the help.
  void add_quietly_to(CLI::App& command) {
    add_to(command);
    for (const config::KeyInfo& key : config::known_keys()) command.get_option("--" + key.name)->group("");
  }
  // For commands that want no more than to find the server.
  void add_socket_to(CLI::App& command) {
    add_file(command);
    add_key(command, "--control.socket", "control.socket")
        ->description("the server's administration socket")
        ->option_text("FILE");
  }
  bool is_given() const { return file || !overrides.flags.empty(); }
  config::Loaded read(config::Found found = {}) const {
    config::Overrides with_found = overrides;
    with_found.found = std::move(found);
    return config::read_config(file, with_found);
  }
  // With what the network says of it.
  config::Loaded read_and_look_up() const { return read(lookup::look_up_now(read().config)); }

  std::optional<std::string> file;
  config::Overrides overrides;
};

// Throws ConfigError where a server would not start, or not take it at a reload.
config::Config to_serve(config::Loaded loaded) {
  append(loaded.findings, judge_files(loaded.config, loaded.origins, net::read_clock().unix_s).findings);
  append(loaded.findings, judge_rights(loaded.config, loaded.origins, loaded.file));
  config::throw_first_error(loaded.findings);
  loaded.config.warnings = warnings_of(loaded.findings);
  return std::move(loaded.config);
}

int run_server(const ConfigOptions& options) {
  const config::Found found = lookup::look_up_now(options.read().config);
  const config::Loaded loaded = options.read(found);
  const config::Config config = to_serve(loaded);
  wait_for_addresses(config, loaded.origins);
  const auto missing = judge_addresses(config, loaded.origins, net::can_bind);
  if (const config::Finding* first = config::first_error(missing)) return fail(kExitFailed, first->line());
  const ConfigSource source{loaded.file, [&] { return options.read().config; },
                            [&](const config::Found& now) { return to_serve(options.read(now)); }};
  return serve(config, source, found);
}

// A credential needs neither certificates nor addresses.
config::Config to_mint(const config::Loaded& loaded) {
  config::Findings findings = loaded.findings;
  std::erase_if(findings, [](const config::Finding& finding) {
    return !finding.key.empty() && finding.key != "livekit.config" &&
           !finding.key.starts_with("credentials.") && !finding.key.starts_with("fleet.secret");
  });
  config::throw_first_error(findings);
  return loaded.config;
}

int mint(const config::Config& config, const MintOptions& options) {
  const Minted minted = mint_for(config, options, net::read_clock().unix_s);
  if (!minted.error.empty()) return fail(kExitFailed, minted.error);
  fmt::print("{}\n", minted.json);
  return kExitOk;
}

void add_mint_options(CLI::App& command, MintOptions& options) {
  command.add_option("-p,--participant", options.participant, "participant SID, or user id of a REST name")
      ->option_text("ID")
      ->required();
  command.add_option("--ttl", options.ttl_s, "how long new allocations are granted")
      ->option_text("SECONDS")
      ->capture_default_str()
      ->check(CLI::Range(1, std::numeric_limits<int>::max()));
  command.add_option("--url", options.urls, "URI of this server for the client; may be repeated")
      ->option_text("URI")
      ->required();
  command.add_option("--format", options.format, "form of the name (default: what there is a key for)")
      ->option_text("rest|livekit|fleet")
      ->check(CLI::IsMember({"rest", "livekit", "fleet"}));
  command.add_option("--api-key", options.api_key, "which of several LiveKit keys")->option_text("KEY");
}

// With a URI alone there is nothing to read.
int run_probe(const ConfigOptions& options, ProbeCommand command) {
  command.options.password = find_password(command, options.overrides.environment);
  if (!command.options.uris.empty() && !options.is_given()) return probe::run(command.options);
  const config::Loaded loaded = options.read_and_look_up();
  if (command.options.uris.empty() && loaded.file.empty() && loaded.origins.empty())
    return fail(kExitBadConfig,
                "probe: uri: there is none, nor a configuration: give --config or --livekit-config");
  const auto relays = config::relay_addresses(loaded.config.relay);
  return probe::run(plan_probe(std::move(command.options), loaded, relays, net::read_clock().unix_s));
}

// Of a file that cannot be read at all nobody knows where its server is.
config::ControlConfig to_find(const config::Loaded& loaded) {
  config::Findings findings = loaded.findings;
  std::erase_if(findings, [](const config::Finding& finding) {
    return !finding.key.empty() || !finding.place.empty();
  });
  if (!loaded.origins.contains("control.socket")) config::throw_first_error(findings);
  return loaded.config.control;
}

int import_coturn(const std::string& file) {
  const coturn::Imported imported = coturn::import_file(file);
  for (const config::Finding& error : imported.errors) fail(kExitBadConfig, error.line());
  fmt::print("{}", imported.yaml);
  return imported.errors.empty() ? kExitOk : kExitBadConfig;
}

// For options of coturn's among the arguments.
std::string coturn_hints(int argc, const char* const* argv) {
  std::string hints;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (!argument.starts_with("--")) continue;
    const std::string_view name = argument.substr(0, argument.find('='));
    if (config::find_key(name.substr(2)) != nullptr) continue;
    if (const std::string hint = config::coturn_hint(name); !hint.empty())
      hints += fmt::format("; {} is {}", name, hint);
  }
  return hints;
}

CLI::App* add_command(CLI::App& app, const char* name, const char* about, const char* examples) {
  CLI::App* const command = app.add_subcommand(name, about);
  command->footer(examples);
  return command;
}

}  // namespace

int run_command_line(int argc, const char* const* argv, const char* const* environment) {
  CLI::App app("TURN and STUN relay server for LiveKit-style SFUs", "turnpike");
  help::set_up(app);
  app.set_help_all_flag("--help-all", "this help, with the keys of the configuration");
  app.set_version_flag("--version", TURNPIKE_VERSION, "the version");
  app.require_subcommand(0, 1);
  app.footer(kExamples);
  ConfigOptions config_options(environment);
  config_options.add_to(app);
  auto* serve_command = add_command(app, "serve", "run the server (the default)", kServeExamples);
  auto* check_command = add_command(
      app, "check", "tell what the configuration means, and all that is wrong with it", kCheckExamples);
  auto* mint_command = add_command(app, "mint", "print RTCIceServer JSON for a participant", kMintExamples);
  auto* probe_command =
      add_command(app, "probe", "show that a server relays, as a client of it", kProbeExamples);
  auto* import_command = add_command(
      app, "import-coturn", "print a configuration that means the same as coturn's file", kImportExamples);
  std::string coturn_file;
  import_command->add_option("file", coturn_file, "coturn's file; - is standard input")->required();
  for (auto* command : {probe_command, import_command}) command->set_help_all_flag();  // they have no more
  config_options.add_quietly_to(*probe_command);
  for (auto* command : {serve_command, check_command, mint_command}) config_options.add_to(*command);
  const console::Commands commands(
      app, [&config_options](CLI::App& command) { config_options.add_socket_to(command); });
  MintOptions mint_options;
  add_mint_options(*mint_command, mint_options);
  ProbeCommand probe;
  add_probe_options(*probe_command, probe);

  try {
    app.parse(argc, argv);
    if (probe_command->parsed()) return run_probe(config_options, probe);
    if (check_command->parsed())
      return print(check(config_options.read_and_look_up(), net::read_clock().unix_s));
    if (const auto code = commands.run([&] { return to_find(config_options.read()); })) return *code;
    if (import_command->parsed()) return import_coturn(coturn_file);
    if (mint_command->parsed()) return mint(to_mint(config_options.read()), mint_options);
    return run_server(config_options);
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return fail(kExitBadConfig, error.what() + coturn_hints(argc, argv));
  } catch (const config::ConfigError& error) {
    return fail(kExitBadConfig, error.what());
  } catch (const std::exception& error) {
    return fail(kExitFailed, error.what());
  }
}

}  // namespace turnpike::app
