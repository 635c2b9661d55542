// Members of a record's payload, read with a bound each; the first that does not fit spoils the record.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace turnpike::fleet {

inline constexpr std::size_t kUserSizeMax = 512;  // USERNAME has less than 509 bytes (RFC 8489 14.3)

// Members that it is not asked about are of later versions, and passed over.
class Fields {
 public:
  explicit Fields(const boost::json::object& object) : object_(object) {}

  // Printable ASCII; empty only where `size_min` is 0.
  std::string text(std::string_view name, std::size_t size_max, std::size_t size_min = 0);
  // Any bytes, in base64url.
  std::string bytes(std::string_view name, std::size_t size_max, std::size_t size_min = 0);
  std::uint64_t number(std::string_view name, std::uint64_t max);
  // False where it is absent.
  bool flag(std::string_view name);
  const boost::json::array& list(std::string_view name, std::size_t size_max);

  bool is_good() const { return is_good_; }
  void spoil() { is_good_ = false; }

 private:
  const boost::json::object& object_;
  bool is_good_ = true;
};

bool is_printable(std::string_view text);
// The id of a node: 32 digits of hex.
bool is_node_id(std::string_view text);

}  // namespace turnpike::fleet
