// The whole simulation: a server, its clients, peers and strangers on a lossy network, and what happens to
// them in an order given by a seed.
#pragma once

#include "peers.hpp"
#include "strangers.hpp"
#include "trace.hpp"

namespace turnpike::sim {

struct WorldOptions {
  std::uint64_t seed = 1;
  std::uint32_t clients = 1000;
  Duration duration = std::chrono::seconds(900);
  std::uint64_t steps_max = 5'000'000;
  SiteOptions site = {};
  Weather weather = {};
};

class World {
 public:
  explicit World(const WorldOptions& options);
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Until the time is over, the steps are used up or an invariant is broken. After the time everybody leaves,
  // and nothing may remain.
  void run();

  const Referee& referee() const { return referee_; }
  std::uint64_t steps() const { return steps_; }
  std::uint64_t trace() const { return trace_.hash(); }
  // What broke and how to see it again.
  std::string report() const;

 private:
  Site::Exits exits();
  bool step(TimePoint end);
  // Calls `act` again and again, `every` so often on average.
  void repeat(Duration every, std::function<void()> act);
  void schedule_events();
  void wind_down();

  WorldOptions options_;
  Geography geography_;
  Timeline timeline_;
  Dice dice_;
  Trace trace_;
  Referee referee_;
  Network network_;
  Site site_;
  Crowd crowd_;
  Peers peers_;
  Strangers strangers_;
  std::uint64_t steps_ = 0;
  bool ending_ = false;
};

}  // namespace turnpike::sim
