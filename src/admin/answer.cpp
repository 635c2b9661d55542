#include "turnpike/admin/answer.hpp"

#include <boost/json/serialize.hpp>

#include "turnpike/admin/report.hpp"

namespace turnpike::admin {

http::Response answer(const boost::json::object& object, unsigned status) {
  return {
      .status = status, .content_type = "application/json", .body = boost::json::serialize(object) + "\n"};
}

http::Response fault(unsigned status, std::string_view what) {
  return answer({{"error", json_text(what)}}, status);
}

}  // namespace turnpike::admin
