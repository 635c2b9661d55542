// What a server refuses, in an operator's words.
#pragma once

#include <string>
#include <string_view>

#include "turnpike/client/output.hpp"

namespace turnpike::client {

// "Allocate"; "request" for a method that a client does not send.
std::string_view method_name(stun::Method method);

// "ChannelBind to 192.0.2.7:4000 was refused: 403 Forbidden", with the server's own words, made fit for a
// terminal.
std::string describe(const Failed& failed);
// "192.0.2.1:3478, [2001:db8::1]:3478 as b.example".
std::string describe(const Redirection& redirection);
// "Refresh had no answer".
std::string describe(const TimedOut& late);

// What is behind the refusal, and which key of the configuration changes it. Empty: the code says it all.
// `has_name`: the client has a user name to show.
std::string_view advice(const Failed& failed, bool has_name);
// Both in a line.
std::string explain(const Failed& failed, bool has_name);

// The allocation is there, but the server's rules forbid the peer (403 of CreatePermission or ChannelBind).
bool is_refused_by_rules(const Failed& failed);

}  // namespace turnpike::client
