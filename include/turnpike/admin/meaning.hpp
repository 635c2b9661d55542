// Explains causes of refusals to operators.
#pragma once

#include <string_view>

#include "turnpike/stun/message.hpp"
#include "turnpike/turn/cause.hpp"

namespace turnpike::admin {

// Returns one sentence that says what the cause means and what helps.
std::string_view meaning_of(turn::Cause cause);

// Returns a name such as "allocate" or "create_permission"; "request" for an unknown method.
std::string_view name_of(stun::Method method);

}  // namespace turnpike::admin
