// What a cause of refusals means to operators, and what helps, in one sentence.
#pragma once

#include <string_view>

#include "turnpike/stun/message.hpp"
#include "turnpike/turn/cause.hpp"

namespace turnpike::admin {

std::string_view meaning_of(turn::Cause cause);

// "allocate", "create_permission"; "request" for a method that the server does not know.
std::string_view name_of(stun::Method method);

}  // namespace turnpike::admin
