#include "turnpike/app/control_socket.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "turnpike/app/application.hpp"
#include "turnpike/http/unix_client.hpp"

namespace turnpike::app {
namespace {

constexpr unsigned kOk = 200;

std::string without_line_end(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace

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

int ask_to_reload(const config::ControlConfig& config) {
  const auto paths = control_sockets(config);
  if (paths.empty()) {
    fmt::print(stderr, "turnpike: reload: control.socket is \"\"; send SIGHUP instead\n");
    return kExitFailed;
  }
  std::vector<std::string> faults;
  for (const std::string& path : paths) {
    const auto reply = http::post_to_unix_socket(path, "/reload");
    if (!reply) {
      faults.push_back(fmt::format("{}: {}", path, reply.error().message()));
      continue;
    }
    const std::string text = without_line_end(reply->body);
    if (reply->status == kOk) {
      fmt::print("{}\n", text);
      return kExitOk;
    }
    fmt::print(stderr, "turnpike: reload: {}\n", text);
    return kExitBadConfig;
  }
  fmt::print(stderr, "turnpike: reload: no server answers: {}\n", fmt::join(faults, "; "));
  return kExitFailed;
}

}  // namespace turnpike::app
