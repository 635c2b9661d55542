// What one node has another one do, because an operator has asked it to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

enum class Task : std::uint8_t { drain };
std::string_view to_string(Task task);

// Ids of nodes are random and of one process, so an order that is said again asks for what was done already:
// whoever comes after that process on the same host is another node. It is said once, and a node that does
// not hear it is told again.
struct Order {
  std::string node_id;  // who is to do it
  Task task = Task::drain;
  std::string by;  // the node that was asked

  bool operator==(const Order&) const = default;
};

std::string write_order(const Order& order);
// A task that is not known makes it malformed.
Result<Order, RecordFault> read_order(std::string_view payload);

}  // namespace turnpike::fleet
