#include "turnpike/log/line.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

namespace turnpike::log {
namespace {

bool is_plain(unsigned char c) { return c > ' ' && c < 0x7f && c != '"' && c != '\\'; }

std::string escaped(std::string_view value) {
  std::string text;
  for (const unsigned char c : value)
    text += is_plain(c) || c == ' ' ? std::string(1, static_cast<char>(c)) : fmt::format("\\x{:02x}", c);
  return text;
}

// Bare where nothing in it could be mistaken, else quoted with everything outside printable ASCII as \xNN.
std::string text_value(std::string_view value) {
  bool bare = !value.empty();
  for (const unsigned char c : value)
    bare = bare && is_plain(c) && c != '[' && c != ']' && c != ',' && c != '=';
  if (bare) return std::string(value);
  return '"' + escaped(value) + '"';
}

// JSON must be UTF-8: bytes beyond ASCII in what a client sent are written as \xNN.
std::string json_value(std::string_view value) {
  std::string ascii;
  for (const unsigned char c : value)
    ascii += c < 0x80 ? std::string(1, static_cast<char>(c)) : fmt::format("\\x{:02x}", c);
  return boost::json::serialize(boost::json::string(ascii));
}

template <class Render>
std::string list(const std::vector<std::string>& values, Render render) {
  std::string joined;
  for (const std::string& value : values) joined += (joined.empty() ? "" : ",") + render(value);
  return "[" + joined + "]";
}

template <class Render>
std::string render_value(const Field& field, Render render) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&field.value)) return render(*text);
  return list(std::get<std::vector<std::string>>(field.value), render);
}

}  // namespace

std::string render(Format format, std::string_view event, std::span<const Field> fields) {
  if (format == Format::text) {
    std::string line{event};
    for (const Field& field : fields)
      line += fmt::format(" {}={}", field.name, render_value(field, text_value));
    return line;
  }
  std::string line = fmt::format(R"("event":"{}")", event);
  for (const Field& field : fields)
    line += fmt::format(R"(,"{}":{})", field.name, render_value(field, json_value));
  return line;
}

std::string plain_value(const Field& field) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return fmt::format("{}", *number);
  if (const auto* text = std::get_if<std::string>(&field.value)) return escaped(*text);
  std::string joined;
  for (const std::string& value : std::get<std::vector<std::string>>(field.value))
    joined += (joined.empty() ? "" : ",") + escaped(value);
  return joined;
}

}  // namespace turnpike::log
