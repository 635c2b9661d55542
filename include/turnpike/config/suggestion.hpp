// Suggests what a mistyped name was meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace turnpike::config {

// Returns text such as ", did you mean relay.ports?" if one of the names is near, or else "".
std::string suggestion(std::string_view unknown, const std::vector<std::string>& names);

}  // namespace turnpike::config
