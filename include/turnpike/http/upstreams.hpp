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

// Why a request that was passed on did not get its answer.
enum class UpstreamFailure : std::uint8_t {
  refused,            // nobody listens there, or the network says that nobody can be reached
  connect_timed_out,  // nobody answers at all
  closed,             // the connection ended before a response began
  head_timed_out,     // no response in its time
  bad_response,       // it cannot be read, or is larger than a head may be
  bad_upgrade,        // to something else than was asked for
  broke_off,          // the connection ended within a response
  body_timed_out,     // the response came no further
};
inline constexpr std::size_t kUpstreamFailures = 8;

// As metrics, log and documentation call it.
std::string_view to_string(UpstreamFailure failure);

// What has come of the requests that one upstream has got. To be read by the thread that serves them.
struct UpstreamHealth {
  std::uint64_t answers = 0;  // whose head came
  Tally<UpstreamFailure, kUpstreamFailures> failures{};
  bool is_failing = false;   // the last thing that happened was a failure
  std::string last_error{};  // in words; stays when it is over

  // Whether it is worth a line in the log: it is the first since the last answer.
  bool note_failure(UpstreamFailure failure, std::string_view what);
  void note_answer();
};

struct UpstreamOptions {
  bool proxy_protocol = false;  // a PROXY header, version 2, says who the client is
  Duration connect_max = std::chrono::seconds(5);
  Duration head_max = std::chrono::seconds(60);   // from the last byte of the request to the response's head
  Duration stall_max = std::chrono::seconds(60);  // that no byte of a body moves in either direction
};

// A request of this host, and of a path below this one, goes to this server.
struct UpstreamRule {
  std::string host{};    // without port, in any case; "": every host
  std::string prefix{};  // "" or "/rtc": ends at the end of a segment
  Endpoint server{};
  UpstreamOptions options{};
};

struct Upstream {
  UpstreamRule rule{};
  // Changes while the upstream itself does not.
  std::shared_ptr<UpstreamHealth> health = std::make_shared<UpstreamHealth>();
};

class Upstreams {
 public:
  // What is known of the health of a server in `before` goes on.
  explicit Upstreams(std::vector<UpstreamRule> rules, const Upstreams* before = nullptr);

  // `host` is what the Host field says. A rule for the host goes before one for every host, a longer prefix
  // before a shorter one. Null if none is for it.
  const Upstream* find(std::string_view host, std::string_view path) const;
  std::span<const Upstream> all() const { return upstreams_; }

 private:
  std::vector<Upstream> upstreams_;  // in the order in which they are tried; a dozen at most
};

}  // namespace turnpike::http
