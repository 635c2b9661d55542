// Hints for users of coturn: its file, its options and its forms of values in terms of this server.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/config/finding.hpp"

namespace turnpike::config {

// Returns a hint for the name of a coturn option, such as "coturn's option, which here is relay.ports". The
// forms "min-port", "--min-port" and "min_port" are equal. Returns "" if coturn has no such option.
std::string coturn_hint(std::string_view name);

// Returns whether the text is a coturn file, not YAML: lines of `option` and `option=value`.
bool is_coturn_file(std::string_view text);

// Returns errors: one for the file as a whole, and one for each line, with the key that says the same here.
// Values, which may be secrets, are not repeated.
Findings explain_coturn_file(std::string_view text, const std::string& path);

// Returns how to write a value that is in coturn's form: an address range, a public and a private address
// with a slash, a user with a colon. The result begins with "; " and repeats no secrets; "" if the value is
// in none of these forms.
std::string coturn_value_hint(std::string_view key, std::string_view value);

// Returns whether the password is a hashed key as `turnadmin -k` prints it: 0x and 32 hexadecimal digits.
bool is_hashed_password(std::string_view password);

}  // namespace turnpike::config
