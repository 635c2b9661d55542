// `turnpike mint`: makes credentials for a participant from the keys of the configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "turnpike/auth/mint.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::app {

// What to make credentials for.
struct MintOptions {
  std::string participant;  // LiveKit's participant SID, or the user id of a REST name
  std::int64_t ttl_s = 14400;
  std::vector<std::string> urls;
  std::string format;   // "rest", "livekit", "fleet", or "": LiveKit if `api_key` is given, else the kind
                        // there is a key for, in this order
  std::string api_key;  // name of the LiveKit key; "": the first
};

// A credential, or in `error` one line that says why there is none.
struct Made {
  std::optional<auth::MintedCredential> credential;
  std::string error;
};
// Makes a credential that is valid from now for `ttl_s`.
Made credential_for(const config::Config& config, const MintOptions& options, UnixSeconds now_unix_s);

// RTCIceServer JSON, or in `error` one line that says why there is none.
struct Minted {
  std::string json;
  std::string error;
};
// Makes the JSON that `turnpike mint` prints.
Minted mint_for(const config::Config& config, const MintOptions& options, UnixSeconds now_unix_s);

}  // namespace turnpike::app
