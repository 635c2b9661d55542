// The effects that the shell has not taken yet, in their order.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "turnpike/turn/effect.hpp"
#include "turnpike/turn/exchange.hpp"

namespace turnpike::turn {

// Queues effects until the shell takes them. Not thread-safe.
class Outbox {
 public:
  void emit(Effect effect) { effects_.push_back(std::move(effect)); }
  void respond(const relay::Client& client, std::vector<std::uint8_t> bytes) {
    emit(SendToClient{client, std::move(bytes)});
  }
  // Queues the error response and a RequestRefused that reports it. Without `response` one is built from the
  // refusal.
  void refuse(const Exchange& exchange, const Refusal& refusal, std::vector<std::uint8_t> response);
  void refuse(const Exchange& exchange, const Refusal& refusal);

  // Removes and returns the oldest effect; nullopt if the queue is empty.
  std::optional<Effect> next();

 private:
  std::deque<Effect> effects_;
};

}  // namespace turnpike::turn
