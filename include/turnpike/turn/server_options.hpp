// What a server is told at its start, and what a reload replaces.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/address_map.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/turn/authenticator.hpp"
#include "turnpike/turn/credential_source.hpp"
#include "turnpike/turn/peer_policy.hpp"

namespace turnpike::turn {

struct AnswerLimits;

struct ServerOptions {
  std::uint32_t worker = 0;  // below 65,536; stands in every id that this server makes
  std::uint32_t lifetime_default_s = 600;
  std::uint32_t lifetime_max_s = 3600;
  std::uint32_t permissions_max = 1024;             // per allocation; 0 = no limit
  std::uint32_t channels_max = 1024;                // per allocation; 0 = no limit
  std::uint32_t unauthenticated_per_second = 1000;  // answers per source address over UDP; 0 = no limit
  bool rfc5766_channels = false;
  bool strict_permissions = false;            // the permission of a channel lasts 300 s, as RFC 8656 9 has it
  bool rfc3489 = false;                       // Binding without the magic cookie
  std::optional<Family> default_family = {};  // of relays whose client names none; none: one that is there
  AddressMap external;                        // what clients see of the relay addresses
  // Of all workers together; null: unauthenticated_per_second of this one.
  std::shared_ptr<AnswerLimits> answers = nullptr;

  // The lifetime that the client asks for, within the server's bounds (RFC 8656 7.2).
  std::uint32_t granted_lifetime_s(std::optional<std::uint32_t> asked_s) const {
    return std::max(lifetime_default_s, std::min(asked_s.value_or(0), lifetime_max_s));
  }
};

// Shared by all workers and immutable.
struct Policies {
  std::shared_ptr<const CredentialSource> credentials;
  std::shared_ptr<const PeerPolicy> peers;
  bool end_unverified = false;  // a credential that is gone ends its allocations
  // That the host has now; null: all that relays were opened on.
  std::shared_ptr<const std::vector<IpAddress>> host_addresses = nullptr;
  // Of the credentials; empty or none: what there is.
  std::string realm = "";
  std::optional<CheckExpiry> check_expiry = std::nullopt;
  std::optional<Duration> nonce_life = std::nullopt;
  // That other servers have as well, newest first.
  std::optional<std::vector<NonceFactory::Key>> nonce_keys = std::nullopt;
};

}  // namespace turnpike::turn
