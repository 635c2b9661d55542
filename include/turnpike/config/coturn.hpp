// From coturn's words to ours, for whoever brings its file, its options or its forms of values.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/config/finding.hpp"

namespace turnpike::config {

// "coturn's option; here it is ..." for a name of one, however it is written: "min-port", "--min-port",
// "min_port". Empty: coturn has no such option.
std::string coturn_hint(std::string_view name);

// Is this coturn's file and no YAML? Its lines are `option` and `option=value`.
bool is_coturn_file(std::string_view text);

// That it is one, and for each of its lines the key that says the same here. Values are not repeated.
Findings explain_coturn_file(std::string_view text, const std::string& path);

// What to write for a value in coturn's form: a range of addresses, a public and a private one with a slash,
// a user with a colon, a hashed password. Begins with "; "; empty: it is none of these. Secrets are not
// repeated.
std::string coturn_value_hint(std::string_view key, std::string_view value);

// A password that is a key in hexadecimal digits, as `turnadmin -k` prints it: 0x and 32 of them.
bool is_hashed_password(std::string_view password);

}  // namespace turnpike::config
