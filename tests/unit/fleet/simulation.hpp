// A fleet over a model of Redis, from a seed: what nodes say and hold, what happens to them, and what must
// hold.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "turnpike/fleet/alternates.hpp"
#include "unit/fleet/model_redis.hpp"
#include "unit/fleet/nodes.hpp"

namespace turnpike::fleet::test {

using std::chrono::seconds;

struct Scene {
  std::uint64_t seed = 1;
  unsigned nodes = 5;
  int seconds_ = 60;
  bool has_faults = true;
  std::uint32_t actions_per_second = 20;
};

class Simulation {
 public:
  static constexpr std::uint32_t kPlacesMax = 3;
  static constexpr unsigned kUsers = 12;
  static constexpr double kHighWater = 0.8;

  explicit Simulation(const Scene& scene) : scene_(scene), dice_(scene.seed), redis_(timeline_, dice_) {
    for (unsigned i = 0; i < scene.nodes; ++i) {
      nodes_.push_back(
          std::make_unique<Node>(scene.seed * 1000 + i, static_cast<UnixSeconds>(dice_.below(61)) - 30));
      redis_.lines.push_back(std::make_unique<ModelRedis::Line>());
      begin(i);
    }
  }

  void run() {
    const TimePoint end = timeline_.now() + seconds(scene_.seconds_);
    for (unsigned i = 0; i < scene_.nodes; ++i)
      timeline_.after(dice_.between({}, milliseconds(100)), [=, this] { live(i); });
    timeline_.after(milliseconds(1000 / scene_.actions_per_second), [this] { act(); });
    if (scene_.has_faults) timeline_.after(seconds(5), [this] { fail(); });
    timeline_.after(milliseconds(250), [this] { audit(); });
    while (!testing::Test::HasFailure() && timeline_.step(end)) continue;
    EXPECT_GT(audits_, 0);
    EXPECT_GT(settled_bars_, 0U);
    if (scene_.seconds_ >= 60 || !scene_.has_faults) {
      EXPECT_GT(settled_places_, 0U);
    }
  }

  std::uint64_t commands() const { return redis_.commands; }

 private:
  using WordKey = std::pair<Authority, std::string>;

  struct Node {
    Node(std::uint64_t seed, UnixSeconds ahead) : random(seed), ahead_s(ahead) {}

    SeededRandom random;
    UnixSeconds ahead_s;
    std::unique_ptr<Fleet> fleet;
    bool is_cut = false;  // from Redis
    std::map<WordKey, TimePoint> ledger;
    std::map<std::string, std::uint32_t> held;
    std::vector<Word> unheard;  // said while it was cut off
    std::uint32_t busy_permille = 0;
  };
  struct Spoken {
    Word word;
    TimePoint at, until;
  };

  static std::string user(unsigned i) { return "user" + std::to_string(i); }
  Now now(unsigned i) const { return redis_.now(*redis_.lines[i]); }
  ModelRedis::Line& line(unsigned i) { return *redis_.lines[i]; }

  // A new process.
  void begin(unsigned i) {
    Node& node = *nodes_[i];
    redis_.cut(line(i));
    node.ledger.clear(), node.held.clear(), node.unheard.clear();
    node.fleet = std::make_unique<Fleet>(FleetOptions{.secret = "secret"}, node.random);
    line(i).fleet = node.fleet.get();
    line(i).ahead_s = node.ahead_s;
    describe(i);
  }
  void describe(unsigned i) {
    NodeRecord record = test::node(i + 1, i % 2 == 0 ? "even" : "odd", nodes_[i]->busy_permille);
    nodes_[i]->fleet->describe(std::move(record));
  }

  void live(unsigned i) {
    Node& node = *nodes_[i];
    ModelRedis::Line& wire = line(i);
    if (!wire.is_up && !node.is_cut && redis_.is_up() && dice_.chance(300)) {
      redis_.connect(wire);
      for (Word& word : std::exchange(node.unheard, {})) speak(std::move(word));
    }
    node.fleet->tick(now(i));
    for (const Verdict& verdict : node.fleet->bars().take_verdicts()) {
      if (verdict.until) {
        node.ledger[{verdict.authority, verdict.user_id}] = *verdict.until;
      } else {
        node.ledger.erase({verdict.authority, verdict.user_id});
      }
    }
    for (auto& [name, places] : node.held) {
      const std::uint32_t given_back = node.fleet->places().to_give_back(name, kPlacesMax);
      if (given_back != 0) hold(i, name, places - given_back);
    }
    redis_.send(wire);
    timeline_.after(milliseconds(100), [=, this] { live(i); });
  }

