// DNS names as TLS clients and configurations give them, in one form that can be compared.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace turnpike::net {

// In lower case, without the dot at the end. None: not the name of a host, that is labels of letters, digits
// and inner hyphens, 253 characters at most (RFC 1123 2.1, RFC 1035 2.3.4). Addresses are none.
std::optional<std::string> host_name_in(std::string_view text);

// The same; the first label may also be "*", which stands for one label (RFC 6125 6.4.3). A domain follows
// it.
std::optional<std::string> name_pattern_in(std::string_view text);

// "*.example.org" for "www.example.org"; none: the name has one label.
std::optional<std::string> wildcard_of(std::string_view name);

}  // namespace turnpike::net
