// Rewrites the heads of requests and responses that are passed on.
#pragma once

#include <string>

#include "turnpike/http/head.hpp"
#include "turnpike/http/service.hpp"

namespace turnpike::http {

// The sender of a request that is passed on.
struct Sender {
  Adopted peer{};         // the other end of the connection
  bool is_proxy = false;  // the peer is a known proxy: its X-Forwarded fields are believed
  Endpoint client{};      // the first client before all known proxies; port 0 if there are such
};

// Returns true if the request upgrades to a WebSocket; no other upgrade is passed on.
bool asks_for_web_socket(const RequestHead& request);
// Returns true if the response accepts the upgrade to a WebSocket.
bool is_web_socket(const ResponseHead& response);

// Returns the head for the upstream: without the fields of one connection only (RFC 9110 7.6.1) and without
// X-Forwarded fields of strangers; with X-Forwarded-For, -Proto and -Host. The body keeps the framing that
// `request` has.
std::string head_for_upstream(const RequestHead& request, const Sender& sender);

// The framing of a response to the client.
struct AnswerFraming {
  bool is_chunked = false;  // for a body of unknown length, to a client of HTTP/1.1
  bool keep_alive = true;
};
// Chooses the framing. `wants_more` says that the client and its request allow another request.
AnswerFraming answer_framing(const ResponseHead& response, bool to_http_1_0, bool wants_more);
// Returns the head for the client, with the fields of `framing`.
std::string head_for_client(const ResponseHead& response, AnswerFraming framing);
// Returns the head of a response before the final one: 100, 103, or the 101 of a WebSocket.
std::string interim_head(const ResponseHead& response);

}  // namespace turnpike::http
