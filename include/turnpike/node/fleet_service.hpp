// This node's part in its fleet: the fleet's rules, joined with Redis and driven by the clock.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/fleet/fleet.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/node/line.hpp"

namespace turnpike::node {

// On the main thread. Where no Redis is configured it is there, and alone: nothing is sent, nobody is called.
class FleetService {
 public:
  // `random` must outlive the context. Throws boost::system::system_error where TLS cannot be set up.
  FleetService(boost::asio::io_context& context, const config::Config& config, Random& random);
  ~FleetService();
  FleetService(const FleetService&) = delete;
  FleetService& operator=(const FleetService&) = delete;

  // Connects, and again whenever it has to; ticks ten times a second from now on. What followers want comes
  // before.
  void start();
  // Other secrets, another Redis or none at all: what is known goes on as another node. fleet() is another
  // one then.
  void reload(const config::Config& config);
  // The last heartbeat, if there is a connection; runs the context until it has left, for half a second at
  // most. Nothing is sent or heard afterwards.
  void leave();

  // Redis is configured.
  bool is_shared() const { return line_ != nullptr; }
  bool is_connected() const { return line_ != nullptr && line_->is_connected(); }
  // Not to be kept: a reload may make another one.
  fleet::Fleet& fleet() { return line_ ? line_->fleet() : alone_; }
  const fleet::Fleet& fleet() const { return line_ ? line_->fleet() : alone_; }
  // It is this node that asks LiveKit who is there: it has been given that task, or nobody can be, and so
  // each node asks.
  bool reconciles(TimePoint now) {
    return !is_connected() || line_->is_lease_refused() || fleet().reconciliation().is_held(now);
  }
  // Sends what the fleet has to say, ahead of the next tick.
  void send();

  // As Fleet::tell(), and at once.
  void tell(std::string_view news);

  // Ten times a second while Redis is configured, whether or not it is there, in the order of registration;
  // what changes in fleet() is told afterwards.
  void on_tick(std::function<void(const Now&)> follower);
  // fleet() is another one, and knows nothing of what this node holds: to be told all of it again.
  void on_renewed(std::function<void()> follower);
  // What the next heartbeat says, each about what it knows, in the order of registration: asked before each
  // tick. It begins with what was said last.
  void describe_by(std::function<void(fleet::NodeRecord&)> describer);

  // Of what other nodes have told, at each tick after its followers.
  void on_news(std::function<void(std::string news)> follower);

  void on_connected(std::function<void()> follower);
  // At each failed attempt.
  void on_lost(std::function<void(const redis::Failure&)> follower);
  // Of each write that Redis has answered with an error.
  void on_refused(std::function<void(const redis::Failure&)> follower);

  // Where Redis is, without any password; "": none is configured.
  std::string place() const;
  // Commands without an answer.
  std::size_t outstanding() const { return line_ ? line_->outstanding() : 0; }
  // Connections and attempts that ended, and writes that were refused, by cause.
  const Failures& failures() const { return failures_; }
  std::uint64_t connections() const { return connections_; }  // that there were

 private:
  boost::asio::awaitable<void> run(std::shared_ptr<Line> line);
  void tick(const Now& now);

  boost::asio::io_context& context_;
  Random& random_;
  fleet::FleetOptions options_;
  std::optional<redis::Settings> settings_;
  fleet::Fleet alone_;  // where there is no Redis
  std::shared_ptr<Line> line_;
  bool is_started_ = false;
  std::vector<std::function<void(const Now&)>> tick_followers_;
  std::vector<std::function<void()>> renewal_followers_;
  std::vector<std::function<void(fleet::NodeRecord&)>> describers_;
  std::vector<std::function<void(std::string)>> news_followers_;
  std::vector<std::function<void()>> connection_followers_;
  std::vector<std::function<void(const redis::Failure&)>> loss_followers_, refusal_followers_;
  Failures failures_;
  std::uint64_t connections_ = 0;
};

}  // namespace turnpike::node
