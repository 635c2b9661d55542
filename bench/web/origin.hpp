// The web server that proxies are measured in front of.
#pragma once

#include "turnpike/base/endpoint.hpp"

namespace turnpike::bench {

// Answers GET /BYTES by as many bytes, and takes what is posted; a thread for each connection, until the
// process ends. It knows of HTTP as much as proxies say that a visitor has asked for. Says on standard output
// that it is there. Throws std::system_error.
[[noreturn]] void serve_web(const Endpoint& local);

}  // namespace turnpike::bench
