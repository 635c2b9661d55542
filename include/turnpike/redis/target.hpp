// Says which Redis server is meant: parses URLs and lists of sentinels.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/result.hpp"

namespace turnpike::redis {

// The default ports of servers and sentinels.
inline constexpr std::uint16_t kPort = 6379;
inline constexpr std::uint16_t kSentinelPort = 26379;

// A host and port.
struct Place {
  std::string host{};  // a name, or an address without brackets
  std::uint16_t port = 0;

  // Parses "host:port", "host" or "[::1]:port"; returns none for anything else.
  static std::optional<Place> parse(std::string_view text, std::uint16_t port_by_default);
  // Returns "host:port", with brackets around an IPv6 address.
  std::string text() const;
  bool operator==(const Place&) const = default;
};

// User and password. If `password_file` is set, it overrides `password` and is read at every connection.
struct Login {
  std::string user{};  // "": the default user
  std::string password{};
  std::string password_file{};
  bool operator==(const Login&) const = default;
};

// A server: at a place, behind a Unix socket, or the master that sentinels know under a name.
struct Target {
  static constexpr std::size_t kSentinelsMax = 16;

  Place place{};
  std::string unix_path{};
  std::string master{};  // the name that sentinels know; "": none
  std::vector<Place> sentinels{};
  bool is_secure = false;  // TLS, to the sentinels as well
  std::uint32_t database = 0;
  Login login{};
  Login sentinel_login{};

  // Parses redis://[USER@]HOST[:PORT][/DATABASE], rediss:// for TLS, or unix:/PATH; with sentinels the host
  // is the name of the master, without a port. The error says what is wrong, as the end of a sentence, and
  // never repeats the URL, which may hold a password.
  static Result<Target, std::string> parse(std::string_view url,
                                           const std::vector<std::string>& sentinels = {});
  bool operator==(const Target&) const = default;
};

}  // namespace turnpike::redis
