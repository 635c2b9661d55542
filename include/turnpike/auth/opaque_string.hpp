// The OpaqueString profile (RFC 8265 section 4.2): one form for names, realms and passwords that people type
// in different ways.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace turnpike::auth {

// Returns the prepared form: other spaces become U+0020 and the text NFC; case and width stay. Preparing
// twice changes nothing. Returns nullopt if the text is empty, not UTF-8, or has a code point outside of
// FreeformClass (RFC 8264 4.3), such as control characters, soft hyphens and code points unknown to the
// installed Unicode tables.
std::optional<std::string> opaque_string(std::string_view text);

// Returns the forms in which clients may hash a text, because browsers do not prepare it: the prepared form,
// the text itself, and the decomposed form that macOS writes. Each form appears once. Returns an empty vector
// if the text cannot be prepared.
std::vector<std::string> hashed_forms(std::string_view text);

}  // namespace turnpike::auth
