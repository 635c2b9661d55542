// JSON objects from outside, read strictly: one meaning or none.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::json {

// Deepest nesting of a text that is read.
inline constexpr std::size_t kDepthMax = 32;

// Parses a text that is one JSON object, white space around it aside. Returns nullopt if it is anything else,
// is not UTF-8, nests deeper than kDepthMax, or has a name twice in one object, because readers differ in
// which one they take (RFC 8259 section 4). Takes time and memory in proportion to the text: the caller
// bounds its size.
std::optional<boost::json::object> parse_object(std::string_view text);

// Reads a member into `out`, which stays unchanged if the member is absent or null. Returns false if the
// member is of another type.
bool read_member(const boost::json::object& object, std::string_view name, std::string& out);
bool read_member(const boost::json::object& object, std::string_view name, bool& out);
// Does the same for a member that is an object; `out` refers to `object`.
bool read_member(const boost::json::object& object, std::string_view name, const boost::json::object*& out);

}  // namespace turnpike::json
