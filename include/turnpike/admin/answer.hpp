// Answers of the API: JSON, and what is wrong in one form.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "turnpike/http/message.hpp"

namespace turnpike::admin {

http::Response answer(const boost::json::object& object, unsigned status = 200);

// {"error": "..."}
http::Response fault(unsigned status, std::string_view what);

}  // namespace turnpike::admin
