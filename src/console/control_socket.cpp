#include "turnpike/console/control_socket.hpp"

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace turnpike::console {

std::vector<std::string> control_sockets(const config::ControlConfig& config) {
  if (config.socket.empty()) return {};
  std::vector<std::string> paths{config.socket};
  const char* const of_user = std::getenv("XDG_RUNTIME_DIR");
  if (config.socket == config::ControlConfig{}.socket && of_user != nullptr && *of_user == '/')
    paths.push_back(std::string(of_user) + "/turnpike/control.sock");
  return paths;
}

void make_folder_of(const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code ignored;
  if (!folder.empty()) std::filesystem::create_directories(folder, ignored);
}

}  // namespace turnpike::console
