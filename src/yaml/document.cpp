#include "turnpike/yaml/document.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>

namespace turnpike::yaml {
namespace {

// yaml-cpp makes of a stray character an empty document and stays where it is: YAML::Load() would ignore all
// that follows, and YAML::LoadAll() never end. Counting documents tells.
struct DocumentCounter final : YAML::EventHandler {
  void OnDocumentStart(const YAML::Mark& mark) override {
    ++count;
    line = mark.line + 1;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}

  int count = 0;
  int line = 0;
};

// YAML refuses a tab where a line begins, and yaml-cpp does not say that it is that.
bool begins_with_a_tab(const std::string& text, int line) {
  std::istringstream lines(text);
  std::string found;
  for (int i = 0; i < line && std::getline(lines, found); ++i) continue;
  const auto first = found.find_first_not_of(' ');
  return first != found.npos && found[first] == '\t';
}

}  // namespace

std::string read_text_file(const std::string& path, const std::string& named_at) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file.is_open() && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (file.is_open() && !file.bad()) return text.str();
  const std::string reason = std::generic_category().message(errno);
  throw ConfigError(fmt::format("{}{}{}: {}{}", named_at, named_at.empty() ? "" : ": ", path, reason,
                                path.starts_with("~/") ? "; ~ is not expanded" : ""));
}

YAML::Node parse_document(const std::string& text, const std::string& path) {
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    DocumentCounter counter;
    while (parser.HandleNextDocument(counter)) {
      if (counter.count > 1)
        throw ConfigError(
            fmt::format("{}:{}: more than one document, or a stray character", path, counter.line));
    }
    return YAML::Load(text);
  } catch (const YAML::Exception& error) {
    const int line = error.mark.line + 1;
    throw ConfigError(
        fmt::format("{}:{}: {}{}", path, line, error.msg,
                    begins_with_a_tab(text, line) ? ": YAML is indented with spaces, not tabs" : ""));
  }
}

}  // namespace turnpike::yaml
