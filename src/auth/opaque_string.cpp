// OpaqueString by the tables of utf8proc.
#include "turnpike/auth/opaque_string.hpp"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

namespace turnpike::auth {
namespace {

using CodePoint = utf8proc_int32_t;

struct Range {
  CodePoint first;
  CodePoint last;
};

// RFC 8264 section 9.6: disallowed although their categories are not.
constexpr Range kDisallowed[] = {
    {0x0640, 0x0640}, {0x07FA, 0x07FA}, {0x302E, 0x302F}, {0x3031, 0x3035}, {0x303B, 0x303B}};

constexpr Range kJoiners = {0x200C, 0x200D};
constexpr int kVirama = 9;  // as a canonical combining class

bool is_in(CodePoint code_point, const Range& range) {
  return range.first <= code_point && code_point <= range.last;
}

bool is_old_hangul_jamo(const utf8proc_property_t& property) {
  const auto boundary = property.boundclass;
  return boundary == UTF8PROC_BOUNDCLASS_L || boundary == UTF8PROC_BOUNDCLASS_V ||
         boundary == UTF8PROC_BOUNDCLASS_T;
}

// FreeformClass in the order of RFC 8264 section 8. Joiners are taken after a virama only: the other rule for
// them (RFC 5892 A.1), and those of the code points that want a neighbour of a certain script (A.3-A.9), need
// tables that utf8proc lacks. The latter pass.
bool is_allowed(CodePoint code_point, CodePoint previous) {
  const utf8proc_property_t& property = *utf8proc_get_property(code_point);
  if (std::ranges::any_of(kDisallowed, [&](const Range& range) { return is_in(code_point, range); }))
    return false;
  if (is_in(code_point, kJoiners)) return utf8proc_get_property(previous)->combining_class == kVirama;
  if (is_old_hangul_jamo(property) || property.ignorable) return false;
  // Letters, marks, numbers, punctuation, symbols and spaces: the categories between "not assigned" and "line
  // separator".
  return property.category >= UTF8PROC_CATEGORY_LU && property.category <= UTF8PROC_CATEGORY_ZS;
}

// Class membership is judged after the mappings (RFC 8264 section 7).
bool is_freeform(std::string_view text) {
  const auto* at = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
  const auto* const end = at + text.size();
  CodePoint previous = 0;
  while (at != end) {
    CodePoint code_point = -1;
    const auto taken = utf8proc_iterate(at, end - at, &code_point);
    if (taken <= 0 || !is_allowed(code_point, previous)) return false;
    previous = code_point;
    at += taken;
  }
  return true;
}

CodePoint to_ascii_space(CodePoint code_point, void*) {
  return utf8proc_category(code_point) == UTF8PROC_CATEGORY_ZS ? ' ' : code_point;
}

// In a normalization form of Unicode, spaces mapped; empty if it is not UTF-8.
std::string normalized(std::string_view text, utf8proc_option_t form) {
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form);
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map_custom(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                        static_cast<utf8proc_ssize_t>(text.size()), &mapped, options,
                                        to_ascii_space, nullptr);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
  return size <= 0 ? "" : std::string(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size));
}

}  // namespace

std::optional<std::string> opaque_string(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::string prepared = normalized(text, UTF8PROC_COMPOSE);
  if (prepared.empty() || !is_freeform(prepared)) return std::nullopt;
  return prepared;
}

std::vector<std::string> hashed_forms(std::string_view text) {
  const auto prepared = opaque_string(text);
  if (!prepared) return {};
  std::vector<std::string> forms{*prepared};
  for (std::string form : {std::string(text), normalized(text, UTF8PROC_DECOMPOSE)}) {
    if (std::ranges::find(forms, form) == forms.end()) forms.push_back(std::move(form));
  }
  return forms;
}

}  // namespace turnpike::auth
