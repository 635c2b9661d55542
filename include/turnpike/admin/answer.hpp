// Makes the answers of the administration API, which are JSON.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "turnpike/http/message.hpp"

namespace turnpike::admin {

// Returns a response with this object as its body.
http::Response answer(const boost::json::object& object, unsigned status = 200);

// Returns a response with the body {"error": what}.
http::Response fault(unsigned status, std::string_view what);

}  // namespace turnpike::admin
