// Writes what the server reports to operators as JSON.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/livekit/room_registry.hpp"
#include "turnpike/net/tls_files.hpp"
#include "turnpike/turn/ledger.hpp"
#include "turnpike/worker/counters.hpp"
#include "turnpike/worker/refusals.hpp"
#include "turnpike/worker/session.hpp"

namespace turnpike::admin {

// Returns the text as valid UTF-8, which JSON needs: in a text that is not, each byte beyond ASCII becomes
// \xNN.
std::string json_text(std::string_view text);

// Returns a date such as "2026-03-01T12:00:00Z".
std::string date_text(UnixSeconds time_unix_s);

// Returns the room of a user; nullopt if the user is in none.
using FindRoom = std::function<std::optional<livekit::Membership>(std::string_view user_id)>;

// Returns a session, or a list of sessions, as in GET /api/v1/sessions.
boost::json::object session_json(const worker::Session& session, const FindRoom& find_room, const Now& now);
boost::json::array sessions_json(const std::vector<worker::Session>& sessions, const FindRoom& find_room,
                                 const Now& now);
// Returns refusals as in GET /api/v1/refusals.
boost::json::array refusals_json(const std::vector<worker::RefusalRecord>& refusals);

// The numbers of GET /api/v1/counts, which tell neither names nor addresses.
struct Counts {
  turn::Ledger::Counts ledger;
  worker::Counters counters;
  std::uint64_t bits_per_second = 0;
  std::size_t workers = 0;
  std::string obstacle;  // why new clients are not served; "" if they are
};
// Returns the body of GET /api/v1/counts.
boost::json::object counts_json(const Counts& counts);

// Returns a certificate as in GET /api/v1/certificates.
boost::json::object certificate_json(const net::TlsFiles& files, const net::TlsFilesReport& report,
                                     UnixSeconds now_unix_s);

}  // namespace turnpike::admin
