// Asks an HTTP server on a Unix socket one question, blocking.
#pragma once

#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::http {

// A response of any status.
struct Reply {
  unsigned status = 0;
  std::string body;
};

// A request.
struct Question {
  std::string method;
  std::string target;     // path and query
  std::string json = {};  // the body; "": none
};

// Sends the request and waits for the whole response, of at most 64 MiB. Returns the system's error, an error
// of HTTP if the response is malformed, or timed_out after `patience`.
Result<Reply> ask_unix_socket(const std::string& path, const Question& question,
                              Duration patience = std::chrono::seconds(60));

}  // namespace turnpike::http
