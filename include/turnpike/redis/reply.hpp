// The answer of a Redis server as a value (RESP2).
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace turnpike::redis {

// A reply; only the field of its kind is set.
struct Reply {
  enum class Kind : std::uint8_t { nil, integer, status, error, string, array };

  Kind kind = Kind::nil;
  std::int64_t number = 0;        // integer
  std::string text{};             // status, error or string; any bytes
  std::vector<Reply> elements{};  // array

  static Reply nil() { return {}; }
  static Reply integer(std::int64_t number) { return {Kind::integer, number, {}, {}}; }
  static Reply status(std::string text) { return {Kind::status, 0, std::move(text), {}}; }
  static Reply error(std::string text) { return {Kind::error, 0, std::move(text), {}}; }
  static Reply string(std::string text) { return {Kind::string, 0, std::move(text), {}}; }
  static Reply array(std::vector<Reply> elements) { return {Kind::array, 0, {}, std::move(elements)}; }

  bool is_nil() const { return kind == Kind::nil; }
  bool is_integer() const { return kind == Kind::integer; }
  bool is_status() const { return kind == Kind::status; }
  bool is_error() const { return kind == Kind::error; }
  bool is_string() const { return kind == Kind::string; }
  bool is_array() const { return kind == Kind::array; }

  bool operator==(const Reply&) const = default;
};

}  // namespace turnpike::redis
