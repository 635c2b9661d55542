// Where a client of ACME leaves the answers to challenges over HTTP (RFC 8555 8.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "turnpike/base/result.hpp"

namespace turnpike::web {

// Below the root of a web site; what follows it is the token of a challenge.
inline constexpr std::string_view kChallengePath = "/.well-known/acme-challenge/";
inline constexpr std::size_t kTokenMax = 128;
inline constexpr std::size_t kAnswerBytesMax = 65536;

// Why a challenge has no answer.
enum class NoAnswer : std::uint8_t {
  no_token,     // it is none
  no_file,      // there is none of that name
  not_a_file,   // but a link, a folder, a pipe or the like
  too_large,    // beyond kAnswerBytesMax
  not_readable  // by the user that this process is of
};
inline constexpr std::size_t kNoAnswerKinds = 5;

// As log and documentation call it.
std::string_view to_string(NoAnswer cause);

// Characters of base64url alone (RFC 8555 8.3): neither a dot nor a slash leads out of the folder.
bool is_token(std::string_view text);

// What stands in the file of this name below `root`. The folders on the way may be links, for they are the
// operator's; the file may not, for it is of whoever can write there.
Result<std::string, NoAnswer> read_answer(const std::string& root, std::string_view token);

}  // namespace turnpike::web
