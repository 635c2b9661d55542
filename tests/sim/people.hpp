// The users of the simulation: some names stand for one of them, others for whoever knows them.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/auth/user_list.hpp"

namespace turnpike::sim {

inline std::string user_name(std::uint32_t number) { return "user" + std::to_string(number); }

// Every `shared_every`-th name is shared.
inline turn::Tenant tenant_named(const std::string& name, std::uint32_t shared_every) {
  constexpr std::string_view kBefore = "user";
  std::uint32_t number = 0;
  if (name.starts_with(kBefore))
    std::from_chars(name.data() + kBefore.size(), name.data() + name.size(), number);
  return {name, number % shared_every == 0 ? turn::NameKind::shared : turn::NameKind::personal};
}

class People final : public turn::CredentialSource {
 public:
  People(const auth::Secrets& passwords, std::string_view realm, std::uint32_t shared_every)
      : list_(passwords, realm), shared_every_(shared_every) {}

  void find(std::string_view username, std::vector<turn::Credential>& out) const override {
    list_.find(username, out);
    mark(out);
  }
  void find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const override {
    list_.find_userhash(userhash, out);
    mark(out);
  }
  bool supports_userhash() const override { return true; }
  bool empty() const override { return false; }

 private:
  void mark(std::vector<turn::Credential>& found) const {
    for (turn::Credential& each : found) each.kind = tenant_named(each.user_id, shared_every_).kind;
  }

  auth::UserList list_;
  std::uint32_t shared_every_;
};

}  // namespace turnpike::sim
