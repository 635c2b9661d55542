#include "turnpike/console/text.hpp"

#include <fmt/format.h>
#include <utf8proc.h>

#include <algorithm>
#include <array>

namespace turnpike::console {
namespace {

struct Character {
  utf8proc_int32_t codepoint;  // negative: none is there
  std::size_t size;            // in bytes
};

Character first_of(std::string_view text) {
  utf8proc_int32_t codepoint = -1;
  const auto size = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                     static_cast<utf8proc_ssize_t>(text.size()), &codepoint);
  if (size <= 0) return {-1, 1};
  return {codepoint, static_cast<std::size_t>(size)};
}

bool is_visible(utf8proc_int32_t codepoint) {
  switch (utf8proc_category(codepoint)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP: return false;
    default: return true;
  }
}

struct Unit {
  double size;
  std::string_view name;
};

std::string with_unit(double value, const std::array<Unit, 4>& units) {
  const Unit& unit =
      *std::ranges::find_if(units, [&](const Unit& each) { return value >= each.size || each.size == 1; });
  if (unit.size == 1) return fmt::format("{:.0f} {}", value, unit.name);
  return fmt::format("{:.{}f} {}", value / unit.size,
                     value / unit.size < 10    ? 2
                     : value / unit.size < 100 ? 1
                                               : 0,
                     unit.name);
}

}  // namespace

std::string printable(std::string_view text) {
  std::string harmless;
  while (!text.empty()) {
    const auto [codepoint, size] = first_of(text);
    if (codepoint < 0) {
      harmless += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
    } else if (is_visible(codepoint)) {
      harmless += text.substr(0, size);
    } else {
      harmless += fmt::format("\\u{{{:x}}}", codepoint);
    }
    text.remove_prefix(size);
  }
  return harmless;
}

std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    const auto [codepoint, size] = first_of(text);
    width += codepoint < 0 ? 1 : static_cast<std::size_t>(std::max(utf8proc_charwidth(codepoint), 0));
    text.remove_prefix(size);
  }
  return width;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  constexpr std::string_view kCut = "..";
  if (width_of(text) <= columns) return std::string(text);
  const std::size_t room = columns - std::min(columns, kCut.size());
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t next = end + first_of(text.substr(end)).size;
    if (width_of(text.substr(0, next)) > room) break;
    end = next;
  }
  return std::string(text.substr(0, end)) + std::string(kCut.substr(0, columns));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!lines.back().empty() && width_of(lines.back()) + 1 + width_of(word) > columns) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

std::string bits_text(std::uint64_t bits_per_second) {
  return with_unit(static_cast<double>(bits_per_second),
                   {{{1e9, "Gbit/s"}, {1e6, "Mbit/s"}, {1e3, "kbit/s"}, {1, "bit/s"}}});
}

std::string bytes_text(std::uint64_t bytes) {
  return with_unit(static_cast<double>(bytes), {{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}}});
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, ",");
  return text;
}

std::string duration_text(std::int64_t seconds) {
  const struct {
    std::int64_t size;
    char name;
  } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
  for (std::size_t i = 0; i < std::size(units) - 1; ++i) {
    if (seconds < units[i].size) continue;
    const std::int64_t rest = seconds % units[i].size / units[i + 1].size;
    const std::string first = fmt::format("{}{}", seconds / units[i].size, units[i].name);
    return rest == 0 ? first : fmt::format("{} {}{}", first, rest, units[i + 1].name);
  }
  return fmt::format("{}s", seconds);
}

}  // namespace turnpike::console
