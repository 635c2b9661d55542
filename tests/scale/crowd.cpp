// How participants ask, are sent on, wait, and ask again.
#include "crowd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace turnpike::scale {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Duration kPatience = seconds(3);  // with a node that does not answer
constexpr Duration kBarLife = std::chrono::hours(6);

std::uint8_t byte_of(std::size_t number) { return static_cast<std::uint8_t>(number); }

IpAddress address_of(std::size_t number) {
  return IpAddress::v4(11, byte_of(number >> 16), byte_of(number >> 8), byte_of(number));
}

std::size_t number_of(const IpAddress& address) {
  const Bytes bytes = address.wire();
  return std::size_t{bytes[1]} << 16 | std::size_t{bytes[2]} << 8 | bytes[3];
}

}  // namespace

Crowd::Crowd(sim::Timeline& timeline, sim::Dice& dice, std::vector<std::unique_ptr<Node>>& nodes,
             std::size_t regions)
    : timeline_(timeline), dice_(dice), nodes_(nodes), regions_(regions) {}

Crowd::Participant& Crowd::add(std::string user, std::size_t region, bool is_patient) {
  Participant& participant = participants_.emplace_back();
  participant.number = participants_.size() - 1;
  participant.user = std::move(user);
  participant.region = region;
  participant.address = address_of(participant.number);
  participant.is_patient = is_patient;
  return participant;
}

FiveTuple Crowd::tuple_of(const Participant& participant) const {
  return {{participant.address, participant.port},
          ServerEndpoint(participant.itinerary.server()),
          Transport::udp};
}

Duration Crowd::way() { return dice_.between(milliseconds(5), milliseconds(60)); }

void Crowd::start_waiting(Participant& participant) {
  if (participant.wants_since) return;
  participant.wants_since = timeline_.now();
  participant.redirections = 0;
  ++waiting_;
}

void Crowd::call(Participant& participant, std::size_t node) {
  if (participant.has_left) return;
  start_waiting(participant);
  if (participant.served) {
    participant.before = std::move(participant.turn);
    participant.served_before = std::exchange(participant.served, std::nullopt);
  }
  participant.first = node;
  participant.itinerary = client::Itinerary(Node::address(node).plain());
  ask(participant);
}

void Crowd::ask(Participant& participant) {
  ++counts_.asked;
  ++participant.port;
  const std::uint32_t attempt = ++participant.attempts;
  participant.turn = std::make_unique<client::TurnClient>(
      client::ClientOptions{.username = participant.user, .password = "pass"}, dice_.random());
  participant.turn->allocate(timeline_.now());
  pump(participant);
  timeline_.after(kPatience, [this, &participant, attempt] {
    if (participant.attempts != attempt || participant.served || participant.has_left) return;
    ++counts_.silence;
    try_next(participant);
  });
}

void Crowd::try_next(Participant& participant) {
  participant.turn.reset();
  ++participant.attempts;
  if (!participant.is_patient) return leave(participant);
  if (participant.to_try.empty()) return come_back(participant, comeback_);
  const std::size_t node = participant.to_try.back();
  participant.to_try.pop_back();
  call(participant, node);
}

void Crowd::come_back(Participant& participant, Comeback comeback) {
  comeback_ = comeback;
  if (participant.has_left) return;
  start_waiting(participant);
  if (comeback == Comeback::neighbour) {
    const std::size_t region = (participant.region + 1) % regions_, count = nodes_.size() / regions_;
    participant.to_try = {region * count + dice_.below(count)};
  } else {
    std::size_t asked = dice_.below(nodes_.size());
    while (!nodes_[asked]->is_alive()) asked = (asked + 1) % nodes_.size();
    const std::string region = nodes_[participant.region * (nodes_.size() / regions_)]->region();
    participant.to_try.clear();
    for (const std::string& url : nodes_[asked]->nearest_urls(region)) {
      const std::size_t end = url.find('?');
      const auto at = Endpoint::parse(std::string_view(url).substr(5, end - 5));
      const auto node = at && url.ends_with("udp") ? Node::number_of(*at) : std::nullopt;
      if (node) participant.to_try.insert(participant.to_try.begin(), *node);
    }
  }
  if (participant.to_try.empty()) {
    timeline_.after(seconds(1), [this, &participant] { come_back(participant, comeback_); });
    return;
  }
  const std::size_t node = participant.to_try.back();
  participant.to_try.pop_back();
  call(participant, node);
}

