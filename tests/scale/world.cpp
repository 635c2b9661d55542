// What happens in the fleet, as its scene has it.
#include "world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace turnpike::scale {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

// From the regions to Redis, which is in the first one; each way.
constexpr Duration kWays[] = {microseconds(250), milliseconds(6), milliseconds(18), milliseconds(40),
                              milliseconds(70)};
constexpr int kBoot_s = 5;     // until all nodes know one another
constexpr int kSettles_s = 7;  // a heartbeat after everybody has come
constexpr Duration kLookEvery = milliseconds(250);
constexpr Duration kWaitMax = seconds(5);  // to connect again
constexpr double kLooksIn_s = 4;
constexpr std::size_t kDyingRegion = 2;
constexpr Duration kCutsEnd = seconds(8);  // before the end all nodes are connected again

// Any name, with the same password.
class Everybody final : public turn::CredentialSource {
 public:
  void find(std::string_view username, std::vector<turn::Credential>& out) const override {
    out.push_back({.username = std::string(username), .password = "pass", .user_id = std::string(username)});
  }
  void find_userhash(Bytes, std::vector<turn::Credential>&) const override {}
  bool supports_userhash() const override { return false; }
  bool empty() const override { return false; }
};

double ms_of(Duration duration) { return static_cast<double>(duration.count()) / 1e6; }

}  // namespace

World::World(const Scene& scene)
    : scene_(scene),
      dice_(scene.seed),
      store_(timeline_, dice_, {}),
      crowd_(timeline_, dice_, nodes_, scene.regions),
      attempts_(scene.nodes),
      is_cut_(scene.nodes) {
  const auto credentials = std::make_shared<const Everybody>();
  for (std::size_t number = 0; number < scene.nodes; ++number) {
    NodeOptions options;
    options.number = number;
    const std::size_t region = number / (scene.nodes / scene.regions);
    options.region = fmt::format("region-{}", region);
    options.capacity = scene.capacity;
    options.high_water = scene.high_water;
    options.ahead_s = static_cast<UnixSeconds>(dice_.below(31)) - 15;
    options.credentials = credentials;
    options.bytes_per_second_per_room = scene.loud == 0 ? 0 : scene.room_bytes_per_s;
    Store::Line& line = store_.add_line(kWays[region % std::size(kWays)]);
    line.on_slow = [this, number] {
      ++report_.lost_for_slowness;
      const Duration lasted = timeline_.now() - nodes_[number]->line().up_since;
      nodes_[number]->disconnect();
      join_later(number, lasted >= kWaitMax ? 0 : attempts_[number] + 1);
    };
    nodes_.push_back(std::make_unique<Node>(options, timeline_, dice_, store_, line, crowd_));
  }
  begin_ = timeline_.now() + seconds(kBoot_s + scene.arrivals_s + kSettles_s);
  end_ = begin_ + seconds(scene.seconds_);
  begin_s_ = ms_of(begin_ - timeline_.now()) / 1000;
}

double World::now_s() const { return ms_of(timeline_.now() - begin_) / 1000; }

std::size_t World::some_node(std::size_t region) {
  const std::size_t count = scene_.nodes / scene_.regions;
  return region * count + dice_.below(count);
}

void World::run() {
  populate();
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    timeline_.after(dice_.between({}, seconds(2)), [this, node] { join(node, 0); });
    timeline_.after(dice_.between({}, milliseconds(100)), [this, node] { keep_ticking(node); });
  }
  const auto at = [&](int since_s, bool happens, void (World::*what)()) {
    if (happens && since_s >= 0) timeline_.at(begin_ + seconds(since_s), [this, what] { (this->*what)(); });
  };
  timeline_.at(begin_, [this] { waits_before_ = crowd_.waits_s().size(); });
  at(0, scene_.revoked_per_s != 0, &World::keep_revoking);
  at(0, scene_.moving_per_s != 0, &World::keep_moving);
  at(0, scene_.cuts_per_min != 0, &World::keep_cutting);
  at(scene_.greedy_at_s, scene_.greedy != 0, &World::be_greedy);
  at(scene_.loud_at_s, scene_.loud != 0, &World::be_loud);
  at(scene_.region_dies_at_s, true, &World::kill_region);
  at(scene_.redis_away_at_s, true, &World::lose_redis);
  timeline_.at(begin_ - seconds(kSettles_s), [this] { keep_looking(); });
  while (timeline_.step(end_)) continue;
  judge_revocations();
}

// Reconnects as module redis does: any time up to a bound that doubles. A connection is there after three
// times both ways: TCP, AUTH, SUBSCRIBE.
void World::join(std::size_t node, int attempt) {
  Node& each = *nodes_[node];
  if (!each.is_alive() || each.is_connected()) return;
  if (store_.is_up() && !is_cut_[node]) return each.connect();
  join_later(node, attempt);
}

