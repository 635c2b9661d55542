// The commands that talk to a running server: status, sessions, top, explain, end, bar, drain, fleet, reload,
// log-level, certificates.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/console/link.hpp"

namespace turnpike::console {

// Exit codes, the same for all commands of the program.
inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;  // no server answers, nothing was found, or the wait was too long
inline constexpr int kUsage = 2;   // a wrong option, or a configuration that the server refuses

// The console's commands with their arguments.
class Commands {
 public:
  // Adds the commands to `app`, which writes their arguments into this object. `add_config` adds the options
  // by which the server's configuration is found.
  Commands(CLI::App& app, const std::function<void(CLI::App& command)>& add_config);
  Commands(const Commands&) = delete;
  Commands& operator=(const Commands&) = delete;

  // Runs the command that was given and returns its exit code; nullopt if none of these commands was given.
  std::optional<int> run(const std::function<config::ControlConfig()>& control) const;

 private:
  using Run = int (Commands::*)(const Link& link) const;

  CLI::App& add(CLI::App& app, const char* name, const char* about, const char* examples, Run run);
  int status(const Link& link) const;
  int sessions(const Link& link) const;
  int top(const Link& link) const;
  int explain(const Link& link) const;
  int end(const Link& link) const;
  int bar(const Link& link) const;
  int drain(const Link& link) const;
  int drain_fleet(const Link& link) const;
  int fleet(const Link& link) const;
  int reload(const Link& link) const;
  int log_level(const Link& link) const;
  int certificates(const Link& link) const;

  std::vector<std::pair<CLI::App*, Run>> commands_;
  // Arguments of the given command.
  bool json_ = false;
  bool once_ = false;
  bool all_nodes_ = false;
  std::string room_, user_, whom_, level_;
  std::uint32_t limit_ = 100;
  std::uint32_t bar_s_ = 3600;
  std::optional<std::uint32_t> wait_s_;
  std::uint32_t return_s_ = 300;
};

}  // namespace turnpike::console