  void hold(unsigned i, const std::string& name, std::uint32_t places) {
    nodes_[i]->held[name] = places;
    nodes_[i]->fleet->places().hold(name, places);
    changed_[name] = timeline_.now();
  }

  // Of what was said, the latest counts from when a node that is connected has said it.
  void speak(Word word) {
    const WordKey key{word.authority, word.user_id};
    const auto found = spoken_.find(key);
    if (found != spoken_.end() && !is_later(word, found->second.word)) return;
    spoken_[key] = {word, timeline_.now(), timeline_.now() + word.life};
  }

  void act() {
    const unsigned i = dice_.below(scene_.nodes);
    const std::string name = user(dice_.below(kUsers));
    switch (dice_.below(6)) {
      case 0: say(i, name, true); break;
      case 1: say(i, name, false); break;
      case 2: hold(i, name, 0); break;
      case 3: break;
      default: take(i, name);
    }
    if (dice_.chance(100)) {
      nodes_[i]->busy_permille = dice_.below(1001);
      loads_changed_ = timeline_.now();
      describe(i);
    }
    redis_.send(line(i));
    timeline_.after(milliseconds(1000 / scene_.actions_per_second), [this] { act(); });
  }

  void take(unsigned i, const std::string& name) {
    const std::uint32_t held = nodes_[i]->held[name];
    if (held + nodes_[i]->fleet->places().others_hold(name) < kPlacesMax) hold(i, name, held + 1);
  }

  // Clocks of nodes differ, so of two operators who speak at once to two nodes either may be the later one.
  bool has_heard(unsigned i, const WordKey& key) {
    const auto found = spoken_.find(key);
    const TimePoint before = timeline_.now() - seconds(1);
    return line(i).is_up && line(i).up_since < before && settled_at_ < timeline_.now() &&
           (found == spoken_.end() || found->second.at < before);
  }

  // LiveKit's words have its own time, and some are late.
  void say(unsigned i, const std::string& name, bool is_bar) {
    Node& node = *nodes_[i];
    const Authority authority = dice_.chance(500) ? Authority::livekit : Authority::operators;
    std::optional<Said> said;
    if (authority == Authority::livekit)
      said = static_cast<Said>(timeline_.clocks().unix_s - dice_.below(3)) * 1000;
    SharedBars& bars = node.fleet->bars();
    const Duration life = seconds(5 + dice_.below(3600));
    if (!said && !has_heard(i, {authority, name})) return;
    if (!(is_bar ? bars.bar(authority, name, life, said, now(i)) : bars.lift(authority, name, said, now(i))))
      return;
    const auto until = bars.barred_until(authority, name, timeline_.now());
    if (until) {
      node.ledger[{authority, name}] = *until;
    } else {
      node.ledger.erase({authority, name});
    }
    Word word{name,
              authority,
              is_bar,
              is_bar ? life : std::chrono::hours(24),
              said.value_or(++operators_said_),
              node.fleet->node_id()};
    if (line(i).is_up) {
      speak(std::move(word));
    } else {
      node.unheard.push_back(std::move(word));
    }
  }

  // What is unsettled by it, and for how long.
  void disturb(Duration how_long) { settled_at_ = std::max(settled_at_, timeline_.now() + how_long); }

  void fail() {
    const unsigned i = dice_.below(scene_.nodes);
    const std::uint32_t kind = dice_.below(4);
    // Who is cut off for long is given up, and so is its lease.
    const Duration life = dice_.between(milliseconds(200), seconds(kind == 0 ? 25 : 8));
    switch (kind) {
      case 0:  // one node is cut off
        nodes_[i]->is_cut = true;
        redis_.cut(line(i));
        timeline_.after(life, [=, this] { nodes_[i]->is_cut = false; });
        break;
      case 1:  // Redis begins anew
        for (const auto& each : redis_.lines) redis_.cut(*each);
        redis_.go_down();
        lost_data_ = timeline_.now() + life;
        timeline_.after(life, [this] { redis_.come_up_empty(); });
        break;
      case 2:
        redis_.set_slow(true);
        timeline_.after(life, [this] { redis_.set_slow(false); });
        break;
      default:  // a process is killed, and another one begins
        crashed_ = timeline_.now();
        begin(i);
    }
    disturb(life + seconds(6));
    timeline_.after(dice_.between(seconds(8), seconds(25)), [this] { fail(); });
  }

