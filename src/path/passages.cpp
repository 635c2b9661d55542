#include "turnpike/path/passages.hpp"

#include <utility>

#include "turnpike/net/connecting.hpp"

namespace turnpike::path {

void Passages::begin(Passing client, TimePoint now) {
  auto server = net::begin_connecting(*client.server);
  if (!server) return failed_.push_back({client.ends, *client.server, server.error()});
  const Id id = next_id_++;
  const auto error = ring_.poller().add(server->get(), id, {.readable = false, .writable = true});
  if (error) return failed_.push_back({client.ends, *client.server, error});
  passages_.emplace(id, Arrived{std::move(client), std::move(*server)});
  deadlines_.set(id, now + kLimit);
}

void Passages::serve() {
  if (std::exchange(ready_, false)) ring_.poll();
  while (const auto ready = ring_.next()) {
    const Id id = static_cast<Id>(ready->token);
    if (const auto found = passages_.find(id); found != passages_.end())
      settle(id, net::outcome_of_connecting(found->second.server.get()));
  }
}

void Passages::on_deadline(TimePoint now) {
  while (const auto id = deadlines_.pop_due(now))
    settle(*id, make_error_code(boost::system::errc::timed_out));
}

void Passages::settle(Id id, boost::system::error_code error) {
  const auto found = passages_.find(id);
  Arrived passage = std::move(found->second);
  passages_.erase(found);
  deadlines_.remove(id);
  if (!error) error = ring_.poller().remove(passage.server.get());
  if (error) {
    failed_.push_back({passage.client.ends, *passage.client.server, error});
  } else {
    arrived_.push_back(std::move(passage));
  }
}

std::optional<Passages::Arrived> Passages::next_arrived() {
  if (arrived_.empty()) return std::nullopt;
  Arrived arrived = std::move(arrived_.back());
  arrived_.pop_back();
  return arrived;
}

std::optional<Passages::Failed> Passages::next_failed() {
  if (failed_.empty()) return std::nullopt;
  const Failed failed = failed_.back();
  failed_.pop_back();
  return failed;
}

}  // namespace turnpike::path
