// Reports the nodes of a fleet as JSON, for operators.
#pragma once

#include <boost/json/object.hpp>

#include "turnpike/base/time.hpp"
#include "turnpike/fleet/membership.hpp"
#include "turnpike/fleet/node_record.hpp"

namespace turnpike::node {

// Returns this node and all nodes that are heard of, by region and id, in the form of GET /api/v1/fleet.
boost::json::object fleet_json(const fleet::NodeRecord& self, const fleet::Membership& members,
                               bool is_connected, const Now& now);

}  // namespace turnpike::node