  void audit() {
    ++audits_;
    audit_bars();
    audit_places();
    audit_lease();
    audit_redirects();
    timeline_.after(milliseconds(250), [this] { audit(); });
  }

  // A word is enforced within a second on every node that is connected so long, once nothing is slow or new.
  void audit_bars() {
    if (timeline_.now() < settled_at_) return;
    for (const auto& [key, spoken] : spoken_) {
      if (timeline_.now() - spoken.at < seconds(1)) continue;
      const bool is_barred = spoken.word.is_bar && spoken.until > timeline_.now();
      if (spoken.word.is_bar && spoken.until < timeline_.now() + seconds(20) &&
          spoken.until > timeline_.now() - seconds(20))
        continue;  // what was said while Redis was slow ends later elsewhere
      for (unsigned i = 0; i < scene_.nodes; ++i) {
        if (!line(i).is_up || timeline_.now() - line(i).up_since < seconds(1)) continue;
        const auto found = nodes_[i]->ledger.find(key);
        const bool is_enforced = found != nodes_[i]->ledger.end() && found->second > timeline_.now();
        EXPECT_EQ(is_enforced, is_barred)
            << "seed " << scene_.seed << " node " << i << " " << key.second << " " << to_string(key.first);
        ++settled_bars_;
      }
    }
  }

  // Nodes that have heard all know what the others hold, and nobody holds more than there is.
  void audit_places() {
    if (timeline_.now() < settled_at_) return;
    for (unsigned u = 0; u < kUsers; ++u) {
      const std::string name = user(u);
      if (const auto found = changed_.find(name);
          found != changed_.end() && timeline_.now() - found->second < milliseconds(600))
        continue;
      std::uint32_t sum = 0;
      for (const auto& node : nodes_) sum += node->held[name];
      EXPECT_LE(sum, kPlacesMax) << "seed " << scene_.seed << " " << name;
      for (unsigned i = 0; i < scene_.nodes; ++i) {
        if (!line(i).is_up || timeline_.now() - line(i).up_since < seconds(6)) continue;
        if (timeline_.now() - crashed_ < kGoneAfter + seconds(6)) continue;  // what was killed still counts
        EXPECT_EQ(nodes_[i]->fleet->places().others_hold(name), sum - nodes_[i]->held[name])
            << "seed " << scene_.seed << " node " << i << " " << name;
        ++settled_places_;
      }
    }
  }

  void audit_lease() {
    unsigned holders = 0, connected = 0;
    for (unsigned i = 0; i < scene_.nodes; ++i) {
      holders += nodes_[i]->fleet->reconciliation().is_held(timeline_.now());
      connected += line(i).is_up;
    }
    if (timeline_.now() >= lost_data_ + Lease::kLife) {
      EXPECT_LE(holders, 1U) << "seed " << scene_.seed;
    }
    if (holders > 0 || connected < scene_.nodes || timeline_.now() < settled_at_) held_at_ = timeline_.now();
    EXPECT_LT(timeline_.now() - held_at_, seconds(15)) << "seed " << scene_.seed;
  }

  // By loads that everybody knows, whoever is sent to another node stays there.
  void audit_redirects() {
    if (timeline_.now() < settled_at_ || timeline_.now() - loads_changed_ < seconds(6)) return;
    for (unsigned i = 0; i < scene_.nodes; ++i) {
      Alternates alternates(kHighWater);
      const Fleet& fleet = *nodes_[i]->fleet;
      if (!alternates.should_redirect(fleet.self())) continue;
      const auto chosen = alternates.choose(fleet.self(), fleet.members().live(), Transport::udp,
                                            Family::ipv4, dice_.random());
      if (!chosen) continue;
      EXPECT_NE(chosen->node_id, fleet.node_id());
      for (const auto& node : nodes_) {
        if (node->fleet->node_id() != chosen->node_id) continue;
        Alternates there(kHighWater);
        EXPECT_FALSE(there.should_redirect(node->fleet->self())) << "seed " << scene_.seed;
      }
    }
  }

  Scene scene_;
  sim::Timeline timeline_;
  sim::Dice dice_;
  ModelRedis redis_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<WordKey, Spoken> spoken_;
  std::map<std::string, TimePoint> changed_;
  Said operators_said_ = 0;
  TimePoint settled_at_ = timeline_.now() + seconds(3), lost_data_, crashed_, loads_changed_,
            held_at_ = timeline_.now();
  int audits_ = 0;
  std::uint64_t settled_bars_ = 0, settled_places_ = 0;
};

}  // namespace turnpike::fleet::test
