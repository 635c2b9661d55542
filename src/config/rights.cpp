#include "turnpike/config/rights.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/log/output.hpp"
#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/privileges.hpp"

namespace turnpike::config {
namespace {

struct FileToRead {
  std::string_view key;
  const std::string* path;
};

// Whether it is rights that are missing.
bool is_withheld(const std::string& path) {
  const net::FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  return !file && (errno == EACCES || errno == EPERM);
}

struct Obstacle {
  std::string_view key;
  std::string text;
  std::string_view effect = "reloads will be refused";
};

// What is in a folder can be read by whoever may enter it, whether or not its names can be listed.
bool is_closed(const std::string& folder) {
  return ::faccessat(AT_FDCWD, folder.c_str(), X_OK, AT_EACCESS) != 0 && errno == EACCES;
}

std::vector<Obstacle> find_obstacles(const Config& config, const std::string& file) {
  const CredentialsConfig& credentials = config.credentials;
  std::vector<FileToRead> files = {{"", &file},
                                   {"tls.certificate", &config.tls.certificate},
                                   {"tls.key", &config.tls.key},
                                   {"credentials.users_file", &credentials.users_file},
                                   {"credentials.rest_secrets_file", &credentials.rest_secrets_file},
                                   {"credentials.livekit_keys_file", &credentials.livekit_keys_file},
                                   {"livekit.config", &config.livekit.config},
                                   {"fleet.secret_file", &config.fleet.secret_file},
                                   {"fleet.secret_previous_file", &config.fleet.secret_previous_file},
                                   {"fleet.redis.password_file", &config.fleet.redis.password_file},
                                   {"control.token_file", &config.control.token_file}};
  for (const auto& [name, pair] : config.tls.names) {
    files.push_back({"tls.names", &pair.certificate});
    files.push_back({"tls.names", &pair.key});
  }
  std::vector<Obstacle> obstacles;
  for (const auto& [key, path] : files) {
    if (!path->empty() && is_withheld(*path))
      obstacles.push_back({key, fmt::format("{}: cannot be read", *path)});
  }
  if (const std::string& folder = config.http.acme_webroot; !folder.empty() && is_closed(folder))
    obstacles.push_back({"http.acme_webroot", fmt::format("{}: cannot be entered", folder),
                         "challenges will not be answered"});
  if (config.log.file.empty()) return obstacles;
  if (std::string obstacle = log::Output::obstacle(config.log.file); !obstacle.empty())
    obstacles.push_back({"log.file", std::move(obstacle)});
  return obstacles;
}

}  // namespace

Findings judge_rights(const Config& config, const Origins& origins, const std::string& file) {
  Findings findings;
  const auto add = [&](Severity severity, std::string_view key, std::string text) {
    findings.push_back({severity, std::string(key), place_of(key, origins), std::move(text)});
  };
  std::optional<net::User> user;
  if (!config.user.empty()) {
    auto found = net::find_user(config.user);
    if (found) {
      user = std::move(*found);
    } else {
      add(Severity::error, "user", found.error());
      return findings;
    }
  }
  if (::geteuid() != 0) {
    if (user && user->uid != ::geteuid())
      add(Severity::warning, "user", "only root can change to another user: it stays the one that starts it");
    return findings;
  }
  const std::string who = user ? "the user " + config.user : "root without its privileges";
  const bool has_judged = net::run_unprivileged(user, [&] {
    for (auto& [key, text, effect] : find_obstacles(config, file))
      add(Severity::warning, key, fmt::format("{} (by {}, who serves: {})", text, who, effect));
  });
  if (!has_judged) add(Severity::warning, "user", "root cannot change to it here, nor tell what it may read");
  return findings;
}

}  // namespace turnpike::config
