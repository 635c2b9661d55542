// Reads a coturn file into values: everything that has a counterpart here, and a note for everything that has
// none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/address_range.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/finding.hpp"

namespace turnpike::coturn {

// An option without a counterpart, and the reason.
struct Note {
  int line;
  std::string option;
  std::string why;

  bool operator==(const Note&) const = default;
};

// An external-ip option.
struct External {
  IpAddress address;               // public address
  std::optional<IpAddress> local;  // local address behind it; nullopt: any relay address

  bool operator==(const External&) const = default;
};

using NamesAndSecrets = std::vector<std::pair<std::string, std::string>>;

// The values of a coturn file. Members that the file does not set keep their defaults.
struct Settings {
  std::string realm;
  std::optional<std::uint32_t> threads;

  std::uint16_t port = 3478;
  std::uint16_t tls_port = 5349;
  std::vector<IpAddress> listeners;  // empty: all addresses
  std::vector<Endpoint> more_listeners;
  bool has_udp = true;
  bool has_tcp = true;
  bool has_tls = true;  // only with a certificate
  std::string certificate;
  std::string key;
  bool is_tls1_3_alone = false;

  std::vector<IpAddress> relays;
  std::vector<External> external;
  std::optional<std::uint32_t> first_port;
  std::optional<std::uint32_t> last_port;
  std::string default_family;

  bool has_secrets_alone = false;  // then users are ignored
  std::vector<std::string> secrets;
  std::string separator;
  NamesAndSecrets users;
  NamesAndSecrets user_keys;
  std::vector<Note> user_notes;  // used if users are ignored

  std::vector<AddressRange> allowed;
  std::vector<AddressRange> denied;

  std::optional<std::uint32_t> user_quota;
  std::optional<std::uint32_t> total_quota;
  std::optional<std::uint64_t> bytes_per_second;  // of each session in each direction
  std::optional<std::uint32_t> lifetime_s;
  std::optional<std::uint32_t> nonce_life_s;
  bool has_old_stun = false;

  std::vector<Note> notes;
};

// The values, and what is wrong with the file.
struct ReadSettings {
  Settings settings;
  config::Findings errors;  // with file and line; values are not repeated
};

inline constexpr std::size_t kErrorsMax = 20;    // reading stops at this number
inline constexpr std::size_t kRangesMax = 1000;  // of allowed peers; as many of denied ones

// Reads the text of a coturn file; `path` names it in errors.
ReadSettings read_settings(std::string_view text, const std::string& path);

}  // namespace turnpike::coturn
