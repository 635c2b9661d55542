// The reasons why Redis cannot be reached or does not answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::redis {

// Kinds of failures.
enum class Cause : std::uint8_t {
  // Failures of the way to the server.
  unresolved,
  unreachable,
  tls,
  timed_out,
  closed,
  malformed,
  // Failures of the password.
  no_password_file,
  password_wrong,
  password_wanted,
  password_unwanted,
  not_permitted,
  // Failures of the server.
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
  // Failures of this side.
  no_connection,
  too_many_commands,
  command_too_large,
  stopped,
};
inline constexpr std::size_t kCauses = static_cast<std::size_t>(Cause::stopped) + 1;

// Returns the label of metrics, e.g. "password_wrong".
std::string_view name(Cause cause);

// A cause and its details.
struct Failure {
  Cause cause = Cause::closed;
  std::string detail{};  // "" if there are none

  // Returns a sentence for the log, e.g. "the server refuses the password: WRONGPASS invalid password".
  std::string text() const;
  bool operator==(const Failure&) const = default;
};

// Returns the failure that an error answer of the server means; keeps at most 200 printable characters of its
// text.
Failure failure_of(std::string_view error);
// Returns true if the connection is of no use after the server has given such an answer to a command.
bool ends_connection(Cause cause);

}  // namespace turnpike::redis
