// The options of coturn and the lines of its file, as one table for hints (config/coturn) and for the import
// (coturn/import).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace turnpike::config {

// What the import of a file does with an option. An option of role `none` becomes a comment with the text
// `here`.
enum class CoturnRole : std::uint8_t {
  none,
  listening_port,
  tls_port,
  listening_address,
  more_listeners,
  relay_address,
  external_address,
  threads,
  first_port,
  last_port,
  secrets_alone,
  secret,
  separator,
  user,
  realm,
  user_quota,
  total_quota,
  bytes_per_second,
  without_udp,
  without_tcp,
  without_tls,
  nonce_life,
  lifetime,
  certificate,
  key,
  newest_tls_alone,
  loopback_peers,
  allowed_peers,
  denied_peers,
  default_family,
  old_stun,
};

// An option of coturn and what stands for it here.
struct CoturnOption {
  std::string_view name;
  std::string_view here;  // the equivalent here; "not ..." and the reason if there is none
  CoturnRole role = CoturnRole::none;
};

// Returns the option of this name, or nullptr if coturn has none. The forms "min-port", "--min-port",
// "min_port" and "relay.min-port" are equal.
const CoturnOption* find_coturn_option(std::string_view name);

// A line of a coturn file that is neither empty nor a comment: `option`, `option=value` or `option value`.
// Quotes around the value are removed.
struct CoturnLine {
  int number;
  std::string_view option;
  std::string_view value;
  bool has_yaml;  // has a colon where YAML has one
};

// Returns the lines of a file; they point into `text`.
std::vector<CoturnLine> coturn_lines(std::string_view text);

}  // namespace turnpike::config
