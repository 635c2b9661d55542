// What a sentinel is asked, and what it says.
#pragma once

#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/redis/command.hpp"
#include "turnpike/redis/failure.hpp"
#include "turnpike/redis/reply.hpp"
#include "turnpike/redis/target.hpp"

namespace turnpike::redis {

Command ask_for_master(const std::string& master);

// Where it says that the master is.
Result<Place, Failure> read_master(const Reply& reply);

}  // namespace turnpike::redis
