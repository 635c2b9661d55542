// The clients of one attempt at a server: what they do runs here, is waited for here, and ends here.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <utility>

#include "turnpike/net/asio.hpp"
#include "turnpike/probe/client.hpp"

namespace turnpike::probe {

class Session {
 public:
  // `timeout` is of each wait. SIGINT, SIGTERM and SIGHUP end every wait as long as this lives, and do
  // nothing else.
  explicit Session(Duration timeout);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  boost::asio::io_context& io() { return io_; }
  // What runs on io(). It stays where it is.
  template <class... Arguments>
  Client& add(Arguments&&... arguments) {
    return clients_.emplace_back(io_, std::forward<Arguments>(arguments)...);
  }

  // Runs the clients until all of them fulfil `done`; false if one fails, if it takes too long, of which
  // `late` says what it means, or at a signal. error() says why.
  bool wait_for_all(const std::function<bool(const Client::State&)>& done,
                    const std::function<std::string()>& late);
  // Handles all that is ready; if nothing is, waits for something until `deadline`. False as above.
  bool run_once(TimePoint deadline);

  // Ends what the clients have allocated, or may have, whatever went wrong before. Waits for two seconds at
  // most.
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
