// Secrets by the name of whom they belong to: passwords of users, secrets of API keys.
#pragma once

#include <functional>
#include <map>
#include <string>

namespace turnpike::auth {

using Secrets = std::map<std::string, std::string, std::less<>>;

}  // namespace turnpike::auth
