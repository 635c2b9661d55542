// coturn's options and the lines of its file: one table for hints (config/coturn) and for the import of a
// file (coturn/import).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace turnpike::config {

// Which options the import of a file understands; `none` becomes a comment that says what `here` says.
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

struct CoturnOption {
  std::string_view name;
  std::string_view here;  // what says the same here; "not ...": nothing does, and why
  CoturnRole role = CoturnRole::none;
};

// However it is written: "min-port", "--min-port", "min_port", "relay.min-port". Null: coturn has no such
// option.
const CoturnOption* find_coturn_option(std::string_view name);

// A line of its file that is neither empty nor a comment: `option`, `option=value` or `option value`. The
// value is without the quotes that may stand around it.
struct CoturnLine {
  int number;
  std::string_view option;
  std::string_view value;
  bool has_yaml;  // a colon where YAML would have it
};

std::vector<CoturnLine> coturn_lines(std::string_view text);

}  // namespace turnpike::config
