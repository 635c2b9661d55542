#include "turnpike/yaml/placeholder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "turnpike/yaml/error.hpp"

namespace turnpike::yaml {
namespace {

constexpr int kDepthMax = 16;  // of what is read; an alias may lead back to where it stands

struct Form {
  std::string_view opening;
  std::string_view closing;
  bool has_default;  // operators and a value may follow the name
};
constexpr Form kForms[] = {{"${", "}", true}, {"$(", ")", false}, {"{{", "}}", true}};

bool is_name_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.';
}

// A secret that was made at random has such brackets now and then, but hardly a name between them.
bool has_name(std::string_view inside, bool has_default) {
  constexpr std::string_view kSpace = " \t-";  // Go's templates trim with a minus
  inside.remove_prefix(std::min(inside.find_first_not_of(kSpace), inside.size()));
  const auto* const end = std::ranges::find_if_not(inside, is_name_character);
  const auto size = static_cast<std::size_t>(end - inside.begin());
  if (size == 0 || std::isdigit(static_cast<unsigned char>(inside.front())) != 0) return false;
  return size == inside.size() ||
         (has_default && std::string_view(":-+?= |}\t").find(*end) != std::string_view::npos);
}

std::string_view find_form(std::string_view text, const Form& form) {
  for (auto begin = text.find(form.opening); begin != std::string_view::npos;
       begin = text.find(form.opening, begin + 1)) {
    const auto inside = begin + form.opening.size();
    const auto end = text.find(form.closing, inside);
    if (end == std::string_view::npos) return {};
    if (has_name(text.substr(inside, end - inside), form.has_default))
      return text.substr(begin, end + form.closing.size() - begin);
  }
  return {};
}

void refuse_below(const YAML::Node& node, int depth) {
  if (node.IsScalar()) {
    const std::string_view found = find_placeholder(node.Scalar());
    if (!found.empty()) throw BadValue(node, fmt::format("{} was never filled in", found));
  }
  if (depth == 0) return;
  for (const auto& item : node) {
    if (node.IsMap()) {
      refuse_below(item.first, depth - 1);
      refuse_below(item.second, depth - 1);
    } else {
      refuse_below(item, depth - 1);
    }
  }
}

}  // namespace

std::string_view find_placeholder(std::string_view text) {
  std::string_view first;
  for (const Form& form : kForms) {
    const auto found = find_form(text, form);
    if (!found.empty() && (first.empty() || found.data() < first.data())) first = found;
  }
  return first;
}

void refuse_placeholders(const YAML::Node& node) { refuse_below(node, kDepthMax); }

}  // namespace turnpike::yaml
