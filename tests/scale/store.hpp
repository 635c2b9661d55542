// Redis as nodes see it: one core that works in turns, ways of different lengths to it, cuts and restarts.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "redis_costs.hpp"
#include "sim/dice.hpp"
#include "sim/timeline.hpp"
#include "turnpike/fleet/fleet.hpp"

namespace turnpike::scale {

// In a second.
struct StoreUse {
  std::uint64_t commands = 0, published = 0, delivered = 0;
  std::uint64_t bytes_in = 0, bytes_out = 0;
  double busy_us = 0;
};

class Store {
 public:
  struct Published {
    std::string channel, message;
  };
  struct Answered {
    std::uint64_t number;
    bool is_done;
  };
  struct Page {
    fleet::Scan scan;
    std::vector<fleet::Entry> entries;
    bool is_all;  // nothing more of this page follows
    std::size_t keys = 0;
    TimePoint asked{};
  };
  // Some keys of a page, to be read.
  struct Part {
    fleet::Scan scan;
    std::vector<std::string> keys;
    bool is_all;
    TimePoint asked{};
  };
  using Entries = std::vector<fleet::Entry>;
  using Message = std::shared_ptr<const Published>;
  struct Arrival {
    TimePoint at;
    std::variant<Message, std::shared_ptr<const Entries>, std::shared_ptr<const Page>, Answered> what;
  };
  // A node's two connections; whatever is under way when they are cut is lost.
  struct Line {
    std::size_t number = 0;
    Duration way{};  // to Redis, at least; as much back
    bool is_up = false;
    std::uint64_t epoch = 0;
    TimePoint last_there, last_back, up_since;  // what is sent on it stays in its order
    std::deque<Arrival> inbox;                  // in the order of their times
    std::deque<Part> parts;                     // that wait for room
    std::size_t keys_under_way = 0;
    fleet::Pace pace = fleet::pace_of_values();
    std::function<void()> on_reply;  // an answer has come: there may be more to ask
    std::function<void(const fleet::Scan& scan, const std::string& next, bool is_empty)> on_names;
    std::function<void()> on_slow;  // an answer took longer than a node waits
  };

  Store(sim::Timeline& timeline, sim::Dice& dice, const RedisCosts& costs)
      : timeline_(timeline), dice_(dice), costs_(costs) {}

  Line& add_line(Duration way);
  bool is_up() const { return is_up_; }
  void connect(Line& line);
  void cut(Line& line);
  void submit(Line& line, fleet::Commands commands);

  // All lines are cut. With the same data afterwards, or none.
  void go_down();
  void come_up(bool has_data);

  void put(const fleet::Write& write) { set(write.key, write.value, write.life); }

  std::size_t keys() const { return data_.size(); }
  std::uint64_t memory_bytes() const { return memory_; }
  const std::vector<StoreUse>& use() const { return use_; }  // second by second
  // Answers that took longer than a node waits.
  std::uint64_t slow_answers() const { return slow_answers_; }
  // How long commands waited for a turn.
  const std::vector<float>& waits_ms() const { return waits_ms_; }

 private:
  struct Found {
    fleet::Scan scan;
    std::vector<std::string> keys;
    std::string next;
  };
  using Asked = std::variant<fleet::Command, Part>;
  struct Input {
    Line* line;
    std::uint64_t epoch;
    TimePoint at;
    Asked asked;
  };
  struct Value {
    std::string text;
    TimePoint ends;
  };
  using Key = std::pair<std::size_t, std::string>;  // by its hash, as SCAN goes
  struct Owed {
    std::vector<Arrival> arrivals{};
    std::vector<Found> found{};
    std::uint64_t bytes = 0;
    TimePoint asked = TimePoint::max();  // the first of what is answered
  };
  // What a turn costs, and whom it owes what.
  struct Turn {
    double us = 0;
    std::map<std::size_t, Owed> owed{};  // by line
    std::vector<Message> published{};
    std::uint64_t published_bytes = 0;
  };

  Duration jitter();
  StoreUse& use_now();
  void take_in(Line& line, TimePoint at, std::vector<Asked> asked);
  void wake();
  void work();
  void finish(Turn turn, TimePoint begin);
  void arrive(Line& line, TimePoint left, Arrival arrival);
  void find_names(Line& line, Found found);
  void read_parts(Line& line);
  const Value* find(const std::string& key);
  void set(const std::string& key, std::string value, Duration life);
  void erase(const std::string& key);
  fleet::Entry entry_of(const std::string& key, const Value& value) const;
  void answer(Turn& turn, const Line& line, std::uint64_t number, bool is_done);

  void execute(Turn& turn, Line& line, const fleet::Write& write);
  void execute(Turn& turn, Line& line, const fleet::Erase& erase);
  void execute(Turn& turn, Line& line, const fleet::Publish& publish);
  void execute(Turn& turn, Line& line, const fleet::Read& read);
  void execute(Turn& turn, Line& line, const fleet::Scan& scan);
  void execute(Turn& turn, Line& line, const fleet::Claim& claim);
  void execute(Turn& turn, Line& line, const fleet::Renew& renew);
  void execute(Turn& turn, Line& line, const fleet::GiveUp& give_up);
  void execute(Turn& turn, Line& line, const Part& part);
  Entries read_all(Turn& turn, const Line& line, const std::vector<std::string>& keys);

  sim::Timeline& timeline_;
  sim::Dice& dice_;
  RedisCosts costs_;
  bool is_up_ = true;
  bool is_working_ = false;
  std::uint64_t life_ = 0;  // of the process
  std::deque<Line> lines_;
  std::deque<Input> inputs_;
  std::map<Key, Value> data_;
  std::uint64_t memory_ = 0;
  std::uint64_t slow_answers_ = 0;
  std::vector<StoreUse> use_;
  std::vector<float> waits_ms_;
};

}  // namespace turnpike::scale
