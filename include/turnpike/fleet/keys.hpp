// Makes the names of keys and channels, all under the prefix and the fleet's tag.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

// Names are PREFIX TAG ":" KIND [":" ...], for example turnpike:Xk3aB9Qe:word:l:MAC. No part of a name is
// chosen by a client.
class Keys {
 public:
  // Makes names under `prefix` and the tags of `seal`.
  Keys(std::string prefix, const Seal& seal);

  std::string node(std::string_view node_id) const { return own(Kind::node) + ":" + std::string(node_id); }
  // Returns the keys of an authority's word about a user, by the authority's letter: one for each tag, the
  // own first.
  std::vector<std::string> words(char authority, std::string_view user_id) const;
  // Returns the key of one part of a node's table.
  std::string holdings(Kind kind, std::string_view node_id, std::size_t part) const;
  std::string lease(std::string_view name) const {
    return prefix_ + tags_.front() + ":lease:" + std::string(name);
  }
  // Returns the channel where records of the kind are published.
  std::string channel(Kind kind) const { return own(kind); }

  // Returns the channels of all kinds, for the previous secret as well.
  std::vector<std::string> channels() const;
  // Returns the kind of a channel or key; none if it belongs to no fleet that is read here.
  std::optional<Kind> kind_of(std::string_view name) const;
  // Returns what the keys of a kind begin with, for the previous secret as well.
  std::vector<std::string> prefixes(Kind kind) const;

 private:
  std::string own(Kind kind) const { return prefix_ + tags_.front() + ":" + std::string(to_string(kind)); }

  std::string prefix_;
  Seal seal_;
  std::vector<std::string> tags_;
};

}  // namespace turnpike::fleet
