// Converts a response into the message that Beast serializes.
#pragma once

#include "turnpike/base/time.hpp"
#include "turnpike/http/beast.hpp"
#include "turnpike/http/message.hpp"

namespace turnpike::http {

using WireResponse = boost::beast::http::response<boost::beast::http::string_body>;

// The framing of a response to this client and request.
struct ResponseFraming {
  bool keep_alive = true;
  bool with_body = true;  // false: a response to HEAD, which still tells the length (RFC 9110 9.3.2)
};

// Converts a response, with `date` as its Date field. Adds Cache-Control: no-store and
// X-Content-Type-Options: nosniff if the response lacks them. Replaces control characters in fields by
// spaces, so that no value can begin another field.
WireResponse to_wire(const Response& response, ResponseFraming framing, UnixSeconds date);

}  // namespace turnpike::http
