// Secrets by owner: passwords by user name, API secrets by API key.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace turnpike::auth {

using Secrets = std::map<std::string, std::string, std::less<>>;

}  // namespace turnpike::auth
