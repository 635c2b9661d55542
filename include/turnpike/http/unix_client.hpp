// One question to an HTTP server behind a Unix socket, for programs that do nothing else meanwhile.
#pragma once

#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::http {

struct Reply {
  unsigned status = 0;
  std::string body;
};

struct Question {
  std::string method;
  std::string target;     // path and query
  std::string json = {};  // the body, if there is one
};

// The error is that of the system, or of what came in place of an answer; timed_out after so long.
Result<Reply> ask_unix_socket(const std::string& path, const Question& question,
                              Duration patience = std::chrono::seconds(60));

}  // namespace turnpike::http
