#include "turnpike/config/secret_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "turnpike/config/value.hpp"
#include "turnpike/redis/secret_file.hpp"
#include "turnpike/yaml/document.hpp"
#include "turnpike/yaml/placeholder.hpp"

namespace turnpike::config {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

template <class T>
T parse_secrets(const std::string& text, const std::string& path, std::string_view key) {
  T secrets;
  try {
    const YAML::Node node = yaml::parse_document(text, path);
    yaml::refuse_placeholders(node);
    decode(node, secrets);
  } catch (const BadValue& bad) {
    throw ConfigError(fmt::format("{}:{}: {}: {}", path, bad.line(), key, bad.what()));
  }
  return secrets;
}

// Without what editors add to it.
std::string read_text(const std::string& path, const std::string& named_at) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  std::string text = yaml::read_text_file(path, named_at);
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (text.find('\0') != text.npos)
    throw ConfigError(fmt::format("{}: {}: is no text in UTF-8", named_at, path));
  return text;
}

struct SecretLine {
  int number;
  std::string_view text;
};

// Neither blank lines nor comments, each without the space around it.
std::vector<SecretLine> lines_with_secrets(std::string_view text) {
  std::vector<SecretLine> lines;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    line.remove_suffix(line.size() - (line.find_last_not_of(kSpace) + 1));
    if (!line.empty() && !line.starts_with('#')) lines.push_back({number, line});
  }
  return lines;
}

// A line may be any text but a comment, so only what looks like a list is taken as YAML.
std::vector<std::string> parse_rest_secrets(const std::string& text, const std::string& path,
                                            std::string_view key) {
  const std::vector<SecretLine> lines = lines_with_secrets(text);
  const std::string_view start = lines.empty() ? "" : lines.front().text;
  if (start == "-" || start == "---" || start.starts_with("- ") || start.starts_with('['))
    return parse_secrets<std::vector<std::string>>(text, path, key);

  std::vector<std::string> secrets;
  for (const auto& [number, line] : lines) {
    if (const auto found = yaml::find_placeholder(line); !found.empty())
      throw ConfigError(fmt::format("{}:{}: {}: {} was never filled in", path, number, key, found));
    secrets.emplace_back(line);
  }
  return secrets;
}

// The only line of a file.
std::string_view only_line(const std::vector<SecretLine>& lines, const std::string& path,
                           std::string_view key) {
  const auto fail = [&](std::string_view what) {
    throw ConfigError(fmt::format("{}: {}: {}", path, key, what));
  };
  if (lines.size() != 1) fail("must be one line");
  const std::string_view line = lines.front().text;
  if (const auto found = yaml::find_placeholder(line); !found.empty())
    fail(fmt::format("{} was never filled in", found));
  return line;
}

constexpr std::size_t kTokenSizeMin = 16;  // what can be guessed is no token

std::string parse_token(const std::string& text, const std::string& path) {
  constexpr std::string_view kName = "control.token";
  const std::string_view token = only_line(lines_with_secrets(text), path, kName);
  const bool is_visible = std::ranges::all_of(token, [](char c) { return c > ' ' && c <= '~'; });
  if (!is_visible || token.size() < kTokenSizeMin)
    throw ConfigError(
        fmt::format("{}: {}: must have {} visible ASCII characters or more, no space among them", path, kName,
                    kTokenSizeMin));
  return std::string(token);
}

void add(std::vector<std::string>& secrets, const std::vector<std::string>& more) {
  for (const std::string& secret : more) {
    if (std::ranges::find(secrets, secret) == secrets.end()) secrets.push_back(secret);
  }
}

void add(auth::Secrets& secrets, auth::Secrets more) { secrets.merge(more); }

// Where findings and secrets go.
struct Result {
  Origins& origins;
  KeyNames& failed;
  Findings findings = {};
};

template <class T, class Parse>
void add_from(const std::string& path, std::string_view key, T& secrets, Result& result, Parse parse) {
  if (path.empty()) return;
  const std::string file_key = fmt::format("{}_file", key);
  try {
    add(secrets, parse(read_text(path, place_of(file_key, result.origins)), path, key));
    result.origins.emplace(key, fmt::format("{}: {}", path, key));
  } catch (const ConfigError& error) {
    result.findings.push_back({Severity::error, file_key, "", error.what()});
    result.failed.emplace(key);
  }
}

