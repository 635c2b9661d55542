// Reads the answers that an ACME client leaves for HTTP challenges (RFC 8555 section 8.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "turnpike/base/result.hpp"

namespace turnpike::web {

// Path of challenges below the root of a web site; the token follows.
inline constexpr std::string_view kChallengePath = "/.well-known/acme-challenge/";
inline constexpr std::size_t kTokenMax = 128;
inline constexpr std::size_t kAnswerBytesMax = 65536;

// Why a challenge has no answer.
enum class NoAnswer : std::uint8_t {
  no_token,     // the text is no token
  no_file,      // no file has this name
  not_a_file,   // a link, a folder, a pipe or the like
  too_large,    // larger than kAnswerBytesMax
  not_readable  // not by the user of this process
};
inline constexpr std::size_t kNoAnswerKinds = 5;

// Returns the name of the cause in log and documentation.
std::string_view to_string(NoAnswer cause);

// Returns whether the text is a token: 1 to kTokenMax characters of base64url (RFC 8555 section 8.3). A token
// has neither dot nor slash and so cannot lead out of the folder.
bool is_token(std::string_view text);

// Returns the content of the token's file below `root`, or why there is none. Folders on the way may be
// links, because they are the operator's; the file may not, because others may write in its folder.
Result<std::string, NoAnswer> read_answer(const std::string& root, std::string_view token);

}  // namespace turnpike::web
