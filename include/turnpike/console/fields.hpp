// Reading what the server says: what is missing or of another type is empty, for the server may be of another
// version.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace turnpike::console {

// Made printable.
std::string text_in(const boost::json::object& object, std::string_view name);
std::vector<std::string> texts_in(const boost::json::object& object, std::string_view name);
// Negative numbers are 0.
std::uint64_t number_in(const boost::json::object& object, std::string_view name);
bool is_true_in(const boost::json::object& object, std::string_view name);
bool has(const boost::json::object& object, std::string_view name);
const boost::json::object& object_in(const boost::json::object& object, std::string_view name);
const boost::json::array& array_in(const boost::json::object& object, std::string_view name);
// The objects in an array.
std::vector<const boost::json::object*> objects_in(const boost::json::object& object, std::string_view name);

}  // namespace turnpike::console
