// Fuzz harness: any text as a file of coturn's. Errors name their line, and what is printed is a
// configuration that our own rules take.
#include <functional>
#include <string_view>

#include "harness.hpp"
#include "turnpike/config/load.hpp"
#include "turnpike/coturn/import.hpp"
#include "turnpike/coturn/settings.hpp"

// The rules of a whole configuration take longer than all that stands before them.
constexpr std::size_t kJudgedOneIn = 64;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace turnpike;
  using fuzz::require;
  const std::string_view text = as_text(Bytes{data, size});
  const auto errors = coturn::read_settings(text, "f").errors;
  for (const config::Finding& error : errors)
    require(error.line().starts_with("f:"), "an error says where it is");
  if (!errors.empty() || std::hash<std::string_view>{}(text) % kJudgedOneIn != 0) return 0;
  const coturn::Imported imported = coturn::import_text(text, "f");
  require(imported.yaml.empty() != imported.errors.empty(), "there is a configuration, or there are errors");
  const config::Loaded loaded = config::read_text(imported.yaml, "f");
  require(config::first_error(loaded.findings) == nullptr, "what is printed is right");
  return 0;
}
