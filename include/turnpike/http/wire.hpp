// How a response leaves, as the message that Beast serializes.
#pragma once

#include "turnpike/base/time.hpp"
#include "turnpike/http/beast.hpp"
#include "turnpike/http/message.hpp"

namespace turnpike::http {

using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

struct ResponseFraming {
  bool keep_alive = true;
  bool with_body = true;  // false: to HEAD, the length is told all the same (RFC 9110 9.3.2)
};

// `date` is that of the Date field. What a handler does not say is added: Cache-Control: no-store and
// X-Content-Type-Options: nosniff. Control characters in a field become spaces, so that no value can begin
// another field.
WireResponse to_wire(const Response& response, ResponseFraming framing, UnixSeconds date);

}  // namespace turnpike::http
