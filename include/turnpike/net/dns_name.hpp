// DNS names as TLS clients and configurations give them, in one form that can be compared.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turnpike::net {

// Returns the host name in lower case and without a dot at its end. Returns none if `text` is no host name:
// labels of letters, digits and inner hyphens, 253 characters at most (RFC 1123 2.1, RFC 1035 2.3.4). An IP
// address is no host name.
std::optional<std::string> host_name_in(std::string_view text);

// Does what host_name_in() does, but also takes "*" as the first of several labels, which stands for exactly
// one label (RFC 6125 6.4.3).
std::optional<std::string> name_pattern_in(std::string_view text);

// Returns the pattern that covers a name: "*.example.org" for "www.example.org". Returns none if the name has
// one label.
std::optional<std::string> wildcard_of(std::string_view name);

}  // namespace turnpike::net
