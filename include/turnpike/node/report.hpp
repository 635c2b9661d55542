// The nodes of a fleet as JSON, for operators.
#pragma once

#include <boost/json/object.hpp>

#include "turnpike/base/time.hpp"
#include "turnpike/fleet/membership.hpp"
#include "turnpike/fleet/node_record.hpp"

namespace turnpike::node {

// This node and all that are heard of, by region and id, as GET /api/v1/fleet has them.
boost::json::object fleet_json(const fleet::NodeRecord& self, const fleet::Membership& members,
                               bool is_connected, const Now& now);

}  // namespace turnpike::node
