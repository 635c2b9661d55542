// The names of keys and channels, all under the prefix and the fleet's tag.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/fleet/seal.hpp"

namespace turnpike::fleet {

// PREFIX TAG ":" KIND [":" ...], for instance turnpike:Xk3aB9Qe:word:l:MAC. Nothing in them was chosen by a
// client.
class Keys {
 public:
  Keys(std::string prefix, const Seal& seal);

  std::string node(std::string_view node_id) const { return own(Kind::node) + ":" + std::string(node_id); }
  // Of what an authority (a letter) says about a user, as each tag's nodes write it: the own one first.
  std::vector<std::string> words(char authority, std::string_view user_id) const;
  std::string holdings(Kind kind, std::string_view node_id, std::size_t part) const;
  std::string lease(std::string_view name) const {
    return prefix_ + tags_.front() + ":lease:" + std::string(name);
  }
  // Where records of the kind are published.
  std::string channel(Kind kind) const { return own(kind); }

  // The channels to subscribe to: of all kinds, and of the previous secret, too.
  std::vector<std::string> channels() const;
  // What the kind of a channel or key is; none: it is no fleet's that is read here.
  std::optional<Kind> kind_of(std::string_view name) const;
  // What the keys of a kind begin with, of the previous secret's fleet, too.
  std::vector<std::string> prefixes(Kind kind) const;

 private:
  std::string own(Kind kind) const { return prefix_ + tags_.front() + ":" + std::string(to_string(kind)); }

  std::string prefix_;
  Seal seal_;
  std::vector<std::string> tags_;
};

}  // namespace turnpike::fleet
