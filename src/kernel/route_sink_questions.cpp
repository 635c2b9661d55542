// What routes ask of the network: in which order, how much at once, and what becomes of the answers.
#include <utility>

#include "turnpike/kernel/route_sink.hpp"

namespace turnpike::kernel {
namespace {

using relay::Route;

AddressPair pair_to_client(const Route& route) {
  return {.from = route.client.server.address, .to = route.client.client.address};
}

}  // namespace

void RouteSink::serve(std::set<std::uint32_t> interfaces) {
  interfaces_ = std::move(interfaces);
  changed_ = true;
}

std::vector<HopQuestion> RouteSink::ask(TimePoint now) {
  while (const auto late = open_.give_up(now)) {
    const auto found = routes_.find(late->about);
    if (found == routes_.end() || found->second.asked != late->number) continue;
    found->second.asked = 0;
    settle(found->second, {NoFlow::unanswered, NoFlow::unanswered}, now);
  }
  std::vector<HopQuestion> questions;
  while (open_.has_room()) {
    const auto key = next_to_ask();
    if (!key) break;
    const std::uint64_t number = routes_.at(*key).asked = open_.add(*key, now);
    questions.push_back(question_about(*key, number));
  }
  return questions;
}

// One review at a time, from the first key to the last: changes that never stop would otherwise keep it from
// ever reaching the end.
std::optional<ChannelKey> RouteSink::next_to_ask() {
  if (!waiting_.empty()) return waiting_.extract(waiting_.begin()).value();
  while (reviewed_ || std::exchange(changed_, false)) {
    const auto next = routes_.upper_bound(reviewed_.value_or(ChannelKey{}));
    reviewed_ = next == routes_.end() ? std::nullopt : std::optional(next->first);
    if (reviewed_) return reviewed_;
  }
  return std::nullopt;
}

HopQuestion RouteSink::question_about(const ChannelKey& key, std::uint64_t number) const {
  const Route& route = routes_.at(key).route;
  const auto other = facing_.facing(route);
  const AddressPair outward = other ? pair_to_client(other->route)
                                    : AddressPair{.from = route.relay.address, .to = route.peer.address};
  return {number, key, pair_to_client(route), outward};
}

// What has other ends by now is asked about again. A flow needs a way out, and a way in that the program
// sees. Loopback takes what is for this host only while the program is there, for that is when it was told
// to.
void RouteSink::take(const HopAnswer& answer, TimePoint now) {
  const auto& [question, client, peer] = answer;
  open_.close(question.number);
  const auto found = routes_.find(question.route);
  if (found == routes_.end()) return;
  Entry& entry = found->second;
  if (entry.asked == question.number) entry.asked = 0;
  if (question_about(question.route, question.number) == question)
    return settle(entry, {way(client, peer), way(peer, client)}, now);
  if (entry.asked == 0) waiting_.insert(question.route);
}

Result<Way, NoFlow> RouteSink::way(const std::optional<NextHop>& in,
                                   const std::optional<NextHop>& out) const {
  if (!in || !out) return NoFlow::no_way;
  if (!interfaces_.contains(in->interface)) return NoFlow::no_program;
  if (out->is_local && !interfaces_.contains(out->interface)) return NoFlow::no_program;
  return Way{{in->interface, in->own_mac}, *out};
}

}  // namespace turnpike::kernel
