#include "turnpike/config/example_secrets.hpp"

#include <algorithm>

namespace turnpike::config {
namespace {

// Of conf and docs; the last one is static-auth-secret of coturn's own example.
constexpr std::string_view kBeginnings[] = {"replace-this", "replace-me", "change-me", "changeme"};
constexpr std::string_view kWhole[] = {"a-long-password", "north"};

}  // namespace

bool is_example_secret(std::string_view secret) {
  const auto begins = [&](std::string_view example) { return secret.starts_with(example); };
  return std::ranges::any_of(kBeginnings, begins) || std::ranges::find(kWhole, secret) != std::end(kWhole);
}

}  // namespace turnpike::config
