// A TURN client on real connections: joins the sans-IO client with a link, the clock and a timer, and goes on
// at another server where one sends it there.
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

class Client {
 public:
  using OnData = std::function<void(const client::Data&)>;

  // What has come about so far. After an error nothing else does, but for the end of the allocation.
  struct State {
    bool opened = false;
    std::optional<Endpoint> mapped;
    bool may_have_allocation = false;  // it was asked for, and neither refused nor ended
    std::optional<client::Allocated> allocated;
    bool permitted = false;            // a peer, by permission or channel
    bool refused_by_rules = false;     // that peer
    bool peer_unreachable = false;     // ICMP said so
    std::vector<std::string> sent_to;  // where servers have sent it, as client::describe() says it
    std::string error;
  };

  // Begins to connect. `io` must not run any more once the client is gone.
  Client(boost::asio::io_context& io, boost::asio::ssl::context& tls, const client::ServerUri& uri,
         const Endpoint& server, client::ClientOptions options, OnData on_data);

  const State& state() const { return state_; }
  // The one that it has come to.
  const Endpoint& server() const { return itinerary_.server(); }
  Endpoint local() const { return links_.back() ? links_.back()->local() : Endpoint{}; }
  Stage stage() const { return links_.back() ? links_.back()->stage() : Stage::connecting; }

  // Call once opened; each shows in state() later.
  void binding();
  void allocate();
  // At the server that `other` has come to: two that ask at the same time may be sent to two.
  void allocate_beside(const Client& other);
  void permit(const Endpoint& peer);
  void bind_channel(const Endpoint& peer);
  void send(const Endpoint& peer, Bytes payload);
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
