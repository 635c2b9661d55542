// LiveKit's file together with the files and the variable that secrets come from.
#include <fmt/format.h>

#include <string_view>

#include "turnpike/livekit/server_config.hpp"
#include "turnpike/yaml/document.hpp"

namespace turnpike::livekit {
namespace {

auth::Secrets read_keys(const std::string& text, const std::string& place, ServerConfig& config) {
  Problems problems;
  auth::Secrets keys;
  decode_all(yaml::parse_document(text, place), keys, problems);
  for (const BadValue& bad : problems)
    config.faults.push_back(
        yaml::ConfigError(fmt::format("{}:{}: {}", place, bad.line(), bad.what())).what());
  return keys;
}

std::string read_secret_file(const std::string& path) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::string text = yaml::read_text_file(path, "rtc.turn_servers: secret_file");
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string::npos)
    throw yaml::ConfigError("rtc.turn_servers: secret_file: " + path + ": is empty");
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

// A file that cannot be read is a fault like others.
template <class Read>
void note_faults(ServerConfig& config, Read read) {
  try {
    read();
  } catch (const yaml::ConfigError& error) {
    config.faults.emplace_back(error.what());
  }
}

void find_keys(ServerConfig& config, const std::string& keys_variable) {
  if (!config.key_file.empty()) {
    config.keys_source = "key_file";
    config.keys = read_keys(yaml::read_text_file(config.key_file, "key_file"), config.key_file, config);
  } else if (!keys_variable.empty()) {
    config.keys_source = "LIVEKIT_KEYS";
    config.keys = read_keys(keys_variable, "LIVEKIT_KEYS", config);
  }
}

}  // namespace

ServerConfig load_server_config(const std::string& path, const std::string& keys_variable) {
  ServerConfig config = parse_server_config(yaml::read_text_file(path, ""), path);
  note_faults(config, [&] { find_keys(config, keys_variable); });
  for (ExternalTurn& entry : config.turn_servers) {
    if (entry.secret.empty() && !entry.secret_file.empty())
      note_faults(config, [&] { entry.secret = read_secret_file(entry.secret_file); });
  }
  return config;
}

}  // namespace turnpike::livekit
