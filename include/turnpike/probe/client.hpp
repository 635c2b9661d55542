// A TURN client on real connections: joins the sans-IO client with a link, the clock and a timer, and follows
// redirections to other servers.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/client/itinerary.hpp"
#include "turnpike/client/turn_client.hpp"
#include "turnpike/client/uri.hpp"
#include "turnpike/crypto/openssl_random.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/probe/link.hpp"

namespace turnpike::probe {

// A TURN client of the probe.
class Client {
 public:
  // Receives data that a peer has sent through the relay.
  using OnData = std::function<void(const client::Data&)>;

  // What has happened so far. After an error nothing changes any more, except that the allocation may end.
  struct State {
    bool opened = false;
    std::optional<Endpoint> mapped;
    bool may_have_allocation = false;  // asked for, and neither refused nor ended
    std::optional<client::Allocated> allocated;
    bool permitted = false;            // a permission or channel was granted
    bool refused_by_rules = false;     // the server's rules refuse the peer
    bool peer_unreachable = false;     // reported by ICMP
    std::vector<std::string> sent_to;  // redirections, as client::describe() words them
    std::string error;
  };

  // Begins to connect. `io` must not run after the client is destroyed.
  Client(boost::asio::io_context& io, boost::asio::ssl::context& tls, const client::ServerUri& uri,
         const Endpoint& server, client::ClientOptions options, OnData on_data);

  const State& state() const { return state_; }
  // Returns the current server, after all redirections.
  const Endpoint& server() const { return itinerary_.server(); }
  Endpoint local() const { return links_.back() ? links_.back()->local() : Endpoint{}; }
  Stage stage() const { return links_.back() ? links_.back()->stage() : Stage::connecting; }

  // Each function below sends a request; call it once `opened` is true. The outcome appears in state() later.
  void binding();
  void allocate();
  // Allocates at the current server of `other`, because two clients that ask at the same time may be
  // redirected to two servers.
  void allocate_beside(const Client& other);
  void permit(const Endpoint& peer);
  void bind_channel(const Endpoint& peer);
  void send(const Endpoint& peer, Bytes payload);
  // Ends the allocation by a Refresh with lifetime 0 (RFC 8656 section 7.1).
  void end();

 private:
  void open();
  void on_opened();
  void follow(const client::Redirection& redirection);
  void begin_anew();
  // After each call of the client: transmits, notes what happened, sets the timer.
  void flush();
  void note(const client::Output& output);
  void note_failure(const client::Failed& failed);
  void fail(std::string reason);

  boost::asio::io_context& io_;
  boost::asio::ssl::context& tls_;
  client::ServerUri uri_;  // with the name that the certificate of the server must have
  const client::ClientOptions options_;
  OnData on_data_;
  crypto::OpenSslRandom random_;
  client::TurnClient client_;
  client::Itinerary itinerary_;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> timer_at_;
  State state_;
  bool asks_at_once_ = false;                 // for an allocation, when the link is open
  std::vector<std::unique_ptr<Link>> links_;  // to each server; the last one counts
};

}  // namespace turnpike::probe
