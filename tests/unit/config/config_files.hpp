// Files for the tests of the configuration, in a directory that goes with the test.
#pragma once

#include <gtest/gtest.h>

#include <concepts>
#include <ostream>
#include <string>

#include "temporary_folder.hpp"
#include "turnpike/config/load.hpp"
#include "turnpike/config/print.hpp"

namespace turnpike::config {

// How GoogleTest shows a configuration.
inline void PrintTo(const Config& config, std::ostream* out) {
  *out << to_yaml(config);
  for (const std::string& warning : config.warnings) *out << "# " << warning << "\n";
}

class ConfigFiles : public ::testing::Test {
 protected:
  ConfigFiles() { overrides_.default_files = {path("default.yaml")}; }

  std::string path(const std::string& name) const { return folder_.path(name); }
  std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) const {
    return folder_.write(name, text, mode);
  }

  Config load(const std::string& yaml) const { return load_config(write("turnpike.yaml", yaml), overrides_); }

  // What is wrong, without the folder; nothing if the configuration loads.
  template <std::invocable Load>
  std::string error_of(Load load) const {
    try {
      load();
      return "";
    } catch (const ConfigError& error) {
      return folder_.without(error.what());
    }
  }
  std::string error_of(const std::string& yaml) const {
    return error_of([&] { load(yaml); });
  }

  Overrides overrides_;

 private:
  TemporaryFolder folder_;
};

}  // namespace turnpike::config
