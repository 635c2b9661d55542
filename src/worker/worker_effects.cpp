// What a worker does for each effect of the TURN rules, and what it counts on the way.
#include <algorithm>
#include <utility>

#include "turnpike/net/clock.hpp"
#include "turnpike/worker/worker.hpp"
#include "turnpike/worker/worker_log.hpp"

namespace turnpike::worker {

void Worker::perform_effects() {
  while (auto effect = server_.next_effect()) {
    std::visit([this](auto& each) { perform(each); }, *effect);
  }
}

// Refusals are counted as such.
void Worker::perform(turn::SendToClient& effect) {
  const std::uint16_t type = load_be16(effect.bytes.data());
  if (stun::class_of(type) == stun::Class::success) ++counters_.answers[{stun::method_of(type)}];
  paths_.send_response(effect.to, std::move(effect.bytes));
}

void Worker::perform(const turn::OpenRelay& effect) {
  boost::system::error_code error;
  if (effect.reserves_next) error = relays_.reserve(turn::partner_of(effect.relay));
  if (!error) error = relays_.open(effect.relay);
  ++(error ? counters_.relays_not_opened : counters_.relays_opened);
  server_.on_relay_opened(effect.allocation, effect.relay, error, now_);
}

void Worker::perform(const turn::EndAbandoned& effect) {
  if (!ask_all_) {
    end_own_silent(effect);
    return server_.on_abandoned_ended(effect.allocation, now_);
  }
  const TimePoint asked_at = asked_at_.value_or(now_.monotonic);
  ask_all_(effect, [this, id = effect.allocation, asked_at] {
    mailbox_.post([this, id, asked_at] {
      asked_at_ = asked_at;
      server_.on_abandoned_ended(id, now_);
      perform_effects();
      asked_at_.reset();
    });
  });
}

void Worker::end_own_silent(const turn::EndAbandoned& wanted) {
  auto silent = server_.silent_of(wanted.user_id, last_heard(), now_);
  if (silent.size() < wanted.places) return;
  std::ranges::sort(silent);
  silent.resize(wanted.places);
  for (const turn::Silent& each : silent) server_.end_silent(each, last_heard(), now_);
}

void Worker::perform(const turn::CloseRelay& effect) {
  sends_.flush();  // the last datagrams still need the socket
  relays_.close(effect.relay);
  server_.on_relay_closed(effect.relay, now_);
}

// The success response follows: by then the route relays.
void Worker::perform(const turn::PublishRoute& effect) {
  routes_.publish(effect.route, relays_.number_of(effect.route.relay));
  if (kernel_) kernel_->publish(effect.route, now_.monotonic);
}

void Worker::perform(const turn::RetractRoute& effect) {
  routes_.retract(effect.route);
  if (kernel_) kernel_->retract(effect.route, now_.monotonic);
}

void Worker::perform(const turn::AllocationStarted& effect) {
  counters_.allocations_started.add(effect.client.tuple.transport);
  counters_.allocates.add(net::read_clock().monotonic - asked_at_.value_or(now_.monotonic));
  paths_.note_allocation(effect.client, true);
  if (report_started_) report_started_(effect.user_id);
  log_started(effect);
  // It was asked for while the listener was there.
  if (!paths_.reaches(effect.client)) server_.end(effect.allocation, turn::EndReason::listener_closed, now_);
}

void Worker::perform(const turn::AllocationEnded& effect) {
  paths_.note_allocation(effect.client, false);
  relay::Traffic traffic = routes_.take_traffic(effect.allocation);
  if (kernel_) {
    const relay::Traffic by_kernel = kernel_->take_traffic(effect.allocation);
    counters_.add_by_kernel(by_kernel_.take(effect.allocation, by_kernel));
    by_kernel_.forget(effect.allocation);
    traffic += by_kernel;
  }
  counters_.allocations_ended.add(effect.client.tuple.transport);
  counters_.ends.add(effect.reason);
  log_ended(effect, traffic);
  paces_.forget(effect.allocation);
  const TimePoint since = now_.monotonic - std::chrono::seconds(effect.duration_s);
  usage_.add_ended({effect.allocation, effect.user_id, since, effect.client.tuple.transport, traffic});
}

void Worker::perform(const turn::RequestRefused& effect) {
  const turn::Refusal& refusal = effect.refusal;
  ++counters_.answers[{effect.method, static_cast<std::uint16_t>(refusal.code())}];
  counters_.refusals.add(refusal.cause);
  refusals_.add(effect, now_);
  log_refused(effect);
  if (refusal.cause == turn::Cause::no_free_port && ledger_.is_newly_exhausted(now_.monotonic))
    log_exhausted(ledger_.counts(now_.monotonic).ports.total);
}

// Of what the kernel has, which is mapped memory: counters grow by what is new since the last reading, and
// nothing is counted twice, whenever the allocation ends.
void Worker::count_by_kernel(relay::AllocationId id) {
  if (server_.allocation(id) != nullptr) counters_.add_by_kernel(by_kernel_.take(id, kernel_->traffic(id)));
}

Counters Worker::counters() const {
  Counters counters = counters_;
  counters.paths = paths_.counters();
  counters.sends = sends_.counters();
  if (kernel_) counters.flows = kernel_->admissions();
  return counters;
}

relay::Traffic Worker::traffic_of(relay::AllocationId id) const {
  relay::Traffic traffic = routes_.traffic(id);
  if (kernel_) traffic += kernel_->traffic(id);
  return traffic;
}

}  // namespace turnpike::worker
