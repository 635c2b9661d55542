// The network between clients, server and peers: datagrams that get lost, late, doubled and damaged, and
// streams that arrive in pieces.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "dice.hpp"
#include "timeline.hpp"
#include "turnpike/base/bytes.hpp"

namespace turnpike::sim {

struct Weather {
  Duration delay_min = std::chrono::milliseconds(5);
  Duration delay_max = std::chrono::milliseconds(150);
  Duration detour_max = std::chrono::seconds(
      3);  // must stay below the quiet time of a port, or old data would find its next owner
  std::uint32_t lost_permille = 30;
  std::uint32_t doubled_permille = 20;
  std::uint32_t late_permille = 10;
  std::uint32_t damaged_permille = 5;
};

// A datagram, and who sent it as far as the simulation knows.
struct Parcel {
  std::vector<std::uint8_t> bytes;
  bool damaged = false;           // by the network, or made by a stranger: nothing in it needs to make sense
  std::uint32_t incarnation = 0;  // of the client host that sent it or that it is for
};

class Network {
 public:
  using Arrive = std::function<void(const Parcel&)>;

  Network(const Weather& weather, Timeline& timeline, Dice& dice)
      : weather_(weather), timeline_(timeline), dice_(dice) {}
  // `arrive` is called never, once or twice, each time with a delay of its own.
  void carry(const Parcel& parcel, const Arrive& arrive);

 private:
  void damage(Parcel& parcel);

  Weather weather_;
  Timeline& timeline_;
  Dice& dice_;
};

// One direction of a stream: everything arrives in order, cut and joined at random places. Lives until its
// end has arrived.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  struct Reader {
    std::function<void(Bytes)> arrive;
    std::function<void()> end;
  };

  Pipe(Timeline& timeline, Dice& dice, Reader reader)
      : timeline_(timeline), dice_(dice), reader_(std::move(reader)) {}
  void write(Bytes bytes);
  // The end arrives after what was written, and nothing after it.
  void finish();

 private:
  void plan();
  void deliver();

  Timeline& timeline_;
  Dice& dice_;
  Reader reader_;
  std::vector<std::uint8_t> under_way_;
  bool planned_ = false;
  bool finished_ = false;
  bool ended_ = false;
};

}  // namespace turnpike::sim
