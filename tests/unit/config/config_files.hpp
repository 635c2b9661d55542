// Files for the tests of the configuration, in a directory that goes with the test.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <concepts>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>

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
  ConfigFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "turnpike-config-XXXXXX").string();
    directory_ = ::mkdtemp(pattern.data());
    overrides_.default_files = {path("default.yaml")};
  }
  ~ConfigFiles() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) const { return (directory_ / name).string(); }

  // Readable by its owner only, unless a mode is given. Returns the path.
  std::string write(const std::string& name, const std::string& text, ::mode_t mode = 0600) const {
    std::ofstream(path(name)) << text;
    ::chmod(path(name).c_str(), mode);
    return path(name);
  }

  Config load(const std::string& yaml) const { return load_config(write("turnpike.yaml", yaml), overrides_); }

  // What is wrong, without the directory; nothing if the configuration loads.
  template <std::invocable Load>
  std::string error_of(Load load) const {
    try {
      load();
      return "";
    } catch (const ConfigError& error) {
      std::string text = error.what();
      const std::string prefix = directory_.string() + "/";
      for (auto at = text.find(prefix); at != std::string::npos; at = text.find(prefix))
        text.erase(at, prefix.size());
      return text;
    }
  }
  std::string error_of(const std::string& yaml) const {
    return error_of([&] { load(yaml); });
  }

  Overrides overrides_;

 private:
  std::filesystem::path directory_;
};

}  // namespace turnpike::config
