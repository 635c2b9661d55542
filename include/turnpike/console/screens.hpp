// Formats the server's answers for people, in lines of at most kColumns columns.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <string>
#include <string_view>

namespace turnpike::console {

inline constexpr std::size_t kColumns = 100;

// Returns one screen of text for GET /api/v1/status.
std::string status_screen(const boost::json::object& status);
// Returns one paragraph for each session.
std::string sessions_text(const boost::json::array& sessions);
// Returns the first `rows` of a sorted list of sessions as a table with a head.
std::string sessions_table(const boost::json::array& sessions, std::size_t rows);
// Returns one line about the whole server for GET /api/v1/counts.
std::string counts_line(const boost::json::object& counts);
// Returns the text for GET /api/v1/refusals: whom it is about, and the refusals, the latest first. Equal
// refusals in a row are shown once.
std::string refusals_text(std::string_view whom, const boost::json::object& answer);
// Returns the text for GET /api/v1/certificates.
std::string certificates_text(const boost::json::object& answer);
// Returns the text for GET /api/v1/fleet: a table of nodes, at most 80 columns wide, with the addresses of
// each below it; or one line if there is no fleet.
std::string fleet_text(const boost::json::object& fleet);
// Returns a line for each ended allocation, and their number.
std::string ended_text(const boost::json::object& answer);

}  // namespace turnpike::console
