// Reads members of the server's JSON. A member that is missing or of another type reads as empty, because the
// server may be of another version.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace turnpike::console {

// Returns a text or a list of texts, made harmless by printable().
std::string text_in(const boost::json::object& object, std::string_view name);
std::vector<std::string> texts_in(const boost::json::object& object, std::string_view name);
// Returns a number; 0 for a negative one.
std::uint64_t number_in(const boost::json::object& object, std::string_view name);
bool is_true_in(const boost::json::object& object, std::string_view name);
// Returns whether the member exists, of whatever type.
bool has(const boost::json::object& object, std::string_view name);
const boost::json::object& object_in(const boost::json::object& object, std::string_view name);
const boost::json::array& array_in(const boost::json::object& object, std::string_view name);
// Returns the objects in an array; they point into `object`.
std::vector<const boost::json::object*> objects_in(const boost::json::object& object, std::string_view name);

}  // namespace turnpike::console
