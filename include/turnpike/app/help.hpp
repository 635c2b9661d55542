// How `--help` looks: commands first, then options in columns, keys of the configuration by section behind
// --help-all, examples at the end.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace turnpike::app {

// Options in one group with --help are always shown, those of other groups by --help-all alone. Lines end at
// 100 columns.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override;
};

// For `app` and the commands that are added to it from now on.
void set_up_help(CLI::App& app);

}  // namespace turnpike::app
