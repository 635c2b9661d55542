#include "turnpike/json/strict_json.hpp"

#include <boost/json.hpp>

namespace turnpike::json {
namespace {

std::size_t count_members(const boost::json::value& value) {
  std::size_t count = 0;
  if (const boost::json::object* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += count_members(member.value());
  } else if (const boost::json::array* array = value.if_array()) {
    for (const boost::json::value& element : *array) count += count_members(element);
  }
  return count;
}

// Each member that was written has one colon outside of strings; of members with the same name the parser
// keeps the last.
std::size_t count_colons(std::string_view text) {
  std::size_t count = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (in_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      in_string = !in_string;
    } else if (text[i] == ':' && !in_string) {
      ++count;
    }
  }
  return count;
}

// The member, if it is there and not null.
const boost::json::value* find(const boost::json::object& object, std::string_view name) {
  const boost::json::value* member = object.if_contains(name);
  return member == nullptr || member->is_null() ? nullptr : member;
}

}  // namespace

std::optional<boost::json::object> parse_object(std::string_view text) {
  boost::json::parse_options strict;
  strict.max_depth = kDepthMax;
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(text, error, {}, strict);
  if (error || !value.is_object() || count_members(value) != count_colons(text)) return std::nullopt;
  return std::move(value.get_object());
}

bool read_member(const boost::json::object& object, std::string_view name, std::string& out) {
  const boost::json::value* member = find(object, name);
  if (member != nullptr && member->is_string())
    out.assign(member->get_string().begin(), member->get_string().end());
  return member == nullptr || member->is_string();
}

bool read_member(const boost::json::object& object, std::string_view name, bool& out) {
  const boost::json::value* member = find(object, name);
  if (member != nullptr && member->is_bool()) out = member->get_bool();
  return member == nullptr || member->is_bool();
}

bool read_member(const boost::json::object& object, std::string_view name, const boost::json::object*& out) {
  const boost::json::value* member = find(object, name);
  if (member != nullptr && member->is_object()) out = &member->get_object();
  return member == nullptr || member->is_object();
}

}  // namespace turnpike::json
