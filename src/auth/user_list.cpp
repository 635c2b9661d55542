// Look-ups of configured users by name and by USERHASH.
#include "turnpike/auth/user_list.hpp"

#include <algorithm>
#include <stdexcept>

#include "turnpike/auth/opaque_string.hpp"

namespace turnpike::auth {

UserList::UserList(const Secrets& users, std::string_view realm) {
  const auto prepared_realm = opaque_string(realm);
  if (!prepared_realm)
    throw std::invalid_argument("realm '" + std::string(realm) +
                                "' is empty or has characters that are not allowed");
  for (const auto& [name, password] : users) {
    const auto prepared_name = opaque_string(name);
    const auto prepared_password = opaque_string(password);
    if (!prepared_name)
      throw std::invalid_argument("user name '" + name + "' is empty or has characters that are not allowed");
    if (!prepared_password) {
      throw std::invalid_argument("the password of user '" + name +
                                  "' is empty or has characters that are not allowed");
    }
    if (!passwords_.emplace(*prepared_name, *prepared_password).second) {
      throw std::invalid_argument("user '" + name + "' is there twice, spelt differently");
    }
    names_by_hash_.emplace(stun::userhash(*prepared_name, *prepared_realm), *prepared_name);
  }
}

void UserList::find(std::string_view username, std::vector<turn::Credential>& out) const {
  const auto prepared_name = opaque_string(username);
  if (!prepared_name) return;
  const auto user = passwords_.find(*prepared_name);
  if (user != passwords_.end())
    out.push_back({std::string(username), user->second, user->first, std::nullopt});
}

void UserList::find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const {
  UserHash hash;
  if (userhash.size() != hash.size()) return;
  std::ranges::copy(userhash, hash.begin());
  const auto name = names_by_hash_.find(hash);
  if (name != names_by_hash_.end()) find(name->second, out);
}

}  // namespace turnpike::auth
