// What the server says, for people: lines of 100 columns at most.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace turnpike::console {

inline constexpr std::size_t kColumns = 100;

// Of GET /api/v1/status: one screen.
std::string status_screen(const boost::json::object& status);
// Of a list of sessions: a paragraph each.
std::string sessions_text(const boost::json::array& sessions);
// The first so many of a list of sessions, which is sorted, as a table with a head.
std::string sessions_table(const boost::json::array& sessions, std::size_t rows);
// One line about the whole server, of GET /api/v1/counts.
std::string counts_line(const boost::json::object& counts);
// Of GET /api/v1/refusals: whom it is about, and what was refused, the latest first; what happened several
// times in a row is told once.
std::string refusals_text(std::string_view whom, const boost::json::object& answer);
// Of GET /api/v1/certificates.
std::string certificates_text(const boost::json::object& answer);
// Of GET /api/v1/fleet: a table of the nodes, 80 columns at most, each with its addresses below; or one line
// where there is no fleet.
std::string fleet_text(const boost::json::object& fleet);
// A line for each allocation that was ended, and how many there were.
std::string ended_text(const boost::json::object& answer);

}  // namespace turnpike::console
