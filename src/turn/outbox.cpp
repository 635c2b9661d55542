#include "turnpike/turn/outbox.hpp"

namespace turnpike::turn {

void Outbox::refuse(const Exchange& exchange, const Refusal& refusal, std::vector<std::uint8_t> response) {
  respond(exchange.client, std::move(response));
  emit(RequestRefused{exchange.client, exchange.method, refusal, exchange.user, exchange.user_is_proven});
}

void Outbox::refuse(const Exchange& exchange, const Refusal& refusal) {
  refuse(
      exchange, refusal,
      refusal.detour ? detour_response(exchange, *refusal.detour) : error_response(exchange, refusal.code()));
}

std::optional<Effect> Outbox::next() {
  if (effects_.empty()) return std::nullopt;
  Effect effect = std::move(effects_.front());
  effects_.pop_front();
  return effect;
}

}  // namespace turnpike::turn
