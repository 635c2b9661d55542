// Errors in a configuration file.
#pragma once

#include <yaml-cpp/yaml.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace turnpike::yaml {

// Says in one line the place (file and line, flag or variable), the key and what is wrong with it.
class ConfigError : public std::runtime_error {
 public:
  explicit ConfigError(std::string_view text);  // control characters are escaped
};

// Says what is wrong with a value, without the name of its key.
class BadValue : public std::runtime_error {
 public:
  BadValue(const YAML::Node& node, const std::string& what)
      : std::runtime_error(what), line_(node.Mark().line + 1) {}
  int line() const { return line_; }  // the line in the parsed text, counted from 1; 0: not known

 private:
  int line_;
};

}  // namespace turnpike::yaml
