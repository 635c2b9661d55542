// One of several servers: its workers over one ledger, and what it knows of the others.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "dice.hpp"
#include "timeline.hpp"
#include "turnpike/turn/server.hpp"

namespace turnpike::sim {

// What a server says of itself.
struct Bulletin {
  std::uint32_t number = 0;
  std::size_t load = 0;  // allocations
  bool has_enough = false;
  bool drains = false;
};

class Neighbour {
 public:
  struct Options {
    std::uint32_t number = 0;
    std::uint32_t workers = 2;
    std::uint16_t ports = 200;
    std::size_t high_water = 100;  // allocations
    std::shared_ptr<const turn::CredentialSource> credentials;
  };
  using Send = std::function<void(const FiveTuple& tuple, std::vector<std::uint8_t> bytes)>;

  Neighbour(const Options& options, Timeline& timeline, Dice& dice, Send send);

  static ServerEndpoint address(std::uint32_t number, Family family);
  static constexpr std::string_view kRealm = "realm";

  void on_datagram(const FiveTuple& tuple, Bytes bytes);
  // Of the others, as they were a while ago.
  void learn(std::vector<Bulletin> news) { news_ = std::move(news); }
  // Once a second: judges its own load, tells its workers, serves deadlines.
  void tick();
  void drain();

  Bulletin bulletin() const { return {options_.number, allocations(), has_enough(), draining_}; }
  std::size_t allocations() const { return alive_.size(); }
  const std::set<FiveTuple>& alive() const { return alive_; }

 private:
  bool has_enough() const { return allocations() >= options_.high_water; }
  turn::Alternates alternates() const;
  void perform_effects(turn::Server& worker);

  Options options_;
  Timeline& timeline_;
  Dice& dice_;
  Send send_;
  turn::Ledger ledger_;
  std::vector<std::unique_ptr<turn::Server>> workers_;
  std::set<FiveTuple> alive_;
  std::vector<Bulletin> news_;
  bool draining_ = false;
};

}  // namespace turnpike::sim
