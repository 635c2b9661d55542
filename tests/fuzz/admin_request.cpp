// Fuzz harness: what operators ask of the API, in queries and in bodies.
#include "harness.hpp"
#include "turnpike/admin/requests.hpp"
#include "turnpike/http/host_field.hpp"

namespace {

using namespace turnpike;
using fuzz::require;

void check_queries(std::string_view text) {
  if (const auto sessions = admin::read_sessions_request(text)) {
    require(sessions->limit >= 1 && sessions->limit <= admin::kSessionsMax, "a page has a bound");
    require(!sessions->busiest || sessions->after == 0, "the busiest have no pages");
    require(!sessions->user || !sessions->user->empty(), "an empty name is none");
  }
  if (const auto refusals = admin::read_refusals_request(text)) {
    require(refusals->max >= 1 && refusals->max <= admin::kRefusalsMax, "an answer has a bound");
    require(!refusals->address || refusals->user.empty(), "a client or a user");
  }
  const auto parameters = admin::parse_query(text);
  require(parameters || !admin::read_sessions_request(text), "what is not well-formed is not asked");
}

void check_bodies(std::string_view text) {
  if (const auto end = admin::read_end_request(text)) {
    const int given = end->user.has_value() + end->room.has_value() + end->allocation.has_value();
    require(given == 1, "exactly one thing is to end");
  }
  if (const auto bar = admin::read_bar_request(text)) {
    require(!bar->user.empty() && bar->user.size() <= admin::kNameBytesMax, "a bar is of somebody");
    require(bar->seconds <= admin::kBarMax_s, "a bar ends");
  }
  const auto level = admin::read_level_request(text);
  require(!level || !admin::to_string(*level).empty(), "a level has a name");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = as_text({data, size});
  check_queries(text);
  check_bodies(text);
  const std::string_view host = http::host_of(text);
  require(host.size() <= text.size() && text.starts_with(host), "a host is a part of its field");
  return 0;
}
