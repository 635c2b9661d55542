// Look-ups of configured users by name and by USERHASH.
#include "turnpike/auth/user_list.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "turnpike/auth/opaque_string.hpp"

namespace turnpike::auth {

namespace {

std::optional<stun::Key> parse_md5_key(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
  stun::Key key;
  key.size = crypto::kMd5Size;
  if (text.size() != 2 * std::size_t{key.size}) return std::nullopt;
  for (std::size_t i = 0; i < key.size; ++i) {
    const char* const digits = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(digits, digits + 2, key.bytes[i], 16);
    if (error != std::errc{} || end != digits + 2) return std::nullopt;
  }
  return key;
}

}  // namespace

UserList::UserList(const Secrets& users, std::string_view realm, const Secrets& md5_keys) {
  const auto prepared_realm = opaque_string(realm);
  if (!prepared_realm)
    throw std::invalid_argument("realm '" + std::string(realm) +
                                "' is empty or has characters that are not allowed");
  for (const auto& [name, password] : users) {
    const std::string prepared_name = add_name(name, *prepared_realm);
    auto forms = hashed_forms(password);
    if (forms.empty()) {
      throw std::invalid_argument("the password of user '" + name +
                                  "' is empty or has characters that are not allowed");
    }
    passwords_.emplace(prepared_name, std::move(forms));
  }
  for (const auto& [name, digits] : md5_keys) {
    const std::string prepared_name = add_name(name, *prepared_realm);
    const auto key = parse_md5_key(digits);
    if (!key) throw std::invalid_argument("the key of user '" + name + "' is not 32 hexadecimal digits");
    keys_.emplace(prepared_name, *key);
  }
}

std::string UserList::add_name(const std::string& name, std::string_view realm) {
  const auto prepared = opaque_string(name);
  if (!prepared)
    throw std::invalid_argument("user name '" + name + "' is empty or has characters that are not allowed");
  if (!names_by_hash_.emplace(stun::userhash(*prepared, realm), *prepared).second)
    throw std::invalid_argument("user '" + name + "' is there twice, spelt differently or with a key");
  return *prepared;
}

void UserList::find(std::string_view username, std::vector<turn::Credential>& out) const {
  const auto prepared_name = opaque_string(username);
  if (!prepared_name) return;
  const auto user = passwords_.find(*prepared_name);
  if (user != passwords_.end()) {
    for (const std::string& password : user->second)
      out.push_back({.username = std::string(username),
                     .password = password,
                     .user_id = user->first,
                     .kind = turn::NameKind::shared});
  }
  const auto key = keys_.find(*prepared_name);
  if (key != keys_.end())
    out.push_back({.username = std::string(username),
                   .password = "",
                   .user_id = key->first,
                   .md5_key = key->second,
                   .kind = turn::NameKind::shared});
}

void UserList::find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const {
  UserHash hash;
  if (userhash.size() != hash.size()) return;
  std::ranges::copy(userhash, hash.begin());
  const auto name = names_by_hash_.find(hash);
  if (name != names_by_hash_.end()) find(name->second, out);
}

}  // namespace turnpike::auth
