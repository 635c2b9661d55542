#include "turnpike/path/pipes.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::path {
namespace {

constexpr std::size_t kServer = 1;  // the end of a pipe

}  // namespace

Pipes::Pipes() : scratch_(net::Pipe::kQueuedMax), ring_(kPipesPerTurn) {}

void Pipes::join(Passing client, net::FileDescriptor server) {
  const Id id = next_id_++;
  auto joined = std::make_unique<Joined>(std::move(client.stream), net::ByteStream(std::move(server)),
                                         blocks_, client.ends);
  joined->pipe.begin_with(client.begin);
  pipes_.emplace(id, std::move(joined));
  waiting_.push_back(id);
}

void Pipes::begin_turn(TimePoint now) {
  now_ = now;
  waiting_left_ = std::min(waiting_.size(), kPipesPerTurn);
  bytes_left_ = kBytesPerTurn;
}

void Pipes::serve() {
  if (std::exchange(ready_, false)) ring_.poll();
  while (bytes_left_ > 0) {
    const auto id = next();
    if (!id) return;
    serve(*id);
  }
}

// Those that wait first: they are as many as there are ready ones at most, and fewer the next turn.
std::optional<Pipes::Id> Pipes::next() {
  if (waiting_left_ > 0) {
    --waiting_left_;
    const Id id = waiting_.front();
    waiting_.pop_front();
    if (const auto found = pipes_.find(id); found != pipes_.end()) found->second->waits = false;
    return id;
  }
  const auto ready = ring_.next();
  if (!ready) return std::nullopt;
  return static_cast<Id>(ready->token);
}

void Pipes::serve(Id id) {
  const auto found = pipes_.find(id);
  if (found == pipes_.end()) return;
  Joined& joined = *found->second;
  const auto moved = joined.pipe.move(std::min(kBytesOfOne, bytes_left_), scratch_);
  bytes_left_ -= std::min(bytes_left_, moved.bytes);
  if (moved.ended) return end(id);
  bound_farewell(id, joined, moved);
  for (std::size_t each = 0; each < joined.watched.size(); ++each) {
    if (watch(id, joined, each)) return end(id);
  }
  if (moved.has_unseen && !std::exchange(joined.waits, true)) waiting_.push_back(id);
}

void Pipes::bound_farewell(Id id, Joined& joined, const net::Pipe::Moved& moved) {
  if (!joined.pipe.has_stopped(kServer)) return;
  const Farewell before =
      std::exchange(joined.farewell, joined.pipe.has_delivered(kServer) ? Farewell::said : Farewell::begun);
  const bool has_moved = joined.farewell != before || moved.bytes + moved.left > 0;
  if (has_moved) farewells_.set(id, now_ + (joined.farewell == Farewell::said ? kLingerMax : kFarewellMax));
}

void Pipes::on_deadline(TimePoint now) {
  while (const auto id = farewells_.pop_due(now)) end(*id);
}

boost::system::error_code Pipes::watch(Id id, Joined& joined, std::size_t end) {
  constexpr net::Interest kNone{.readable = false, .writable = false};
  const net::Interest wanted = joined.pipe.interest(end);
  const net::Interest before = std::exchange(joined.watched[end], wanted);
  if (wanted == before) return {};
  if (wanted == kNone) return ring_.poller().remove(joined.pipe.fd(end));
  if (before == kNone) return ring_.poller().add(joined.pipe.fd(end), id, wanted);
  return ring_.poller().modify(joined.pipe.fd(end), id, wanted);
}

void Pipes::end(Id id) {
  const auto found = pipes_.find(id);
  gone_.push_back(found->second->ends);
  pipes_.erase(found);
  farewells_.remove(id);
}

std::optional<FiveTuple> Pipes::next_gone() {
  if (gone_.empty()) return std::nullopt;
  const FiveTuple gone = gone_.back();
  gone_.pop_back();
  return gone;
}

}  // namespace turnpike::path
