// The servers that requests are passed on to: which one serves a request, and how each of them fares.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/tally.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::http {

// The reason why a request that was passed on did not get its response.
enum class UpstreamFailure : std::uint8_t {
  refused,            // nobody listens there, or the network says that the server is unreachable
  connect_timed_out,  // no answer to the connection attempt
  closed,             // the connection ended before a response began
  head_timed_out,     // no response head within head_max
  bad_response,       // malformed, or its head is too large
  bad_upgrade,        // the upstream upgrades to a protocol that was not asked for
  broke_off,          // the connection ended in the middle of a response
  body_timed_out,     // no byte of the body moved for stall_max
};
inline constexpr std::size_t kUpstreamFailures = 8;

// Returns the name that metrics, log and documentation use.
std::string_view to_string(UpstreamFailure failure);

// Counts the outcomes of requests to one upstream. Used only on the thread that serves them.
struct UpstreamHealth {
  std::uint64_t answers = 0;  // responses whose head has arrived
  Tally<UpstreamFailure, kUpstreamFailures> failures{};
  bool is_failing = false;   // the last request has failed
  std::string last_error{};  // in words; kept after a later success

  // Records a failure; returns true if it is the first since the last response, so worth a line in the log.
  bool note_failure(UpstreamFailure failure, std::string_view what);
  // Records that the head of a response has arrived.
  void note_answer();
};

// The settings of the connections to an upstream.
struct UpstreamOptions {
  bool proxy_protocol = false;  // tells the client's address by a PROXY header of version 2
  Duration connect_max = std::chrono::seconds(5);
  // from the last byte of the request to the head of the response
  Duration head_max = std::chrono::seconds(60);
  Duration stall_max = std::chrono::seconds(60);  // without a byte of a body moving in either direction
};

// Sends requests for a host and for paths below a prefix to a server.
struct UpstreamRule {
  std::string host{};    // without port, case ignored; "": every host
  std::string prefix{};  // "" or "/rtc"; must end where a segment of the path ends
  Endpoint server{};
  UpstreamOptions options{};
};

// A rule and the health of its server.
struct Upstream {
  UpstreamRule rule{};
  // Changes while the upstream itself does not.
  std::shared_ptr<UpstreamHealth> health = std::make_shared<UpstreamHealth>();
};

// The table of rules, which does not change; only the health counters do.
class Upstreams {
 public:
  // Orders the rules. A server that `before` has as well keeps its health.
  explicit Upstreams(std::vector<UpstreamRule> rules, const Upstreams* before = nullptr);

  // Returns the upstream for the Host field and path; nullptr if no rule matches. A rule with a host precedes
  // one for every host, and a longer prefix a shorter one.
  const Upstream* find(std::string_view host, std::string_view path) const;
  std::span<const Upstream> all() const { return upstreams_; }

 private:
  std::vector<Upstream> upstreams_;  // in the order in which they are tried; a dozen at most
};

}  // namespace turnpike::http
