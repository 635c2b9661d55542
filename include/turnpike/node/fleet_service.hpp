// Runs this node's part in its fleet: joins the fleet's rules with Redis and drives them by the clock.
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

// Connects this node with its fleet, on the main thread. Without a configured Redis the service exists but
// the node is alone: nothing is sent and no tick follower is called.
class FleetService {
 public:
  // `random` must outlive the context. Throws boost::system::system_error if TLS cannot be set up.
  FleetService(boost::asio::io_context& context, const config::Config& config, Random& random);
  ~FleetService();
  FleetService(const FleetService&) = delete;
  FleetService& operator=(const FleetService&) = delete;

  // Connects, reconnects whenever needed, and ticks ten times a second. Register all followers before.
  void start();
  // Takes a new configuration. With other secrets or another Redis, or with none any more, the node joins as
  // a new one and fleet() returns another object.
  void reload(const config::Config& config);
  // Sends the last heartbeat if there is a connection, and runs the context until it is sent, for half a
  // second at most. Afterwards nothing is sent or received.
  void leave();

  // Returns whether Redis is configured.
  bool is_shared() const { return line_ != nullptr; }
  bool is_connected() const { return line_ != nullptr && line_->is_connected(); }
  // Returns the fleet. Do not keep the reference: a reload may replace the object.
  fleet::Fleet& fleet() { return line_ ? line_->fleet() : alone_; }
  const fleet::Fleet& fleet() const { return line_ ? line_->fleet() : alone_; }
  // Returns whether this node must reconcile with LiveKit: it holds the fleet's lease for that task, or no
  // node can get the lease and so each node reconciles.
  bool reconciles(TimePoint now) {
    return !is_connected() || line_->is_lease_refused() || fleet().reconciliation().is_held(now);
  }
  // Sends what the fleet has queued, without waiting for the next tick.
  void send();

  // Tells the other nodes, as Fleet::tell(), without waiting for the next tick.
  void tell(std::string_view news);

  // Adds a function that is called ten times a second while Redis is configured, connected or not. Followers
  // are called in the order of registration; what they change in fleet() is sent afterwards.
  void on_tick(std::function<void(const Now&)> follower);
  // Adds a function that is called when fleet() has become another object, which knows nothing of what this
  // node holds and must be told all of it again.
  void on_renewed(std::function<void()> follower);
  // Adds a function that fills its part of the next heartbeat. It is called before each tick, in the order of
  // registration, with the record of the last heartbeat.
  void describe_by(std::function<void(fleet::NodeRecord&)> describer);

  // Adds a function that gets the news of other nodes, at each tick after the tick followers.
  void on_news(std::function<void(std::string news)> follower);

  // Adds a function that is called after each connection to Redis.
  void on_connected(std::function<void()> follower);
  // Adds a function that is called when a connection or an attempt to connect has failed.
  void on_lost(std::function<void(const redis::Failure&)> follower);
  // Adds a function that is called for each write that Redis has answered with an error.
  void on_refused(std::function<void(const redis::Failure&)> follower);

  // Returns the place of Redis without any password; "" if none is configured.
  std::string place() const;
  // Returns the number of commands that wait to be sent or for an answer.
  std::size_t outstanding() const { return line_ ? line_->outstanding() : 0; }
  // Returns the failed connections, failed attempts and refused writes, by cause.
  const Failures& failures() const { return failures_; }
  std::uint64_t connections() const { return connections_; }  // made since the start

 private:
  boost::asio::awaitable<void> run(std::shared_ptr<Line> line);
  void tick(const Now& now);

  boost::asio::io_context& context_;
  Random& random_;
  fleet::FleetOptions options_;
  std::optional<redis::Settings> settings_;
  fleet::Fleet alone_;  // used without Redis
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
