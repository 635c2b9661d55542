// An order from one node to another, given by an operator.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

// The tasks that a node can be ordered to do.
enum class Task : std::uint8_t { drain };
// Returns the name that records use.
std::string_view to_string(Task task);

// An order is published once; a node that misses it must be told again. Ids of nodes are random and belong to
// one process, so a repeated order asks only for what was done already: the next process on the host is
// another node.
struct Order {
  std::string node_id;  // who has to do it
  Task task = Task::drain;
  std::string by;  // the node that the operator has asked

  bool operator==(const Order&) const = default;
};

// Returns the order's payload.
std::string write_order(const Order& order);
// Returns the order of a payload, or why it is refused; an unknown task is `malformed`.
Result<Order, RecordFault> read_order(std::string_view payload);

}  // namespace turnpike::fleet
