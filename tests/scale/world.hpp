// A fleet at scale, from a seed: what happens in it, and what is counted.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "crowd.hpp"
#include "node.hpp"
#include "store.hpp"

namespace turnpike::scale {

// Times are seconds since everybody has come; below 0: it does not happen.
struct Scene {
  std::string name = "";
  std::uint64_t seed = 1;
  std::size_t nodes = 50;           // a multiple of the regions
  std::size_t participants = 5000;  // at one time
  std::size_t regions = 5;
  std::uint16_t capacity = 200;  // allocations of a node
  double high_water = 0.8;
  int seconds_ = 60;
  int arrivals_s = 20;  // for everybody to come
  int stay_s = 0;       // whoever leaves after about so long is followed by another; 0: nobody does
  std::uint32_t revoked_per_s = 0, moving_per_s = 0;
  std::uint32_t cuts_per_min = 0;  // of one node from Redis, for up to 5 s
  std::size_t greedy = 0;          // users who ask many nodes at once
  std::size_t greedy_nodes = 20;
  int greedy_at_s = 5;
  std::size_t loud = 0;  // rooms that have more to relay than their budget, on many nodes at once
  std::size_t loud_nodes = 20;
  int loud_at_s = 5;
  std::uint64_t room_bytes_per_s = 250'000;
  int region_dies_at_s = -1;
  Comeback comeback = Comeback::exchange;
  int redis_away_at_s = -1, redis_away_s = 3;
  bool redis_loses_data = false;
  std::size_t words_before = 0;  // bars that there are already
};

// Second by second, or as samples.
struct Report {
  struct Moment {
    double at_s = 0;
    double share_mean = 0, share_max = 0, share_p99 = 0;  // of live nodes
    std::size_t waiting = 0;
    std::uint64_t redirections = 0, circles = 0, asked = 0, to_dead = 0;
    double greedy_over = 0;  // what the greedy hold, in their limits
    std::uint32_t greedy_worst = 0;
    double loud_over = 0, loud_worst = 0;  // what loud rooms relay, in their limits: all of them, and one
    std::size_t connected = 0, caught_up = 0, complete = 0;  // nodes
  };
  struct Enforced {
    double said_s = 0;
    double after_ms = 0;   // since it was said, or since the node was connected again
    bool was_cut = false;  // the last node to do so was cut off when it was said
  };
  std::vector<Moment> moments{};
  std::vector<Enforced> enforced{};
  std::size_t unenforced = 0;
  std::uint64_t lost_for_slowness = 0;  // connections to Redis

  // Of those that were said when the node was connected, or was not.
  double slowest_ms(bool was_cut) const;
};

class World {
 public:
  explicit World(const Scene& scene);

  void run();

  const Scene& scene() const { return scene_; }
  const Report& report() const { return report_; }
  const Crowd& crowd() const { return crowd_; }
  const Store& store() const { return store_; }
  std::vector<std::unique_ptr<Node>>& nodes() { return nodes_; }
  double begin_s() const { return begin_s_; }
  std::string to_json();

 private:
  struct LoudRoom {
    std::string name;
    std::set<std::size_t> nodes;
    std::uint64_t relayed = 0;  // as it was looked at
  };

  double now_s() const;
  std::size_t some_node(std::size_t region);
  void join(std::size_t node, int attempt);
  void join_later(std::size_t node, int attempt);
  void keep_ticking(std::size_t node);
  void populate();
  void arrive(Crowd::Participant& participant);
  void keep_revoking();
  void keep_moving();
  void keep_cutting();
  void be_greedy();
  void be_loud();
  void look_at_loud(Report::Moment& moment);
  void kill_region();
  void lose_redis();
  void keep_looking();
  void judge_revocations();

  Scene scene_;
  sim::Timeline timeline_;
  sim::Dice dice_;
  Store store_;
  std::vector<std::unique_ptr<Node>> nodes_;
  Crowd crowd_;
  TimePoint begin_, end_;
  double begin_s_ = 0;  // of the time line of the use of Redis
  std::size_t people_ = 0;
  std::size_t waits_before_ = 0;  // of those who came before the begin
  std::vector<std::string> greedy_users_;
  std::vector<LoudRoom> loud_rooms_;
  std::vector<int> attempts_;  // in vain, of each node
  std::vector<bool> is_cut_;
  Report report_;
};

}  // namespace turnpike::scale
