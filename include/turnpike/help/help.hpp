// The layout of `--help`: commands first, then options in columns by group, examples at the end.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace turnpike::help {

// Formats help in lines of at most 100 columns. If a command has a flag for all of its help, --help shows
// only the option group of --help itself; else it shows every group.
class Formatter final : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override;
};

// Sets the formatter and the help flag of `app`. Commands that are added to `app` later inherit both.
void set_up(CLI::App& app);

}  // namespace turnpike::help
