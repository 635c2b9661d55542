// Text for terminals: names that others chose, made harmless; numbers and times as people read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace turnpike::console {

// UTF-8 in which nothing moves the cursor, changes a colour or turns the direction of what follows: whatever
// is no visible character, or no UTF-8, is \u{200e} or \xNN.
std::string printable(std::string_view text);

// Columns on a terminal, of printable text.
std::size_t width_of(std::string_view text);

// Of printable text so many columns at most; what is cut ends with "..".
std::string cut_to(std::string_view text, std::size_t columns);

// The words of the text in lines of so many columns; a word that is longer has a line alone.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

std::string bits_text(std::uint64_t bits_per_second);  // "1.23 Mbit/s"
std::string bytes_text(std::uint64_t bytes);           // "1.2 GB"
std::string count_text(std::uint64_t count);           // "1,234,567"
std::string duration_text(std::int64_t seconds);       // "2h 5m"

}  // namespace turnpike::console
