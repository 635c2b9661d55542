// Why there is no answer from Redis, or no connection to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::redis {

enum class Cause : std::uint8_t {
  // of the way to the server
  unresolved,
  unreachable,
  tls,
  timed_out,
  closed,
  malformed,
  // of the password
  no_password_file,
  password_wrong,
  password_wanted,
  password_unwanted,
  not_permitted,
  // of the server
  not_a_master,
  no_master,
  loading,
  full,
  not_writing,
  busy,
  too_many_clients,
  no_database,
  cluster,
  refused,
  // of this side
  no_connection,
  too_many_commands,
  command_too_large,
  stopped,
};
inline constexpr std::size_t kCauses = static_cast<std::size_t>(Cause::stopped) + 1;

// "password_wrong": a label of metrics.
std::string_view name(Cause cause);

struct Failure {
  Cause cause = Cause::closed;
  std::string detail{};  // "" if there is no more to say

  // "the server refuses the password: WRONGPASS invalid password".
  std::string text() const;
  bool operator==(const Failure&) const = default;
};

// An error that a server gave as its answer, of which at most 200 printable characters are told.
Failure failure_of(std::string_view error);
// The connection is no good for anything else once the server has given such an answer to a command.
bool ends_connection(Cause cause);

}  // namespace turnpike::redis
