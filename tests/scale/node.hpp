// One node: the fleet's part, the ledger and the TURN rules of a server, without sockets.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "media.hpp"
#include "sim/dice.hpp"
#include "sim/timeline.hpp"
#include "store.hpp"
#include "turnpike/fleet/alternates.hpp"
#include "turnpike/fleet/fleet.hpp"
#include "turnpike/turn/server.hpp"

namespace turnpike::scale {

// What a node does to the world.
class Outside {
 public:
  virtual ~Outside() = default;
  virtual void to_client(const FiveTuple& tuple, std::vector<std::uint8_t> bytes) = 0;
  virtual void on_started(std::size_t node, const std::string& user_id, const FiveTuple& tuple) = 0;
  virtual void on_ended(std::size_t node, const std::string& user_id, const FiveTuple& tuple,
                        turn::EndReason reason) = 0;
};

struct NodeOptions {
  std::size_t number = 0;
  std::string region;
  std::uint16_t capacity = 200;  // allocations, which are its load
  double high_water = 0.8;
  std::uint32_t places_max = 4;  // of a user
  UnixSeconds ahead_s = 0;       // its clock
  std::uint64_t bytes_per_second_per_room = 0;
  std::shared_ptr<const turn::CredentialSource> credentials;
};

class Node {
 public:
  Node(const NodeOptions& options, sim::Timeline& timeline, sim::Dice& dice, Store& store, Store::Line& line,
       Outside& outside);
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  static ServerEndpoint address(std::size_t number);
  // None: it is no node's.
  static std::optional<std::size_t> number_of(const Endpoint& address);

  // The connections to Redis.
  void connect();
  void disconnect();
  bool is_connected() const { return line_.is_up; }
  const Store::Line& line() const { return line_; }

  // The machine is gone; nobody says goodbye.
  void die();
  bool is_alive() const { return is_alive_; }

  // Ten times a second.
  void tick();
  void on_client(const FiveTuple& tuple, Bytes bytes);
  // A webhook or an operator; true: it was news.
  bool bar(const std::string& user_id, Duration life);
  // What it has heard until now.
  void catch_up();
  std::vector<std::string> nearest_urls(std::string_view region);

  fleet::Fleet& fleet() { return *fleet_; }
  Media& media() { return media_; }
  const std::string& region() const { return options_.region; }
  bool is_barred(const std::string& user_id) { return ledger_.is_barred(user_id, timeline_.now()); }
  std::size_t allocations() const { return server_->allocation_count(); }
  double share() const { return static_cast<double>(allocations()) / options_.capacity; }
  std::uint64_t redirected() const { return redirected_; }
  std::uint64_t refused_for_others() const { return refused_for_others_; }
  std::uint64_t given_back() const { return given_back_; }

 private:
  Now now() const;
  void hear(const Store::Arrival& arrival);
  void submit();
  void describe();
  void enforce();
  void give_back();
  void look_for_alternate();
  bool is_beyond_quota(const FiveTuple& tuple, Bytes bytes);
  void perform_effects();

  NodeOptions options_;
  sim::Timeline& timeline_;
  Store& store_;
  Store::Line& line_;
  Outside& outside_;
  SeededRandom random_;
  std::unique_ptr<fleet::Fleet> fleet_;
  Media media_;
  fleet::Alternates alternates_;
  turn::Ledger ledger_;
  std::unique_ptr<turn::Server> server_;
  fleet::NodeRecord record_;
  bool is_alive_ = true;
  std::uint32_t ticks_ = 0;
  std::uint64_t redirected_ = 0, refused_for_others_ = 0, given_back_ = 0;
};

}  // namespace turnpike::scale
