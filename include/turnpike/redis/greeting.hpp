// What a connection to Redis begins with, and what each answer to that means.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/redis/command.hpp"
#include "turnpike/redis/failure.hpp"
#include "turnpike/redis/reply.hpp"

namespace turnpike::redis {

struct Greeting {
  std::string user{};
  std::string password{};  // with neither nobody authenticates
  std::uint32_t database = 0;
  std::string name{};  // by which the server lists this client; "": none
  enum class Role : std::uint8_t {
    any,               // a sentinel, say
    master_if_told,    // a server that does not tell is believed
    master_certainly,  // what a sentinel names may have been a master long ago
  } role = Role::any;
  std::vector<std::string> channels{};  // to subscribe to: the connection is one for messages, then
};

// A command, and what is wrong with an answer to it; some have several answers.
struct Step {
  Command command;
  std::optional<Failure> (*judge)(const Reply& reply);
  std::size_t answers = 1;
};

// In this order, all sent at once.
std::vector<Step> steps_of(const Greeting& greeting);

// A sign of life: ["pong", ""] on a connection for messages.
Step ping();

}  // namespace turnpike::redis
