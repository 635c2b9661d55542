#include "turnpike/probe/session.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "turnpike/net/clock.hpp"

namespace turnpike::probe {
namespace {

constexpr Duration kEndWait = std::chrono::seconds(2);  // two retransmissions over UDP

TimePoint now() { return net::read_clock().monotonic; }

}  // namespace

Session::Session(Duration timeout) : signals_(io_, SIGINT, SIGTERM, SIGHUP), timeout_(timeout) {
  signals_.async_wait([this](boost::system::error_code error, int) { interrupted_ = !error; });
}

bool Session::wait_for_all(const std::function<bool(const Client::State&)>& done,
                           const std::function<std::string()>& late) {
  const TimePoint deadline = now() + timeout_;
  while (!std::ranges::all_of(clients_, [&](const Client& client) { return done(client.state()); })) {
    if (!run_once(deadline)) return false;
    if (now() >= deadline) return fail(late());
  }
  return true;
}

bool Session::run_once(TimePoint deadline) {
  run_ready(deadline);
  for (const Client& client : clients_) {
    if (!client.state().error.empty()) return fail(client.state().error);
  }
  return interrupted_ ? fail("interrupted") : true;
}

void Session::end() {
  const auto has_ended = [](const Client& client) { return !client.state().may_have_allocation; };
  for (Client& client : clients_) {
    if (!has_ended(client)) client.end();
  }
  const TimePoint deadline = now() + kEndWait;
  while (!std::ranges::all_of(clients_, has_ended) && now() < deadline) run_ready(deadline);
}

void Session::run_ready(TimePoint deadline) {
  io_.restart();
  if (io_.poll() == 0) io_.run_one_until(std::chrono::steady_clock::time_point(deadline.time_since_epoch()));
}

bool Session::fail(std::string reason) {
  error_ = std::move(reason);
  return false;
}

}  // namespace turnpike::probe
