#include "turnpike/fleet/keys.hpp"

#include <utility>

namespace turnpike::fleet {

Keys::Keys(std::string prefix, const Seal& seal)
    : prefix_(std::move(prefix)), seal_(seal), tags_(seal.tags()) {}

std::vector<std::string> Keys::words(char authority, std::string_view user_id) const {
  std::vector<std::string> words = prefixes(Kind::word);
  const std::vector<std::string> digests = seal_.long_digests(user_id);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] += std::string{authority, ':'} + digests[i];
  return words;
}

std::string Keys::holdings(Kind kind, std::string_view node_id, std::size_t part) const {
  return own(kind) + ":" + std::string(node_id) + ":" + std::to_string(part);
}

std::vector<std::string> Keys::channels() const {
  std::vector<std::string> channels;
  for (const std::string& tag : tags_) {
    for (std::size_t kind = 0; kind < kKinds; ++kind)
      channels.push_back(prefix_ + tag + ":" + std::string(to_string(static_cast<Kind>(kind))));
  }
  return channels;
}

std::optional<Kind> Keys::kind_of(std::string_view name) const {
  if (!name.starts_with(prefix_)) return std::nullopt;
  name.remove_prefix(prefix_.size());
  for (const std::string& tag : tags_) {
    if (!name.starts_with(tag + ":")) continue;
    const std::string_view rest = name.substr(tag.size() + 1);
    const std::string_view word = rest.substr(0, rest.find(':'));
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      if (word == to_string(static_cast<Kind>(kind))) return static_cast<Kind>(kind);
    }
  }
  return std::nullopt;
}

std::vector<std::string> Keys::prefixes(Kind kind) const {
  std::vector<std::string> prefixes;
  for (const std::string& tag : tags_)
    prefixes.push_back(prefix_ + tag + ":" + std::string(to_string(kind)) + ":");
  return prefixes;
}

}  // namespace turnpike::fleet
