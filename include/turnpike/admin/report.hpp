// What the server tells operators, as JSON.
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

// JSON is UTF-8, and what clients send may be anything: text that is not well-formed has its bytes beyond
// ASCII as \xNN.
std::string json_text(std::string_view text);

// "2026-03-01T12:00:00Z".
std::string date_text(UnixSeconds time_unix_s);

using FindRoom = std::function<std::optional<livekit::Membership>(std::string_view user_id)>;

boost::json::object session_json(const worker::Session& session, const FindRoom& find_room, const Now& now);
boost::json::array sessions_json(const std::vector<worker::Session>& sessions, const FindRoom& find_room,
                                 const Now& now);
boost::json::array refusals_json(const std::vector<worker::RefusalRecord>& refusals);

// Numbers alone: neither names nor addresses.
struct Counts {
  turn::Ledger::Counts ledger;
  worker::Counters counters;
  std::uint64_t bits_per_second = 0;
  std::size_t workers = 0;
  std::string obstacle;  // why nobody new is served; empty: all are
};
boost::json::object counts_json(const Counts& counts);

boost::json::object certificate_json(const net::TlsFiles& files, const net::TlsFilesReport& report,
                                     UnixSeconds now_unix_s);

}  // namespace turnpike::admin
