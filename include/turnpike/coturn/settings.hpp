// What coturn's file says, as values of ours: everything that has a counterpart, and a note for everything
// that has none.
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

// An option without a counterpart, and why.
struct Note {
  int line;
  std::string option;
  std::string why;

  bool operator==(const Note&) const = default;
};

struct External {
  IpAddress address;               // that the public sees
  std::optional<IpAddress> local;  // behind it; none: of whatever relays there are

  bool operator==(const External&) const = default;
};

using NamesAndSecrets = std::vector<std::pair<std::string, std::string>>;

// Members that are not set are those that the file does not say.
struct Settings {
  std::string realm;
  std::optional<std::uint32_t> threads;

  std::uint16_t port = 3478;
  std::uint16_t tls_port = 5349;
  std::vector<IpAddress> listeners;  // none: all addresses
  std::vector<Endpoint> more_listeners;
  bool has_udp = true;
  bool has_tcp = true;
  bool has_tls = true;  // where there is a certificate
  std::string certificate;
  std::string key;
  bool is_tls1_3_alone = false;

  std::vector<IpAddress> relays;
  std::vector<External> external;
  std::optional<std::uint32_t> first_port;
  std::optional<std::uint32_t> last_port;
  std::string default_family;

  bool has_secrets_alone = false;  // users are of no account then
  std::vector<std::string> secrets;
  std::string separator;
  NamesAndSecrets users;
  NamesAndSecrets user_keys;
  std::vector<Note> user_notes;  // of these, for where they are of no account

  std::vector<AddressRange> allowed;
  std::vector<AddressRange> denied;

  std::optional<std::uint32_t> user_quota;
  std::optional<std::uint32_t> total_quota;
  std::optional<std::uint64_t> bytes_per_second;  // of a session, in each direction
  std::optional<std::uint32_t> lifetime_s;
  std::optional<std::uint32_t> nonce_life_s;
  bool has_old_stun = false;

  std::vector<Note> notes;
};

struct ReadSettings {
  Settings settings;
  config::Findings errors;  // with file and line; values are not repeated
};

inline constexpr std::size_t kErrorsMax = 20;    // told; what comes behind is not read
inline constexpr std::size_t kRangesMax = 1000;  // of peers that are allowed, and of those that are denied

// From the text of the file; `path` names it in errors.
ReadSettings read_settings(std::string_view text, const std::string& path);

}  // namespace turnpike::coturn
