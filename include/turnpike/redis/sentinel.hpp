// Asks a sentinel for the master, and reads its answer.
#pragma once

#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/redis/command.hpp"
#include "turnpike/redis/failure.hpp"
#include "turnpike/redis/reply.hpp"
#include "turnpike/redis/target.hpp"

namespace turnpike::redis {

// Returns the command that asks where the master of this name is.
Command ask_for_master(const std::string& master);

// Returns the place of the master, or Cause::no_master, Cause::malformed or the sentinel's error.
Result<Place, Failure> read_master(const Reply& reply);

}  // namespace turnpike::redis
