#include "turnpike/config/secret_files.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "turnpike/config/value.hpp"
#include "turnpike/yaml/document.hpp"

namespace turnpike::config {
namespace {

template <class T>
T parse_secrets(const std::string& text, const std::string& path, std::string_view key) {
  T secrets;
  try {
    decode(yaml::parse_document(text, path), secrets);
  } catch (const BadValue& bad) {
    throw ConfigError(fmt::format("{}:{}: {}: {}", path, bad.line(), key, bad.what()));
  }
  return secrets;
}

// A line may be any text, so only what looks like a list is taken as YAML.
std::vector<std::string> parse_rest_secrets(const std::string& text, const std::string& path,
                                            std::string_view key) {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = std::min(text.find_first_not_of(kSpace), text.size());
  const std::string_view start = std::string_view(text).substr(first, 2);
  if (start == "- " || start.starts_with('['))
    return parse_secrets<std::vector<std::string>>(text, path, key);

  std::vector<std::string> secrets;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    line.remove_suffix(line.size() - (line.find_last_not_of(kSpace) + 1));
    if (!line.empty()) secrets.emplace_back(line);
  }
  return secrets;
}

void add(std::vector<std::string>& secrets, const std::vector<std::string>& more) {
  for (const std::string& secret : more) {
    if (std::ranges::find(secrets, secret) == secrets.end()) secrets.push_back(secret);
  }
}

void add(auth::Secrets& secrets, auth::Secrets more) { secrets.merge(more); }

template <class T, class Parse>
void add_from(const std::string& path, std::string_view key, T& secrets, Origins& origins, Parse parse) {
  if (path.empty()) return;
  const std::string file_key = fmt::format("{}_file", key);
  add(secrets, parse(yaml::read_text_file(path, place_of(file_key, origins)), path, key));
  origins.emplace(key, fmt::format("{}: {}", path, key));
}

bool is_world_readable(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & S_IROTH) != 0;
}

}  // namespace

void add_secrets_from_files(CredentialsConfig& credentials, Origins& origins) {
  add_from(credentials.users_file, "credentials.users", credentials.users, origins,
           parse_secrets<auth::Secrets>);
  add_from(credentials.rest_secrets_file, "credentials.rest_secrets", credentials.rest_secrets, origins,
           parse_rest_secrets);
  add_from(credentials.livekit_keys_file, "credentials.livekit_keys", credentials.livekit_keys, origins,
           parse_secrets<auth::Secrets>);
}

std::vector<std::string> find_readable_secrets(const Config& config, const std::string& main_file,
                                               const Origins& origins) {
  const CredentialsConfig& c = config.credentials;
  std::vector<std::string> files = {c.users_file, c.rest_secrets_file, c.livekit_keys_file, config.tls.key,
                                    config.livekit.config};
  const auto from_main_file = [&](std::string_view key) {
    return place_of(key, origins).starts_with(main_file + ":");
  };
  if ((!c.users.empty() && from_main_file("credentials.users")) ||
      (!c.rest_secrets.empty() && from_main_file("credentials.rest_secrets")) ||
      (!c.livekit_keys.empty() && from_main_file("credentials.livekit_keys"))) {
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
