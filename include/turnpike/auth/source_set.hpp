// Several credential sources as one.
#pragma once

#include <memory>
#include <vector>

#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

class SourceSet final : public turn::CredentialSource {
 public:
  // Asked in this order; none may be null.
  explicit SourceSet(std::vector<std::shared_ptr<const turn::CredentialSource>> sources)
      : sources_(std::move(sources)) {}

  // One name may stand for credentials of several sources; all of them are appended.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const override;
  // False if one source says so.
  bool knows_key_of(std::string_view username) const override;
  // True if at least one source is not empty, and all such can answer for a USERHASH.
  bool supports_userhash() const override;
  // False if one source says so.
  bool supports_sha256() const override;
  bool empty() const override;

 private:
  std::vector<std::shared_ptr<const turn::CredentialSource>> sources_;
};

}  // namespace turnpike::auth
