// Hosts without credentials or manners: garbage, forged senders, other clients' transaction ids, replays.
#pragma once

#include <vector>

#include "crowd.hpp"

namespace turnpike::sim {

class Strangers {
 public:
  Strangers(Site& site, Crowd& crowd, Network& network, Timeline& timeline, Dice& dice)
      : site_(site), crowd_(crowd), network_(network), timeline_(timeline), dice_(dice) {}

  // They see what clients send in the clear.
  void overhear(const FiveTuple& tuple, Bytes packet);
  void act();

 private:
  struct Overheard {
    FiveTuple tuple;
    std::vector<std::uint8_t> request;
  };

  std::vector<std::uint8_t> garbage();
  std::vector<std::uint8_t> random_message(const stun::TransactionId& id);
  stun::TransactionId some_transaction();
  void throw_at(const FiveTuple& tuple, std::vector<std::uint8_t> bytes);
  void replay(FiveTuple tuple);
  void open_stream();

  Site& site_;
  Crowd& crowd_;
  Network& network_;
  Timeline& timeline_;
  Dice& dice_;
  std::vector<Overheard> overheard_;  // the last few, in no order
  std::uint32_t next_path_ = 1U << 30;
};

}  // namespace turnpike::sim
