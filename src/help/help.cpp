#include "turnpike/help/help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "turnpike/help/wrap.hpp"

namespace turnpike::help {
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::string_view kIndent = "  ";

struct Entry {
  std::string name;  // what is written on the command line
  std::string about;
  std::string notes;  // are not broken over lines
};

bool is_off(std::string_view value) {
  return value.empty() || value == R"("")" || value == "[]" || value == "{}";
}

Entry entry_of(const CLI::Option& option, bool is_positional) {
  Entry entry{option.get_name(is_positional, !is_positional), option.get_description(), ""};
  if (const auto comma = entry.name.find(','); comma != entry.name.npos) entry.name.insert(comma + 1, " ");
  if (!is_positional && !option.get_option_text().empty()) entry.name += " " + option.get_option_text();
  if (option.get_required()) entry.notes = "(required)";
  if (!is_off(option.get_default_str())) entry.notes = fmt::format("(default: {})", option.get_default_str());
  return entry;
}

std::vector<std::string> lines_of(const Entry& entry, std::size_t columns) {
  std::vector<std::string> lines = wrap(entry.about, columns);
  if (entry.notes.empty()) return lines;
  if (lines.back().size() + 1 + entry.notes.size() <= columns) {
    lines.back() += " " + entry.notes;
  } else {
    lines.push_back(entry.notes);
  }
  return lines;
}

std::string to_columns(const std::vector<Entry>& entries) {
  std::size_t names = 0;
  for (const Entry& entry : entries) names = std::max(names, entry.name.size());
  const std::size_t column = kIndent.size() + names + kIndent.size();
  std::string text;
  for (const Entry& entry : entries) {
    std::string name = std::string(kIndent) + entry.name;
    for (const std::string& line : lines_of(entry, kColumns - column)) {
      text += fmt::format("{:<{}}{}\n", std::exchange(name, ""), column, line);
    }
  }
  return text;
}

std::string commands_of(const CLI::App& app) {
  std::vector<Entry> entries;
  for (const CLI::App* command : app.get_subcommands({}))
    entries.push_back({command->get_name(), command->get_description(), ""});
  return entries.empty() ? "" : "\nCommands:\n" + to_columns(entries);
}

}  // namespace

std::string Formatter::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const {
  std::string text = fmt::format("{}\n\n{}", app->get_description(), make_usage(app, std::move(name)));
  text += commands_of(*app) + make_positionals(app);
  const bool shows_all = mode == CLI::AppFormatMode::All || app->get_help_all_ptr() == nullptr;
  for (const std::string& group : app->get_groups()) {
    if (group.empty()) continue;  // of what is not shown
    if (!shows_all && group != app->get_help_ptr()->get_group()) continue;
    const auto options =
        app->get_options([&](const CLI::Option* o) { return o->get_group() == group && o->nonpositional(); });
    if (!options.empty()) text += make_group(group, false, options);
  }
  return text + (app->get_footer().empty() ? "" : "\n" + app->get_footer());
}

std::string Formatter::make_group(std::string group, bool is_positional,
                                  std::vector<const CLI::Option*> options) const {
  std::vector<Entry> entries;
  for (const CLI::Option* option : options) entries.push_back(entry_of(*option, is_positional));
  return fmt::format("\n{}:\n{}", group, to_columns(entries));
}

void set_up(CLI::App& app) {
  const auto formatter = std::make_shared<Formatter>();
  formatter->label("SUBCOMMAND", "COMMAND");
  app.formatter(formatter);
  app.set_help_flag("-h,--help", "this help");
}

}  // namespace turnpike::help
