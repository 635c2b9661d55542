// Visitors of a web site over TLS, who want as much of it as they can get.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "load/usage.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::bench {

enum class Wish : std::uint8_t {
  download,  // one answer without end
  upload,    // one request without end
  requests,  // one small answer after the other
};

struct Visits {
  Endpoint server;
  Wish wish = Wish::download;
  std::size_t connections = 1;  // a thread each
  Duration warm_up{};
  Duration measured{};
  Processes processes{};
};

struct VisitResult {
  double seconds = 0;
  std::uint64_t bytes = 0;  // of bodies
  std::uint64_t requests = 0;
  Usage used{};
};

// TLS 1.3 with AES-128-GCM, whoever the server is. Throws std::runtime_error where a connection does not come
// up or ends early. Its threads go on until the process ends.
VisitResult visit(const Visits& visits);

}  // namespace turnpike::bench
