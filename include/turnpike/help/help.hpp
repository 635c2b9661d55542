// How `--help` looks: commands first, then options in columns by group, examples at the end.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace turnpike::help {

// Where a command has a flag for all of its help, --help shows the group of --help alone; elsewhere it shows
// every group. Lines end at 100 columns.
class Formatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override;
};

// For `app` and the commands that are added to it from now on.
void set_up(CLI::App& app);

}  // namespace turnpike::help
