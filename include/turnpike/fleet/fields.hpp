// Reads the members of a record's payload, each within a bound; the first bad one spoils the record.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::fleet {

// Bytes of a user id at most; USERNAME has fewer than 509 (RFC 8489 14.3).
inline constexpr std::size_t kUserSizeMax = 512;

// Reads a JSON object. A member that is missing or out of bounds spoils the object and reads as empty or 0.
// Members that are never asked for belong to later versions and are ignored.
class Fields {
 public:
  explicit Fields(const boost::json::object& object) : object_(object) {}

  // Returns printable ASCII of `size_min` to `size_max` bytes.
  std::string text(std::string_view name, std::size_t size_max, std::size_t size_min = 0);
  // Returns any bytes, decoded from base64url; the bounds are those of the decoded bytes.
  std::string bytes(std::string_view name, std::size_t size_max, std::size_t size_min = 0);
  // Returns a whole number from 0 to `max`.
  std::uint64_t number(std::string_view name, std::uint64_t max);
  // Returns a boolean; a missing one is false.
  bool flag(std::string_view name);
  // Returns a list of at most `size_max` elements.
  const boost::json::array& list(std::string_view name, std::size_t size_max);

  bool is_good() const { return is_good_; }
  void spoil() { is_good_ = false; }

 private:
  const boost::json::object& object_;
  bool is_good_ = true;
};

// Returns true for printable ASCII.
bool is_printable(std::string_view text);
// Returns true for 32 lower-case hex digits.
bool is_node_id(std::string_view text);

}  // namespace turnpike::fleet
