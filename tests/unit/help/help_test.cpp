// How help is laid out.
#include "turnpike/help/help.hpp"

#include <gtest/gtest.h>

namespace turnpike::help {
namespace {

class Help : public ::testing::Test {
 protected:
  Help() { set_up(app_); }

  CLI::App app_{"about", "program"};
  std::string value_;
};

TEST_F(Help, has_commands_then_options_then_what_stands_at_the_end) {
  app_.set_help_all_flag("--help-all", "this help, and the keys");
  app_.add_option("-f,--file", value_, "a file")->option_text("FILE");
  app_.add_option("--many", value_, "many of them")->option_text("N")->default_str("7");
  app_.add_option("--none", value_, "off by default")->option_text("[CIDR]")->default_str("[]");
  app_.add_option("--key", value_, "one of the keys")->option_text("ID")->group("keys");
  app_.footer("Examples:\n  program go\n");
  CLI::App* const command = app_.add_subcommand("go", "goes");
  command->add_option("place", value_, "where to")->required();
  EXPECT_EQ(app_.help(), R"(about

Usage: program [OPTIONS] [COMMAND]

Commands:
  go  goes

Options:
  -h, --help       this help
  --help-all       this help, and the keys
  -f, --file FILE  a file
  --many N         many of them (default: 7)
  --none [CIDR]    off by default

Examples:
  program go
)");
  EXPECT_NE(
      app_.help("", CLI::AppFormatMode::All).find("\n\nkeys:\n  --key ID  one of the keys\n\nExamples:\n"),
      std::string::npos);
  EXPECT_NE(command->help().find("\nPositionals:\n  place  where to (required)\n"), std::string::npos);
}

TEST_F(Help, has_every_group_where_there_is_no_flag_for_all_of_them) {
  app_.add_option("--first", value_, "one")->option_text("N");
  app_.add_option("--second", value_, "two")->option_text("N")->group("Others");
  EXPECT_NE(app_.help().find("  --first N   one\n\nOthers:\n  --second N  two\n"), std::string::npos)
      << app_.help();
}

TEST_F(Help, breaks_lines_at_100_columns_but_not_within_a_note) {
  const std::string name(40, 'n');
  const std::string of_10 = "123456789 ";
  const struct {
    std::string about;
    std::string note;
    std::string expected;
  } cases[] = {
      {of_10 + of_10 + of_10 + of_10 + of_10 + "1234", "", of_10 + of_10 + of_10 + of_10 + of_10 + "1234\n"},
      {of_10 + of_10 + of_10 + of_10 + of_10 + "12345", "",
       of_10 + of_10 + of_10 + of_10 + "123456789\n12345\n"},
      {of_10 + of_10 + of_10 + "123456789", "1", of_10 + of_10 + of_10 + "123456789 (default: 1)\n"},
      {of_10 + of_10 + of_10 + of_10 + "123", "1", of_10 + of_10 + of_10 + of_10 + "123\n(default: 1)\n"},
      {std::string(60, 'x') + " y", "", std::string(60, 'x') + "\ny\n"},
  };
  for (const auto& c : cases) {
    CLI::App app("about", "program");
    set_up(app);
    app.add_option("--" + name, value_, c.about)->default_str(c.note);
    std::string expected = c.expected;
    for (std::size_t at = expected.find('\n'); at + 1 < expected.size(); at = expected.find('\n', at + 1)) {
      expected.insert(at + 1, std::string(46, ' '));
    }
    EXPECT_NE(app.help().find("  --" + name + "  " + expected), std::string::npos) << app.help();
  }
}

}  // namespace
}  // namespace turnpike::help
