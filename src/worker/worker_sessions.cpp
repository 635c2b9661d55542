// What a worker tells operators of its allocations and refusals, and what it ends for them.
#include <algorithm>
#include <iterator>
#include <utility>

#include "turnpike/worker/worker.hpp"

namespace turnpike::worker {

void Worker::find_sessions(SessionQuery query, SessionDesk::Done done) {
  mailbox_.post([this, query = std::move(query), done = std::move(done)] { sessions_.ask(query, done); });
}

void Worker::end(std::vector<relay::AllocationId> ids, turn::EndReason reason,
                 std::function<void(std::vector<Session>)> done) {
  mailbox_.post([this, reason, ids = std::move(ids), done = std::move(done)] {
    std::vector<Session> ended;
    for (const relay::AllocationId id : ids) {
      auto session = session_of(id);
      if (session && server_.end(id, reason, now_)) ended.push_back(std::move(*session));
    }
    perform_effects();
    usage_.report_ended();
    done(std::move(ended));
  });
}

void Worker::find_refusals(RefusalQuery query, std::function<void(std::vector<RefusalRecord>)> done) {
  mailbox_.post([this, query = std::move(query), done = std::move(done)] { done(refusals_.find(query)); });
}

void Worker::read_pace(std::function<void(std::uint64_t bits_per_second)> done) {
  mailbox_.post([this, done = std::move(done)] { done(paces_.bits_per_second()); });
}

std::vector<relay::AllocationId> Worker::ids_for(const SessionQuery& query) const {
  std::vector<relay::AllocationId> ids;
  if (query.user_ids) {
    for (const std::string& user_id : *query.user_ids)
      std::ranges::copy(server_.allocation_ids_of(user_id), std::back_inserter(ids));
    std::ranges::sort(ids);
  } else {
    ids = server_.allocation_ids();
  }
  if (!query.busiest) ids.erase(ids.begin(), std::ranges::upper_bound(ids, query.after));
  return ids;
}

std::optional<Session> Worker::session_of(relay::AllocationId id) {
  const turn::Allocation* const allocation = server_.allocation(id);
  if (allocation == nullptr) return std::nullopt;
  Session session;
  session.allocation = id;
  session.tuple = allocation->client.tuple;
  session.user_id = allocation->identity.user_id;
  session.relayed = server_.relayed_addresses(*allocation);
  session.peers_total = allocation->permissions.size();
  for (std::size_t i = 0; i < std::min(session.peers_total, kSessionListMax); ++i)
    session.peers.push_back(allocation->permissions[i].peer);
  session.channels_total = allocation->channels.size();
  session.channels.assign(allocation->channels.begin(),
                          allocation->channels.begin() +
                              static_cast<std::ptrdiff_t>(std::min(session.channels_total, kSessionListMax)));
  session.traffic = traffic_of(id);
  session.pace = pace_of(*allocation);
  session.since = allocation->started;
  for (const turn::RelayHalf& half : allocation->halves)
    session.expires = std::max(session.expires, half.expires);
  return session;
}

// The usual readings are those of the accounts, every ten seconds; whoever looks more often has later ones.
Pace Worker::pace_of(const turn::Allocation& allocation) {
  Reading reading{.by_sockets = routes_.traffic(allocation.id), .by_kernel = {}};
  if (kernel_) {
    reading.by_kernel = kernel_->traffic(allocation.id);
    reading.has_flows = kernel_->has_flows(allocation.id);
  }
  return paces_.note(allocation.id, reading, allocation.started, now_.monotonic);
}

std::optional<std::uint64_t> Worker::rate_of(relay::AllocationId id) {
  const turn::Allocation* const allocation = server_.allocation(id);
  return allocation == nullptr ? std::nullopt : std::optional(pace_of(*allocation).bits_per_second);
}

std::optional<relay::AllocationUsage> Worker::usage_of(relay::AllocationId id) {
  const turn::Allocation* const allocation = server_.allocation(id);
  if (allocation == nullptr) return std::nullopt;
  pace_of(*allocation);
  return relay::AllocationUsage{id, allocation->identity.user_id, allocation->started,
                                allocation->client.tuple.transport, traffic_of(id)};
}

}  // namespace turnpike::worker
