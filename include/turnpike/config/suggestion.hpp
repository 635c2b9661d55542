// What a mistyped name was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace turnpike::config {

// ", did you mean relay.ports?" if one of the names is near, else nothing.
std::string suggestion(std::string_view unknown, const std::vector<std::string>& names);

}  // namespace turnpike::config
