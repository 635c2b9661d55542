// Counts what the server does for LiveKit: webhooks, exchanges of tokens, reconciliation.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "turnpike/base/tally.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/livekit/webhook.hpp"

namespace turnpike::livekit {

// The outcome of a request for credentials; limited means that too many came.
enum class ExchangeOutcome : std::uint8_t { granted, refused, limited };
inline constexpr std::size_t kExchangeOutcomes = 3;
// Returns the name that metrics use.
constexpr std::string_view to_string(ExchangeOutcome outcome) {
  constexpr std::array<std::string_view, kExchangeOutcomes> kNames{"granted", "refused", "limited"};
  return kNames[static_cast<std::size_t>(outcome)];
}

// Counts since the start, and one time.
struct ServiceCounters {
  std::uint64_t webhooks_done = 0;
  std::uint64_t webhooks_late = 0;  // a worker did not confirm in time; LiveKit sends them again
  Tally<WebhookFault, kWebhookFaults> webhooks_refused;
  Tally<ExchangeOutcome, kExchangeOutcomes> exchanges;
  std::uint64_t reconciliations_done = 0;
  std::uint64_t reconciliations_failed = 0;  // no complete list was to be had
  std::uint64_t reconciled_users = 0;        // users whose allocations were ended by reconciliation
  UnixSeconds reconciled_unix_s = 0;         // time of the last one that was done; 0: none yet

  bool operator==(const ServiceCounters&) const = default;
};

}  // namespace turnpike::livekit
