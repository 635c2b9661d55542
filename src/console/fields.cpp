#include "turnpike/console/fields.hpp"

#include <boost/json/value.hpp>

#include "turnpike/console/text.hpp"

namespace turnpike::console {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
  return value.is_string() ? printable({value.get_string().data(), value.get_string().size()}) : "";
}

}  // namespace

std::string text_in(const json::object& object, std::string_view name) {
  const json::value* const member = object.if_contains(name);
  return member == nullptr ? "" : text_of(*member);
}

std::vector<std::string> texts_in(const json::object& object, std::string_view name) {
  std::vector<std::string> texts;
  for (const json::value& each : array_in(object, name)) texts.push_back(text_of(each));
  return texts;
}

std::uint64_t number_in(const json::object& object, std::string_view name) {
  const json::value* const member = object.if_contains(name);
  if (member == nullptr) return 0;
  if (member->is_uint64()) return member->get_uint64();
  if (member->is_int64() && member->get_int64() > 0) return static_cast<std::uint64_t>(member->get_int64());
  return 0;
}

bool is_true_in(const json::object& object, std::string_view name) {
  const json::value* const member = object.if_contains(name);
  return member != nullptr && member->is_bool() && member->get_bool();
}

bool has(const json::object& object, std::string_view name) { return object.contains(name); }

const json::object& object_in(const json::object& object, std::string_view name) {
  static const json::object kNone;
  const json::value* const member = object.if_contains(name);
  return member != nullptr && member->is_object() ? member->get_object() : kNone;
}

const json::array& array_in(const json::object& object, std::string_view name) {
  static const json::array kNone;
  const json::value* const member = object.if_contains(name);
  return member != nullptr && member->is_array() ? member->get_array() : kNone;
}

std::vector<const json::object*> objects_in(const json::object& object, std::string_view name) {
  std::vector<const json::object*> objects;
  for (const json::value& each : array_in(object, name)) {
    if (each.is_object()) objects.push_back(&each.get_object());
  }
  return objects;
}

}  // namespace turnpike::console
