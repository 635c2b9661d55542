// Secrets that stand in examples: who copies a configuration may forget to replace them.
#pragma once

#include <string_view>

namespace turnpike::config {

// True for a secret, or a password, that this repository's pages and examples or coturn's sample have.
// Anybody who reads them knows it, so it keeps nobody out.
bool is_example_secret(std::string_view secret);

}  // namespace turnpike::config
