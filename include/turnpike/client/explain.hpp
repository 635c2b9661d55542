// Describes a server's refusals in an operator's words.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/client/output.hpp"

namespace turnpike::client {

// Returns the method's name, such as "Allocate"; "request" for a method that the client does not send.
std::string_view method_name(stun::Method method);

// Describes a refusal: "ChannelBind to 192.0.2.7:4000 was refused: 403 Forbidden". Characters of the server's
// reason that a terminal may not show become "?".
std::string describe(const Failed& failed);
// Lists the servers: "192.0.2.1:3478, [2001:db8::1]:3478 as b.example".
std::string describe(const Redirection& redirection);
// Describes a timeout: "Refresh had no answer".
std::string describe(const TimedOut& late);

// Returns the likely reason of the refusal and the configuration key that changes it. Returns "" if the code
// says everything. `has_name`: the client has a user name.
std::string_view advice(const Failed& failed, bool has_name);
// Returns the description and the advice in one line.
std::string explain(const Failed& failed, bool has_name);

// Returns whether the server's rules forbid the peer (403 to CreatePermission or ChannelBind).
bool is_refused_by_rules(const Failed& failed);

}  // namespace turnpike::client
