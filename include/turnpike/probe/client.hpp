// A TURN client on a real connection: joins the sans-IO client with a link, the clock and a timer.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

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
    bool permitted = false;         // a peer, by permission or channel
    bool refused_by_rules = false;  // that peer
    bool peer_unreachable = false;  // ICMP said so
    std::string error;
  };

  // Begins to connect. `io` must not run any more once the client is gone.
  Client(boost::asio::io_context& io, boost::asio::ssl::context& tls, const client::ServerUri& uri,
         const Endpoint& server, client::ClientOptions options, OnData on_data);

  const State& state() const { return state_; }
  Endpoint local() const { return link_ ? link_->local() : Endpoint{}; }
  Stage stage() const { return link_ ? link_->stage() : Stage::connecting; }

  // Call once opened; each shows in state() later.
  void binding();
  void allocate();
  void permit(const Endpoint& peer);
  void bind_channel(const Endpoint& peer);
  void send(const Endpoint& peer, Bytes payload);
  void end();

 private:
  // After each call of the client: transmits, notes what happened, sets the timer.
  void flush();
  void note(const client::Output& output);
  void note_failure(const client::Failed& failed);
  void fail(std::string reason);

  OnData on_data_;
  bool has_name_;
  crypto::OpenSslRandom random_;
  client::TurnClient client_;
  boost::asio::steady_timer timer_;
  std::optional<TimePoint> timer_at_;
  State state_;
  std::unique_ptr<Link> link_;
};

}  // namespace turnpike::probe
