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

// Holds the options of one server. All workers have the same, `worker` excepted.
struct ServerOptions {
  std::uint32_t worker = 0;  // below 65,536; the upper 16 bits of every allocation id
  std::uint32_t lifetime_default_s = 600;
  std::uint32_t lifetime_max_s = 3600;
  std::uint32_t permissions_max = 1024;             // per allocation; 0 = no limit
  std::uint32_t channels_max = 1024;                // per allocation; 0 = no limit
  std::uint32_t unauthenticated_per_second = 1000;  // answers per source address over UDP; 0 = no limit
  // Channel numbers of RFC 5766 (0x4000-0x7FFF) are accepted.
  bool rfc5766_channels = false;
  bool strict_permissions =
      false;             // a ChannelBind permission lasts 300 s (RFC 8656 9), not as long as the channel
  bool rfc3489 = false;  // serves Binding requests without the magic cookie
  // Family of relays for clients that name none; nullopt: the first that the server has.
  std::optional<Family> default_family = {};
  AddressMap external;  // public addresses in place of relay addresses (1:1 NAT)
  // Budgets shared by all workers; null: this worker gets its own from unauthenticated_per_second.
  std::shared_ptr<AnswerLimits> answers = nullptr;

  // Returns the lifetime that the client asks for, limited to [lifetime_default_s, lifetime_max_s] (RFC 8656
  // 7.2).
  std::uint32_t granted_lifetime_s(std::optional<std::uint32_t> asked_s) const {
    return std::max(lifetime_default_s, std::min(asked_s.value_or(0), lifetime_max_s));
  }
};

// Holds what a reload replaces. The objects are immutable and shared by all workers.
struct Policies {
  std::shared_ptr<const CredentialSource> credentials;
  std::shared_ptr<const PeerPolicy> peers;
  bool end_unverified = false;  // ends allocations whose credential is gone
  // The addresses that the host has now; null: not known, all relay addresses are taken as present.
  std::shared_ptr<const std::vector<IpAddress>> host_addresses = nullptr;
  // Each of the following replaces the server's value; empty or nullopt keeps it.
  std::string realm = "";
  std::optional<CheckExpiry> check_expiry = std::nullopt;
  std::optional<Duration> nonce_life = std::nullopt;
  // Nonce keys that other servers have too, newest first.
  std::optional<std::vector<NonceFactory::Key>> nonce_keys = std::nullopt;
};

}  // namespace turnpike::turn
