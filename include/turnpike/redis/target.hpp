// Which Redis server is meant: what URLs and lists of sentinels say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/result.hpp"

namespace turnpike::redis {

inline constexpr std::uint16_t kPort = 6379;
inline constexpr std::uint16_t kSentinelPort = 26379;

struct Place {
  std::string host{};  // a name, or an address without brackets
  std::uint16_t port = 0;

  // "host:port", "host", "[::1]:port"; none: it is none of them.
  static std::optional<Place> parse(std::string_view text, std::uint16_t port_by_default);
  // "host:port"; an IPv6 address has its brackets.
  std::string text() const;
  bool operator==(const Place&) const = default;
};

// As whom one connects. The file counts where there is one, and is read at every connection.
struct Login {
  std::string user{};  // "" is the default user
  std::string password{};
  std::string password_file{};
  bool operator==(const Login&) const = default;
};

// One of three: a server at a place; one behind a Unix socket; a master that sentinels know by its name.
struct Target {
  static constexpr std::size_t kSentinelsMax = 16;

  Place place{};
  std::string unix_path{};
  std::string master{};  // its name
  std::vector<Place> sentinels{};
  bool is_secure = false;  // by TLS, the sentinels as well
  std::uint32_t database = 0;
  Login login{};
  Login sentinel_login{};

  // redis://[USER@]HOST[:PORT][/DATABASE], rediss:// for TLS, unix:/PATH; with sentinels the host is the name
  // of the master and has no port. The error says what is wrong, as the end of a sentence. It does not repeat
  // the URL, in which somebody may have written a password.
  static Result<Target, std::string> parse(std::string_view url,
                                           const std::vector<std::string>& sentinels = {});
  bool operator==(const Target&) const = default;
};

}  // namespace turnpike::redis
