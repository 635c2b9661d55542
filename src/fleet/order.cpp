#include "turnpike/fleet/order.hpp"

#include <boost/json.hpp>

#include "turnpike/fleet/fields.hpp"
#include "turnpike/json/strict_json.hpp"

namespace turnpike::fleet {
namespace {

constexpr std::size_t kOrderSizeMax = 1024;
constexpr std::size_t kTaskSizeMax = 16;

}  // namespace

std::string_view to_string(Task task) {
  switch (task) {
    case Task::drain: return "drain";
  }
  return "";
}

std::string write_order(const Order& order) {
  return boost::json::serialize(
      boost::json::object{{"node", order.node_id}, {"task", to_string(order.task)}, {"by", order.by}});
}

Result<Order, RecordFault> read_order(std::string_view payload) {
  if (payload.size() > kOrderSizeMax) return RecordFault::too_long;
  const auto object = json::parse_object(payload);
  if (!object) return RecordFault::malformed;
  Fields fields(*object);
  Order order;
  order.node_id = fields.text("node", 32);
  order.by = fields.text("by", 32);
  const bool is_known = fields.text("task", kTaskSizeMax) == to_string(order.task);
  if (!fields.is_good() || !is_known || !is_node_id(order.node_id) || !is_node_id(order.by))
    return RecordFault::malformed;
  return order;
}

}  // namespace turnpike::fleet