void World::join_later(std::size_t node, int attempt) {
  attempts_[node] = attempt;
  const Duration bound = std::min<Duration>(milliseconds(100) * (1 << std::min(attempt, 6)), kWaitMax);
  timeline_.after(dice_.between({}, bound) + 6 * nodes_[node]->line().way,
                  [this, node, attempt] { join(node, attempt + 1); });
}

void World::keep_ticking(std::size_t node) {
  nodes_[node]->tick();
  timeline_.after(milliseconds(100), [this, node] { keep_ticking(node); });
}

void World::populate() {
  if (scene_.words_before > 0) {
    SeededRandom random(scene_.seed);
    fleet::Fleet writer({.secret = "secret of the fleet, of 32 bytes"}, random);
    writer.on_connected(timeline_.clocks());
    for (std::size_t i = 0; i < scene_.words_before; ++i) {
      const auto said = static_cast<fleet::Said>(timeline_.clocks().unix_s) * 1000;
      (void)writer.bars().bar(fleet::Authority::livekit, fmt::format("before-{}", i), std::chrono::hours(6),
                              said, timeline_.clocks());
    }
    for (const fleet::Command& command : writer.take_commands()) {
      const auto* write = std::get_if<fleet::Write>(&command);
      if (write != nullptr && write->key.find(":word:") != std::string::npos) store_.put(*write);
    }
  }
  for (std::size_t i = 0; i < scene_.participants; ++i) {
    auto& participant = crowd_.add("", i % scene_.regions, true);
    timeline_.after(seconds(kBoot_s) + dice_.between({}, seconds(scene_.arrivals_s)),
                    [this, &participant] { arrive(participant); });
  }
}

// Who leaves is followed by another one, who is the same to us.
void World::arrive(Crowd::Participant& participant) {
  participant.has_left = false;
  participant.user = fmt::format("p{}", people_++);
  if (nodes_[some_node(participant.region)]->is_alive()) {
    crowd_.call(participant, some_node(participant.region));
  } else {
    crowd_.come_back(participant, scene_.comeback);
  }
  if (scene_.stay_s == 0) return;
  timeline_.after(dice_.between(seconds(scene_.stay_s) / 2, seconds(scene_.stay_s) * 3 / 2),
                  [this, &participant] {
                    if (participant.has_left || !participant.is_patient) return;
                    crowd_.leave(participant);
                    timeline_.after(milliseconds(500), [this, &participant] { arrive(participant); });
                  });
}

// Who is revoked asks other nodes at once, again and again.
void World::keep_revoking() {
  auto& participant = dice_.pick(crowd_.participants());
  const std::size_t node = dice_.below(nodes_.size());
  const bool can_tell = nodes_[node]->is_alive() && nodes_[node]->is_connected();
  if (can_tell && participant.served && participant.is_patient) {
    participant.is_patient = false;
    crowd_.revoke(node, participant.user);
    for (int i = 0; i < 4; ++i) {
      timeline_.after(dice_.between({}, milliseconds(400)), [this, &participant] {
        if (!participant.has_left) crowd_.call(participant, dice_.below(nodes_.size()));
      });
    }
  }
  timeline_.after(microseconds(1000000 / scene_.revoked_per_s), [this] { keep_revoking(); });
}

void World::keep_moving() {
  auto& participant = dice_.pick(crowd_.participants());
  const std::size_t node = some_node(participant.region);
  if (participant.served && participant.is_patient && !participant.before && nodes_[node]->is_alive())
    crowd_.call(participant, node);
  timeline_.after(microseconds(1000000 / scene_.moving_per_s), [this] { keep_moving(); });
}

void World::keep_cutting() {
  if (timeline_.now() > end_ - kCutsEnd) return;
  const std::size_t node = dice_.below(nodes_.size());
  if (nodes_[node]->is_alive() && nodes_[node]->is_connected()) {
    is_cut_[node] = true;
    nodes_[node]->disconnect();
    timeline_.after(dice_.between(milliseconds(200), seconds(5)), [this, node] { is_cut_[node] = false; });
    join(node, 0);
  }
  timeline_.after(milliseconds(60000 / scene_.cuts_per_min), [this] { keep_cutting(); });
}

// Each asks many nodes within a few milliseconds, and again some seconds later.
void World::be_greedy() {
  for (std::size_t i = 0; i < scene_.greedy; ++i) {
    const std::string user = fmt::format("greedy{}", i);
    greedy_users_.push_back(user);
    const Duration begins = dice_.between({}, seconds(1));
    for (std::size_t k = 0; k < scene_.greedy_nodes; ++k) {
      auto& participant = crowd_.add(user, dice_.below(scene_.regions), false);
      for (int again = 0; again < 4; ++again) {
        timeline_.after(begins + seconds(5) * again + dice_.between({}, milliseconds(20)),
                        [this, &participant] {
                          if (participant.served || participant.wants_since) return;
                          participant.has_left = false;
                          crowd_.call(participant, dice_.below(nodes_.size()));
                        });
      }
    }
  }
}

