// Text for terminals: makes untrusted names harmless, and writes numbers and times for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace turnpike::console {

// Returns the text with every byte that is no UTF-8 as \xNN and every invisible character as \u{200e}, so
// that nothing moves the cursor, changes a colour or reverses the direction of what follows.
std::string printable(std::string_view text);

// Returns how many terminal columns a printable() text takes.
std::size_t width_of(std::string_view text);

// Returns at most `columns` columns of a printable() text; a text that was cut ends with "..".
std::string cut_to(std::string_view text, std::size_t columns);

// Returns the words of the text in lines of at most `columns` columns; a longer word has a line of its own.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

std::string bits_text(std::uint64_t bits_per_second);  // "1.23 Mbit/s"
std::string bytes_text(std::uint64_t bytes);           // "1.2 GB"
std::string count_text(std::uint64_t count);           // "1,234,567"
std::string duration_text(std::int64_t seconds);       // "2h 5m"

}  // namespace turnpike::console
