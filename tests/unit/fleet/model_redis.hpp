// A model of Redis and of the way to it: delays, cuts, restarts without data. Nodes are driven by it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/dice.hpp"
#include "sim/timeline.hpp"
#include "turnpike/fleet/fleet.hpp"

namespace turnpike::fleet::test {

using std::chrono::microseconds;
using std::chrono::milliseconds;

class ModelRedis {
 public:
  ModelRedis(sim::Timeline& timeline, sim::Dice& dice) : timeline_(timeline), dice_(dice) {}

  // One node's connections; whatever is under way when they are cut is lost.
  struct Line {
    Fleet* fleet = nullptr;
    UnixSeconds ahead_s = 0;  // of the node's clock
    bool is_up = false;
    std::uint64_t epoch = 0;
    TimePoint last_there, last_back;  // what is sent on it stays in its order
    TimePoint up_since;
  };

  Now now(const Line& line) const { return {timeline_.now(), timeline_.clocks().unix_s + line.ahead_s}; }
  void connect(Line& line) {
    if (!is_up_ || line.is_up) return;
    line.is_up = true;
    ++line.epoch;
    line.up_since = line.last_there = line.last_back = timeline_.now();
    line.fleet->on_connected(now(line));
    send(line);
  }
  void cut(Line& line) {
    if (!line.is_up) return;
    line.is_up = false;
    ++line.epoch;
    line.fleet->on_disconnected();
  }
  void send(Line& line) {
    for (const Command& command : line.fleet->take_commands()) {
      if (!line.is_up) continue;
      line.last_there = std::max(line.last_there, timeline_.now() + delay());
      timeline_.at(line.last_there, [this, &line, epoch = line.epoch, command] {
        if (line.epoch == epoch) std::visit([&](const auto& each) { execute(line, each); }, command);
      });
    }
  }
  void go_down() { is_up_ = false; }
  void come_up_empty() {
    is_up_ = true;
    data_.clear();
  }
  bool is_up() const { return is_up_; }
  void set_slow(bool is_slow) { is_slow_ = is_slow; }
  void put(const std::string& key, std::string value) { data_[key] = {std::move(value), TimePoint::max()}; }

  std::vector<std::unique_ptr<Line>> lines;
  std::uint64_t commands = 0;

 private:
  struct Value {
    std::string text;
    TimePoint ends;
  };

  Duration delay() {
    return is_slow_ ? dice_.between(milliseconds(2000), milliseconds(2500))
                    : dice_.between(microseconds(100), milliseconds(3));
  }
  Value* find(const std::string& key) {
    const auto found = data_.find(key);
    if (found == data_.end()) return nullptr;
    if (found->second.ends > timeline_.now()) return &found->second;
    data_.erase(found);
    return nullptr;
  }
  void set(const std::string& key, const std::string& value, Duration life) {
    data_[key] = {value, timeline_.now() + life};
  }
  Entry entry_of(const std::string& key, const Value& value) {
    Entry entry{key, value.text};
    if (value.ends != TimePoint::max()) entry.life = value.ends - timeline_.now();
    return entry;
  }
  // On the way back something else may be said.
  void answer(Line& line, std::function<void(Line&)> say) {
    line.last_back = std::max(line.last_back, timeline_.now() + delay());
    timeline_.at(line.last_back, [this, &line, epoch = line.epoch, say = std::move(say)] {
      if (line.epoch != epoch) return;
      say(line);
      send(line);
    });
  }

  void execute(Line&, const Write& write) { ++commands, set(write.key, write.value, write.life); }
  void execute(Line&, const Erase& erase) { ++commands, data_.erase(erase.key); }
  void execute(Line&, const Publish& publish) {
    ++commands;
    for (const auto& line : lines) {
      if (!line->is_up) continue;
      answer(*line,
             [this, publish](Line& to) { to.fleet->on_message(publish.channel, publish.message, now(to)); });
    }
  }
  void execute(Line& line, const Read& read) {
    std::vector<Entry> entries;
    for (const std::string& key : read.keys) {
      ++commands;
      if (const Value* value = find(key)) entries.push_back(entry_of(key, *value));
    }
    answer(line, [entries](Line& to) { to.fleet->on_entries(entries, true); });
  }
  // The cursor is the last key that was passed; a page has ten.
  void execute(Line& line, const Scan& scan) {
    ++commands;
    std::vector<Entry> page;
    std::string next = "0";
    const std::string from = scan.cursor == "0" ? scan.prefix : scan.cursor;
    for (auto each = data_.upper_bound(from); each != data_.end() && each->first.starts_with(scan.prefix);
         ++each) {
      if (each->second.ends <= timeline_.now()) continue;
      page.push_back(entry_of(each->first, each->second));
      next = each->first;
      if (page.size() == 10) break;
    }
    if (page.size() < 10) next = "0";
    answer(line, [this, scan, next](Line& to) { to.fleet->on_names(scan, next, now(to)); });
    answer(line, [this, scan, page](Line& to) { to.fleet->on_page(scan, page, true, now(to)); });
  }
  void execute(Line& line, const Claim& claim) {
    ++commands;
    const bool is_free = find(claim.key) == nullptr;
    if (is_free) set(claim.key, claim.token, claim.life);
    answer(line, [this, claim, is_free](Line& to) { to.fleet->on_answer(claim.number, is_free, now(to)); });
  }
  void execute(Line& line, const Renew& renew) {
    ++commands;
    const Value* value = find(renew.key);
    const bool is_ours = value != nullptr && value->text == renew.token;
    if (is_ours) set(renew.key, renew.token, renew.life);
    answer(line, [this, renew, is_ours](Line& to) { to.fleet->on_answer(renew.number, is_ours, now(to)); });
  }
  void execute(Line&, const GiveUp& give_up) {
    ++commands;
    const Value* value = find(give_up.key);
    if (value != nullptr && value->text == give_up.token) data_.erase(give_up.key);
  }

  sim::Timeline& timeline_;
  sim::Dice& dice_;
  bool is_up_ = true;
  bool is_slow_ = false;
  std::map<std::string, Value> data_;
};

}  // namespace turnpike::fleet::test
