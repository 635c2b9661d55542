// What is counted of LiveKit's dealings with the relay: webhooks, exchanges of tokens, reconciliation.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

#include "turnpike/base/tally.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/livekit/webhook.hpp"

namespace turnpike::livekit {

enum class ExchangeOutcome : std::uint8_t { granted, refused, limited };
inline constexpr std::size_t kExchangeOutcomes = 3;
constexpr std::string_view to_string(ExchangeOutcome outcome) {
  constexpr std::array<std::string_view, kExchangeOutcomes> kNames{"granted", "refused", "limited"};
  return kNames[static_cast<std::size_t>(outcome)];
}

// Everything grows, but for what is a time.
struct ServiceCounters {
  std::uint64_t webhooks_done = 0;
  std::uint64_t webhooks_late = 0;  // a worker was: LiveKit sends them again
  Tally<WebhookFault, kWebhookFaults> webhooks_refused;
  Tally<ExchangeOutcome, kExchangeOutcomes> exchanges;
  std::uint64_t reconciliations_done = 0;
  std::uint64_t reconciliations_failed = 0;  // there was no complete list
  std::uint64_t reconciled_users = 0;        // whose allocations ended by it
  UnixSeconds reconciled_unix_s = 0;         // the last that was done; 0: none yet

  bool operator==(const ServiceCounters&) const = default;
};

}  // namespace turnpike::livekit
