// The heads of a request and a response that are passed on: what of them stays, and what is said anew.
#pragma once

#include <string>

#include "turnpike/http/head.hpp"
#include "turnpike/http/service.hpp"

namespace turnpike::http {

// Who sent a request that is passed on.
struct Sender {
  Adopted peer{};         // the other end of the connection
  bool is_proxy = false;  // what it says of others is believed
  Endpoint client{};      // behind the proxies; of port 0 where there are some
};

// For a WebSocket; an upgrade to anything else is not passed on.
bool asks_for_web_socket(const RequestHead& request);
bool is_web_socket(const ResponseHead& response);

// Without the fields that are of one connection only (RFC 9110 7.6.1), and without what strangers say of whom
// they pass on; with X-Forwarded-For, -Proto and -Host. The body will be as it is framed in `request`.
std::string head_for_upstream(const RequestHead& request, const Sender& sender);

// How an answer goes on to the client.
struct AnswerFraming {
  bool is_chunked = false;  // of a length that is not known, to a client of HTTP/1.1
  bool keep_alive = true;
};
// `wants_more`: the client and its request allow another one.
AnswerFraming answer_framing(const ResponseHead& response, bool to_http_1_0, bool wants_more);
std::string head_for_client(const ResponseHead& response, AnswerFraming framing);
// Of a response that comes before the last one: 100, 103, or a 101 to `asks_for_web_socket`.
std::string interim_head(const ResponseHead& response);

}  // namespace turnpike::http