// The place of a secret is told, never the secret.
void take_only_line(const std::string& path, std::string_view key, std::string& secret, Result& result) {
  if (path.empty()) return;
  const std::string file_key = fmt::format("{}_file", key);
  try {
    if (!secret.empty())
      throw ConfigError(fmt::format("{}: {} is given, too", place_of(file_key, result.origins), key));
    secret = only_line(lines_with_secrets(read_text(path, place_of(file_key, result.origins))), path, key);
    result.origins.emplace(key, fmt::format("{}: {}", path, key));
  } catch (const ConfigError& error) {
    result.findings.push_back({Severity::error, file_key, "", error.what()});
    result.failed.emplace(key);
  }
}

// Whoever connects reads it anew, each time.
void try_password_file(const std::string& path, Result& result) {
  constexpr std::string_view kKey = "fleet.redis.password_file";
  if (path.empty()) return;
  const auto password = redis::read_secret_file(path);
  if (password) return;
  result.findings.push_back({Severity::error, std::string(kKey), "",
                             fmt::format("{}: {}", place_of(kKey, result.origins), password.error().text())});
  result.failed.emplace(kKey);
}

bool is_world_readable(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace

Findings add_secrets_from_files(CredentialsConfig& credentials, Origins& origins, KeyNames& failed) {
  Result result{origins, failed};
  add_from(credentials.users_file, "credentials.users", credentials.users, result,
           parse_secrets<auth::Secrets>);
  add_from(credentials.rest_secrets_file, "credentials.rest_secrets", credentials.rest_secrets, result,
           parse_rest_secrets);
  add_from(credentials.livekit_keys_file, "credentials.livekit_keys", credentials.livekit_keys, result,
           parse_secrets<auth::Secrets>);
  return std::move(result.findings);
}

Findings add_fleet_secrets(FleetConfig& fleet, Origins& origins, KeyNames& failed) {
  Result result{origins, failed};
  take_only_line(fleet.secret_file, "fleet.secret", fleet.secret, result);
  take_only_line(fleet.secret_previous_file, "fleet.secret_previous", fleet.secret_previous, result);
  try_password_file(fleet.redis.password_file, result);
  return std::move(result.findings);
}

Findings add_control_token(ControlConfig& control, const Origins& origins, KeyNames& failed) {
  if (control.token_file.empty()) return {};
  constexpr std::string_view kKey = "control.token_file";
  try {
    control.token = parse_token(read_text(control.token_file, place_of(kKey, origins)), control.token_file);
    return {};
  } catch (const ConfigError& error) {
    failed.emplace(kKey);
    return {{Severity::error, std::string(kKey), "", error.what()}};
  }
}

std::vector<std::string> find_readable_secrets(const Config& config, const std::string& main_file,
                                               const Origins& origins) {
  const CredentialsConfig& c = config.credentials;
  const FleetConfig& fleet = config.fleet;
  std::vector<std::string> files = {c.users_file,
                                    c.rest_secrets_file,
                                    c.livekit_keys_file,
                                    config.tls.key,
                                    config.livekit.config,
                                    fleet.secret_file,
                                    fleet.secret_previous_file,
                                    fleet.redis.password_file,
                                    config.control.token_file};
  const auto from_main_file = [&](std::string_view key) {
    return place_of(key, origins).starts_with(main_file + ":");
  };
  if ((!c.users.empty() && from_main_file("credentials.users")) ||
      (!c.user_keys.empty() && from_main_file("credentials.user_keys")) ||
      (!c.rest_secrets.empty() && from_main_file("credentials.rest_secrets")) ||
      (!c.livekit_keys.empty() && from_main_file("credentials.livekit_keys")) ||
      (!fleet.secret.empty() && from_main_file("fleet.secret")) ||
      (!fleet.secret_previous.empty() && from_main_file("fleet.secret_previous"))) {
    files.push_back(main_file);
  }
  std::vector<std::string> warnings;
  for (const std::string& file : files) {
    if (is_world_readable(file))
      warnings.push_back(fmt::format("{}: has secrets that everybody on this machine may read", file));
  }
  return warnings;
}

}  // namespace turnpike::config
