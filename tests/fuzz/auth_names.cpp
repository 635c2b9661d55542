// Fuzz harness: user names as they come from the wire, through every credential source and the codecs behind
// them.
#include <vector>

#include "harness.hpp"
#include "turnpike/auth/fleet_credentials.hpp"
#include "turnpike/auth/opaque_string.hpp"
#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/user_list.hpp"
#include "turnpike/auth/visitors.hpp"
#include "turnpike/livekit/base62.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace turnpike;
  using fuzz::require;
  static const auth::UserList users({{"user", "pass"}}, "realm");
  static const auth::RestSecrets rest({"new", "old"});
  static const auth::FleetCredentials fleet({"new", "old"});
  static const auth::Visitors visitors({"new", "old"});
  static const livekit::EmbeddedCredentials livekit(auth::Secrets{{"APIkey", "secret"}});

  const Bytes bytes{data, size};
  const std::string packed = livekit::base62_encode(bytes);
  const auto unpacked = livekit::base62_decode(packed);
  require(unpacked && std::vector<std::uint8_t>(bytes.begin(), bytes.end()) == *unpacked,
          "base62 comes back");
  if (const auto prepared = auth::opaque_string(as_text(bytes)))
    require(auth::opaque_string(*prepared) == prepared, "a prepared string stays as it is");

  const turn::CredentialSource* const sources[] = {&users, &rest, &livekit, &fleet, &visitors};
  std::vector<turn::Credential> found;
  for (const std::string_view name : {as_text(bytes), std::string_view(packed)}) {
    for (const turn::CredentialSource* source : sources) source->find(name, found);
    for (const turn::Credential& credential : found)
      require(credential.username == name && !credential.user_id.empty(),
              "a credential is that of the name asked for");
    found.clear();
  }
  for (const turn::CredentialSource* source : sources) source->find_userhash(bytes, found);
  for (const turn::Credential& credential : found)
    require(credential.username == "user" && credential.user_id == "user",
            "only a known user has a userhash");
  return 0;
}
