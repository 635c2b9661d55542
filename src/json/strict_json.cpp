#include "turnpike/json/strict_json.hpp"

#include <boost/json.hpp>

namespace turnpike::auth {
namespace {

namespace json = boost::json;

std::size_t count_members(const json::value& value) {
  std::size_t count = 0;
  if (const json::object* object = value.if_object()) {
    count = object->size();
    for (const auto& member : *object) count += count_members(member.value());
  } else if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) count += count_members(element);
  }
  return count;
}

// Each member that was written has one colon outside of strings; of members with the same name the parser keeps the last.
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
const json::value* find(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  return member == nullptr || member->is_null() ? nullptr : member;
}

}  // namespace

std::optional<json::object> parse_json_object(std::string_view text) {
  json::parse_options strict;
  strict.max_depth = kJsonDepthMax;
  json::error_code error;
  json::value value = json::parse(text, error, {}, strict);
  if (error || !value.is_object() || count_members(value) != count_colons(text)) return std::nullopt;
  return std::move(value.get_object());
}

bool read_member(const json::object& object, std::string_view name, std::string& out) {
  const json::value* member = find(object, name);
  if (member != nullptr && member->is_string()) out.assign(member->get_string().begin(), member->get_string().end());
  return member == nullptr || member->is_string();
}

bool read_member(const json::object& object, std::string_view name, bool& out) {
  const json::value* member = find(object, name);
  if (member != nullptr && member->is_bool()) out = member->get_bool();
  return member == nullptr || member->is_bool();
}

bool read_member(const json::object& object, std::string_view name, const json::object*& out) {
  const json::value* member = find(object, name);
  if (member != nullptr && member->is_object()) out = &member->get_object();
  return member == nullptr || member->is_object();
}

}  // namespace turnpike::auth
