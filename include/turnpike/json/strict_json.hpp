// JSON objects from outside, read strictly: one meaning or none.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::json {

inline constexpr std::size_t kDepthMax = 32;

// The object that the text is, white space around it aside. No value if it is anything else, is not UTF-8,
// nests deeper than kJsonDepthMax, or has a name twice in one object: readers differ in which one they take
// (RFC 8259 section 4). Takes time and memory in proportion to the text: the caller bounds its size.
std::optional<boost::json::object> parse_object(std::string_view text);

// Reads a member into `out`; if it is absent or null, `out` stays as it was. False: it is there, and of
// another type.
bool read_member(const boost::json::object& object, std::string_view name, std::string& out);
bool read_member(const boost::json::object& object, std::string_view name, bool& out);
// A member that is an object; `out` points into `object`.
bool read_member(const boost::json::object& object, std::string_view name, const boost::json::object*& out);

}  // namespace turnpike::json
