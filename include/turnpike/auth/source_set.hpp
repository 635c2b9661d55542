// Several credential sources as one.
#pragma once

#include <memory>
#include <vector>

#include "turnpike/turn/credential_source.hpp"

namespace turnpike::auth {

// Asks several credential sources and returns what all of them find.
class SourceSet final : public turn::CredentialSource {
 public:
  // The sources are asked in this order; none may be null.
  explicit SourceSet(std::vector<std::shared_ptr<const turn::CredentialSource>> sources)
      : sources_(std::move(sources)) {}

  // Appends the credentials of all sources.
  void find(std::string_view username, std::vector<turn::Credential>& out) const override;
  void find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const override;
  // Returns false if any source returns false.
  bool knows_key_of(std::string_view username) const override;
  // Returns true if a source is not empty and all such sources can find users by hash.
  bool supports_userhash() const override;
  // Returns false if any source returns false.
  bool supports_sha256() const override;
  bool empty() const override;

 private:
  std::vector<std::shared_ptr<const turn::CredentialSource>> sources_;
};

}  // namespace turnpike::auth