void Crowd::pump(Participant& participant) {
  for (client::Output& output : participant.turn->drain()) {
    if (auto* transmit = std::get_if<client::Transmit>(&output)) {
      to_server(participant, std::move(transmit->bytes));
    } else if (std::holds_alternative<client::Allocated>(output)) {
      ++counts_.served;
      participant.served = tuple_of(participant);
      if (participant.wants_since) {
        --waiting_;
        const std::chrono::duration<float> waited = timeline_.now() - *participant.wants_since;
        waits_s_.push_back(waited.count());
        redirections_.push_back(participant.redirections);
        participant.wants_since.reset();
      }
      if (participant.before) {
        participant.before->refresh(0, timeline_.now());
        for (client::Output& last : participant.before->drain()) {
          auto* bytes = std::get_if<client::Transmit>(&last);
          const auto node = Node::number_of(participant.served_before->server.plain());
          if (bytes == nullptr || !node) continue;
          timeline_.after(way(), [this, node = *node, tuple = *participant.served_before,
                                  sent = std::move(bytes->bytes)] { nodes_[node]->on_client(tuple, sent); });
        }
        participant.before.reset();
      }
    } else if (const auto* failed = std::get_if<client::Failed>(&output)) {
      return on_failed(participant, *failed);
    } else if (std::holds_alternative<client::TimedOut>(output)) {
      return try_next(participant);
    }
  }
  plan_wake(participant);
}

void Crowd::on_failed(Participant& participant, const client::Failed& failed) {
  if (failed.redirection && participant.itinerary.follow(*failed.redirection)) {
    ++counts_.redirections;
    ++participant.redirections;
    return ask(participant);
  }
  if (failed.redirection) {
    ++counts_.circles;
    const std::uint32_t attempt = participant.attempts;
    timeline_.after(dice_.between(milliseconds(100), milliseconds(500)), [this, &participant, attempt] {
      if (participant.attempts == attempt) call(participant, participant.first);
    });
    return;
  }
  ++counts_.refused;
  participant.served.reset();
  participant.turn.reset();
  const std::uint32_t attempt = ++participant.attempts;
  if (!participant.is_patient) return leave(participant);
  timeline_.after(dice_.between(seconds(1), seconds(3)), [this, &participant, attempt] {
    if (participant.attempts == attempt) try_next(participant);
  });
}

void Crowd::plan_wake(Participant& participant) {
  const auto wake = participant.turn->next_deadline();
  if (!wake) return;
  timeline_.at(*wake, [this, &participant, wake] {
    if (!participant.turn || participant.turn->next_deadline() != wake) return;
    participant.turn->on_deadline(timeline_.now());
    pump(participant);
  });
}

void Crowd::to_server(Participant& participant, std::vector<std::uint8_t> bytes) {
  const FiveTuple tuple = tuple_of(participant);
  const auto node = Node::number_of(tuple.server.plain());
  if (!node || *node >= nodes_.size()) return;
  counts_.to_dead += !nodes_[*node]->is_alive();
  timeline_.after(way(), [this, node = *node, tuple, bytes = std::move(bytes)] {
    nodes_[node]->on_client(tuple, bytes);
  });
}

// Nothing: the quota is full, by what other nodes hold.
void Crowd::to_client(const FiveTuple& tuple, std::vector<std::uint8_t> bytes) {
  timeline_.after(way(), [this, tuple, bytes = std::move(bytes)] {
    Participant& participant = participants_[number_of(tuple.client.address)];
    if (!participant.turn || tuple_of(participant) != tuple) return;
    if (bytes.empty()) return on_failed(participant, {{}, 486});
    participant.turn->on_receive(bytes, timeline_.now());
    pump(participant);
  });
}

void Crowd::abandon(Participant& participant) {
  participant.turn.reset();
  participant.served.reset();
  ++participant.attempts;
}

void Crowd::leave(Participant& participant) {
  if (participant.has_left) return;
  participant.has_left = true;
  ++participant.attempts;
  if (participant.wants_since) --waiting_;
  participant.wants_since.reset();
  if (participant.turn && participant.served) participant.turn->refresh(0, timeline_.now());
  if (participant.turn && participant.served) {
    for (client::Output& output : participant.turn->drain()) {
      if (auto* transmit = std::get_if<client::Transmit>(&output))
        to_server(participant, std::move(transmit->bytes));
    }
  }
  participant.turn.reset();
  participant.served.reset();
}

void Crowd::revoke(std::size_t node, const std::string& user) {
  Revocation& revocation = revocations_[user];
  revocation.said = revocation.ended = timeline_.now();
  revocation.alive = held_by(user);
  revocation.sayer = node;
  nodes_[node]->bar(user, kBarLife);
}

std::uint32_t Crowd::held_by(const std::string& user) const {
  const auto found = held_.find(user);
  return found == held_.end() ? 0 : found->second;
}

void Crowd::on_started(std::size_t, const std::string& user_id, const FiveTuple&) {
  ++held_[user_id];
  const auto found = revocations_.find(user_id);
  if (found == revocations_.end()) return;
  ++counts_.barred_granted;
  ++found->second.alive;
}

void Crowd::on_ended(std::size_t node, const std::string& user_id, const FiveTuple&, turn::EndReason reason) {
  --held_[user_id];
  const auto found = revocations_.find(user_id);
  if (found == revocations_.end()) return;
  --found->second.alive;
  if (reason == turn::EndReason::shutdown) return;  // the node itself is gone
  found->second.ended = timeline_.now();
  // Who goes away by themselves while the node is cut off has not waited for it.
  const bool is_cut = !nodes_[node]->is_connected();
  found->second.up_since = is_cut ? timeline_.now() : nodes_[node]->line().up_since;
}

}  // namespace turnpike::scale
