// Asks every source in turn.
#include "turnpike/auth/source_set.hpp"

#include <algorithm>

namespace turnpike::auth {

void SourceSet::find(std::string_view username, std::vector<turn::Credential>& out) const {
  for (const auto& source : sources_) source->find(username, out);
}

void SourceSet::find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const {
  for (const auto& source : sources_) source->find_userhash(userhash, out);
}

bool SourceSet::knows_key_of(std::string_view username) const {
  return std::ranges::all_of(sources_, [&](const auto& source) { return source->knows_key_of(username); });
}

bool SourceSet::supports_userhash() const {
  return !empty() && std::ranges::all_of(sources_, [](const auto& source) {
    return source->empty() || source->supports_userhash();
  });
}

bool SourceSet::supports_sha256() const {
  return std::ranges::all_of(sources_, [](const auto& source) { return source->supports_sha256(); });
}

bool SourceSet::empty() const {
  return std::ranges::all_of(sources_, [](const auto& source) { return source->empty(); });
}

}  // namespace turnpike::auth
