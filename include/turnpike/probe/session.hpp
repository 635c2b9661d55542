// Runs the clients of one attempt at a server, waits for them and ends them.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "turnpike/net/asio.hpp"
#include "turnpike/probe/client.hpp"

namespace turnpike::probe {

// The clients of one attempt, with the io_context that they run on.
class Session {
 public:
  // `timeout` bounds each wait. While the session exists, SIGINT, SIGTERM and SIGHUP end a wait and do
  // nothing else.
  explicit Session(Duration timeout);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  boost::asio::io_context& io() { return io_; }
  // Makes a client on io(). The reference stays valid as long as the session.
  template <class... Arguments>
  Client& add(Arguments&&... arguments) {
    return clients_.emplace_back(io_, std::forward<Arguments>(arguments)...);
  }

  // Runs the clients until all fulfil `done`. Returns false, with the reason in error(), if a client fails,
  // at a signal, or after the timeout; `late` returns the reason for the latter.
  bool wait_for_all(const std::function<bool(const Client::State&)>& done,
                    const std::function<std::string()>& late);
  // Handles everything that is ready; if nothing is, waits for something until `deadline`. Returns false,
  // with the reason in error(), if a client has failed or at a signal.
  bool run_once(TimePoint deadline);

  // Ends all allocations that the clients have or may have, whatever went wrong before. Waits at most two
  // seconds.
  void end();

  const std::string& error() const { return error_; }
  bool is_interrupted() const { return interrupted_; }

 private:
  void run_ready(TimePoint deadline);
  bool fail(std::string reason);

  boost::asio::io_context io_;  // outlives what runs on it
  boost::asio::signal_set signals_;
  Duration timeout_;
  std::deque<Client> clients_;
  std::string error_;
  bool interrupted_ = false;
};

}  // namespace turnpike::probe