// Each begins on many nodes within a second, and has as much as it may have in all of them to relay on each.
void World::be_loud() {
  for (std::size_t i = 0; i < scene_.loud; ++i) {
    LoudRoom& room = loud_rooms_.emplace_back();
    room.name = fmt::format("loud{}", i);
    while (room.nodes.size() < std::min(scene_.loud_nodes, nodes_.size() / 2)) {
      const std::size_t node = dice_.below(nodes_.size());
      if (!room.nodes.insert(node).second) continue;
      timeline_.after(dice_.between({}, seconds(1)), [this, node, name = room.name] {
        (void)nodes_[node]->media().talk(name, scene_.room_bytes_per_s);
      });
    }
  }
}

void World::look_at_loud(Report::Moment& moment) {
  for (LoudRoom& room : loud_rooms_) {
    std::uint64_t relayed = 0;
    for (const std::size_t node : room.nodes) relayed += nodes_[node]->media().relayed(room.name);
    const auto fresh = static_cast<double>(relayed - std::exchange(room.relayed, relayed));
    const double over = fresh / static_cast<double>(scene_.room_bytes_per_s) * kLooksIn_s;
    moment.loud_over += over / static_cast<double>(loud_rooms_.size());
    moment.loud_worst = std::max(moment.loud_worst, over);
  }
}

// Its clients notice within some seconds, as ICE does.
void World::kill_region() {
  const std::size_t count = scene_.nodes / scene_.regions;
  for (std::size_t i = 0; i < count; ++i) nodes_[kDyingRegion * count + i]->die();
  for (auto& participant : crowd_.participants()) {
    if (participant.region != kDyingRegion || participant.has_left) continue;
    crowd_.abandon(participant);
    timeline_.after(dice_.between(seconds(2), seconds(8)),
                    [this, &participant] { crowd_.come_back(participant, scene_.comeback); });
  }
}

void World::lose_redis() {
  store_.go_down();
  for (std::size_t node = 0; node < nodes_.size(); ++node) {
    nodes_[node]->disconnect();
    join(node, 0);
  }
  timeline_.after(seconds(scene_.redis_away_s), [this] { store_.come_up(!scene_.redis_loses_data); });
}

void World::keep_looking() {
  Report::Moment moment;
  moment.at_s = now_s();
  std::vector<double> shares;
  for (const auto& node : nodes_) {
    if (!node->is_alive()) continue;
    shares.push_back(node->share());
    moment.connected += node->is_connected();
    moment.caught_up += node->fleet().bars().is_caught_up();
    moment.complete += node->is_connected() && node->fleet().places().others().is_complete();
  }
  std::ranges::sort(shares);
  for (const double share : shares) moment.share_mean += share / static_cast<double>(shares.size());
  moment.share_max = shares.back();
  moment.share_p99 = shares[shares.size() * 99 / 100];
  moment.waiting = crowd_.waiting();
  const CrowdCounts& counts = crowd_.counts();
  moment.redirections = counts.redirections;
  moment.circles = counts.circles;
  moment.asked = counts.asked;
  moment.to_dead = counts.to_dead;
  std::uint64_t held = 0;
  for (const std::string& user : greedy_users_) {
    held += crowd_.held_by(user);
    moment.greedy_worst = std::max(moment.greedy_worst, crowd_.held_by(user));
  }
  if (!greedy_users_.empty())
    moment.greedy_over = static_cast<double>(held) / static_cast<double>(greedy_users_.size() * 4);
  look_at_loud(moment);
  report_.moments.push_back(moment);
  timeline_.after(kLookEvery, [this] { keep_looking(); });
}

// A node enforces what it hears, and what was said while it was cut off when it is connected again.
void World::judge_revocations() {
  for (const auto& [user, revocation] : crowd_.revocations()) {
    if (timeline_.now() - revocation.said < seconds(3)) continue;
    if (revocation.alive > 0) {
      ++report_.unenforced;
      continue;
    }
    // Of two nodes the one that was connected again last; where it was said later than it ended, nobody
    // waited.
    const TimePoint said_since = std::min(nodes_[revocation.sayer]->line().up_since, revocation.ended);
    const TimePoint up_since = std::max(revocation.up_since, said_since);
    const bool was_cut = up_since > revocation.said;
    const Duration after = revocation.ended - (was_cut ? up_since : revocation.said);
    report_.enforced.push_back(
        {ms_of(revocation.said - begin_) / 1000, std::max(0.0, ms_of(after)), was_cut});
  }
}

double Report::slowest_ms(bool was_cut) const {
  double slowest = 0;
  for (const Enforced& each : enforced) {
    if (each.was_cut == was_cut) slowest = std::max(slowest, each.after_ms);
  }
  return slowest;
}

}  // namespace turnpike::scale
