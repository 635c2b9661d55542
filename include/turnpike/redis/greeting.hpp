// The first commands of a connection to Redis, and what each answer to them means.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/redis/command.hpp"
#include "turnpike/redis/failure.hpp"
#include "turnpike/redis/reply.hpp"

namespace turnpike::redis {

// The properties of a new connection.
struct Greeting {
  std::string user{};
  std::string password{};  // if empty like `user`, the connection does not authenticate
  std::uint32_t database = 0;
  std::string name{};  // under which the server lists this client; "": none
  // The role that the server must have.
  enum class Role : std::uint8_t {
    any,               // also a sentinel
    master_if_told,    // a master; a server that does not tell its role is believed
    master_certainly,  // a master that says so, because a sentinel may name a former master
  } role = Role::any;
  std::vector<std::string> channels{};  // to subscribe to; with channels, the connection takes no commands
};

// A command, and the function that judges each of its answers; some commands have several answers.
struct Step {
  Command command;
  // Returns what is wrong with an answer; none if it is good.
  std::optional<Failure> (*judge)(const Reply& reply);
  std::size_t answers = 1;
};

// Returns the steps of a greeting in their order; all are sent at once.
std::vector<Step> steps_of(const Greeting& greeting);

// Returns a PING, which is answered by ["pong", ""] on a connection for messages.
Step ping();

}  // namespace turnpike::redis
