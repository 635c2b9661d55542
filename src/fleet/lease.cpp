#include "turnpike/fleet/lease.hpp"

#include <fmt/format.h>

#include <utility>

namespace turnpike::fleet {

Lease::Lease(std::string key, Random& random)
    : key_(std::move(key)),
      token_(fmt::format("{:016x}{:016x}", random.u64(), random.u64())),
      random_(random) {}

void Lease::on_connected(TimePoint now) {
  is_connected_ = true;
  next_ = now;
}

void Lease::on_disconnected() {
  is_connected_ = false;
  asked_.reset();
  commands_.clear();
}

void Lease::tick(TimePoint now) {
  if (!is_connected_ || now < next_) return;
  // Who waits for an answer longer than a lease lives asks again.
  if (asked_ && now - asked_->sent < kLife) return;
  ask(may_have_, now);
}

// A claim that was not answered may have succeeded: it is renewed rather than claimed.
void Lease::ask(bool is_renewal, TimePoint now) {
  asked_ = {++number_, now, is_renewal};
  may_have_ = true;
  if (is_renewal) {
    commands_.emplace_back(Renew{number_, key_, token_, kLife});
  } else {
    commands_.emplace_back(Claim{number_, key_, token_, kLife});
  }
}

void Lease::on_answer(std::uint64_t number, bool is_done, TimePoint now) {
  if (!asked_ || asked_->number != number) return;
  const Asked asked = *std::exchange(asked_, std::nullopt);
  if (is_done) {
    held_until_ = asked.sent + kLife - kMargin;
    next_ = asked.sent + kRenewEvery;
    return;
  }
  may_have_ = false;
  held_until_.reset();
  next_ = asked.is_renewal ? now : now + kClaimEvery + std::chrono::milliseconds(random_.below(1000));
}

void Lease::give_up() {
  if (may_have_ && is_connected_) commands_.emplace_back(GiveUp{key_, token_});
  may_have_ = is_connected_ = false;
  asked_.reset();
  held_until_.reset();
}

}  // namespace turnpike::fleet
