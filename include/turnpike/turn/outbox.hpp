// The effects that the shell has not taken yet, in their order.
#pragma once

#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "turnpike/turn/effect.hpp"
#include "turnpike/turn/exchange.hpp"

namespace turnpike::turn {

class Outbox {
 public:
  void emit(Effect effect) { effects_.push_back(std::move(effect)); }
  void respond(const relay::Client& client, std::vector<std::uint8_t> bytes) {
    emit(SendToClient{client, std::move(bytes)});
  }
  // The error response, and the word about it.
  void refuse(const Exchange& exchange, const Refusal& refusal, std::vector<std::uint8_t> response);
  void refuse(const Exchange& exchange, const Refusal& refusal);

  // None: the shell has taken all.
  std::optional<Effect> next();

 private:
  std::deque<Effect> effects_;
};

}  // namespace turnpike::turn
