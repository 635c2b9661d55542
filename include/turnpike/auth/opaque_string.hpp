// The OpaqueString profile (RFC 8265 section 4.2): one form for names, realms and passwords that people type
// in different ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turnpike::auth {

// The prepared form: non-ASCII spaces become U+0020, the rest NFC; case and width stay. Preparing twice
// changes nothing. No value if the text is empty, not UTF-8, or has a code point outside FreeformClass (RFC
// 8264 section 4.3), such as controls, soft hyphens and what the installed Unicode tables do not assign.
std::optional<std::string> opaque_string(std::string_view text);

// The forms in which clients hash what they are given, for browsers prepare nothing: the prepared one, the
// text as it stands, and the decomposed one, which macOS writes. Each once; none if it cannot be prepared.
std::vector<std::string> hashed_forms(std::string_view text);

}  // namespace turnpike::auth
