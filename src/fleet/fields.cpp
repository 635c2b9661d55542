#include "turnpike/fleet/fields.hpp"

#include <algorithm>
#include <boost/json/value.hpp>

#include "turnpike/crypto/base64.hpp"

namespace turnpike::fleet {

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7F; });
}

bool is_node_id(std::string_view text) {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

std::string Fields::text(std::string_view name, std::size_t size_max, std::size_t size_min) {
  const boost::json::value* member = object_.if_contains(name);
  const boost::json::string* text = member == nullptr ? nullptr : member->if_string();
  if (text == nullptr || text->size() > size_max || text->size() < size_min ||
      !is_printable(std::string_view(*text))) {
    spoil();
    return {};
  }
  return std::string(text->begin(), text->end());
}

std::string Fields::bytes(std::string_view name, std::size_t size_max, std::size_t size_min) {
  auto decoded = crypto::base64url_decode(text(name, (size_max * 4 + 2) / 3));
  if (!decoded || decoded->size() > size_max || decoded->size() < size_min) {
    spoil();
    return {};
  }
  return std::move(*decoded);
}

std::uint64_t Fields::number(std::string_view name, std::uint64_t max) {
  const boost::json::value* member = object_.if_contains(name);
  boost::json::error_code error;
  const bool is_whole = member != nullptr && (member->is_int64() || member->is_uint64());
  const auto number = is_whole ? member->to_number<std::uint64_t>(error) : 0;
  if (!is_whole || error || number > max) {
    spoil();
    return 0;
  }
  return number;
}

bool Fields::flag(std::string_view name) {
  const boost::json::value* member = object_.if_contains(name);
  if (member == nullptr) return false;
  if (!member->is_bool()) spoil();
  return member->is_bool() && member->get_bool();
}

const boost::json::array& Fields::list(std::string_view name, std::size_t size_max) {
  static const boost::json::array kNone;
  const boost::json::value* member = object_.if_contains(name);
  const boost::json::array* list = member == nullptr ? nullptr : member->if_array();
  if (list == nullptr || list->size() > size_max) {
    spoil();
    return kNone;
  }
  return *list;
}

}  // namespace turnpike::fleet
