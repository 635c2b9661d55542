// One turn of Redis after the other.
#include "store.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace turnpike::scale {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// As node::Line has it.
constexpr std::size_t kKeysOfPart = 128;
constexpr Duration kAnswerMax = std::chrono::milliseconds(1500);

Duration from_us(double us) { return Duration(static_cast<std::int64_t>(us * 1000)); }
double to_us(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

struct Size {
  std::size_t operator()(const fleet::Write& write) const { return write.key.size() + write.value.size(); }
  std::size_t operator()(const fleet::Publish& publish) const { return publish.message.size(); }
  std::size_t operator()(const fleet::Read& read) const { return 150 * read.keys.size(); }
  template <class Other>
  std::size_t operator()(const Other&) const {
    return 100;
  }
};

std::size_t size_of(const fleet::Command& command) { return 60 + std::visit(Size{}, command); }

}  // namespace

Store::Line& Store::add_line(Duration way) {
  Line& line = lines_.emplace_back();
  line.number = lines_.size() - 1;
  line.way = way;
  return line;
}

// What a network and two systems add to the shortest way: mostly little.
Duration Store::jitter() {
  return dice_.chance(10) ? dice_.between({}, microseconds(5000)) : dice_.between({}, microseconds(200));
}

StoreUse& Store::use_now() {
  const auto second =
      static_cast<std::size_t>((timeline_.now() - TimePoint(std::chrono::hours(1))) / seconds(1));
  if (use_.size() <= second) use_.resize(second + 1);
  return use_[second];
}

void Store::connect(Line& line) {
  line.is_up = true;
  ++line.epoch;
  line.parts.clear();
  line.keys_under_way = 0;
  line.pace.reset();
  line.up_since = line.last_there = line.last_back = timeline_.now();
}

void Store::cut(Line& line) {
  line.is_up = false;
  ++line.epoch;
  line.inbox.clear();
}

void Store::submit(Line& line, fleet::Commands commands) {
  if (!line.is_up || commands.empty()) return;
  std::vector<Asked> asked;
  asked.reserve(commands.size());
  for (fleet::Command& command : commands) asked.emplace_back(std::move(command));
  take_in(line, timeline_.now(), std::move(asked));
}

void Store::take_in(Line& line, TimePoint at, std::vector<Asked> asked) {
  line.last_there = std::max(line.last_there, at + line.way + jitter());
  timeline_.at(line.last_there, [this, &line, epoch = line.epoch, asked = std::move(asked)]() mutable {
    if (line.epoch != epoch || !is_up_) return;
    for (Asked& each : asked) inputs_.push_back({&line, epoch, timeline_.now(), std::move(each)});
    wake();
  });
}

void Store::wake() {
  if (is_working_) return;
  is_working_ = true;
  work();
}

// Of each connection a turn takes what one read has; what is left stays in order.
void Store::work() {
  if (inputs_.empty() || !is_up_) {
    is_working_ = false;
    return;
  }
  const TimePoint begin = timeline_.now();
  Turn turn;
  std::map<std::size_t, std::size_t> read;  // bytes, by line
  std::deque<Input> later;
  std::vector<TimePoint> came;
  for (Input& input : inputs_) {
    if (input.line->epoch != input.epoch) continue;
    auto [entry, is_first] = read.try_emplace(input.line->number, 0);
    if (entry->second >= kCommandBytesOfTurn) {
      later.push_back(std::move(input));
      continue;
    }
    if (is_first) turn.us += costs_.connection_read;
    const auto* command = std::get_if<fleet::Command>(&input.asked);
    const std::size_t size =
        command != nullptr ? size_of(*command) : 150 * std::get<Part>(input.asked).keys.size();
    entry->second += size;
    use_now().bytes_in += size;
    came.push_back(input.at);
    TimePoint& asked = turn.owed[input.line->number].asked;
    asked = std::min(asked, input.at - input.line->way);
    if (command != nullptr) {
      std::visit([&](const auto& each) { execute(turn, *input.line, each); }, *command);
    } else {
      execute(turn, *input.line, std::get<Part>(input.asked));
    }
  }
  inputs_ = std::move(later);
  finish(std::move(turn), begin);
  for (const TimePoint at : came) {
    if (waits_ms_.size() < 2'000'000)
      waits_ms_.push_back(static_cast<float>(to_us(timeline_.now() - at) / 1000));
  }
}

void Store::finish(Turn turn, TimePoint begin) {
  StoreUse& use = use_now();
  double us = turn.us;
  for (Line& line : lines_) {
    const auto found = turn.owed.find(line.number);
    const bool hears = line.is_up && !turn.published.empty();
    if (!hears && found == turn.owed.end()) continue;
    Owed owed = found == turn.owed.end() ? Owed{} : std::move(found->second);
    if (hears) {
      owed.bytes += turn.published_bytes;
      us += costs_.delivery * static_cast<double>(turn.published.size());
      use.delivered += turn.published.size();
    }
    us += costs_.connection_write + costs_.kilobyte * static_cast<double>(owed.bytes) / 1024;
    use.bytes_out += owed.bytes;
    const TimePoint left = begin + from_us(us);
    const TimePoint there = std::max(line.last_back, left + line.way + jitter());
    line.last_back = there;
    if (hears) {
      for (const Message& message : turn.published) line.inbox.push_back({there, message});
    }
    for (Arrival& arrival : owed.arrivals) arrive(line, there, std::move(arrival));
    for (Found& names : owed.found) {
      timeline_.at(there, [this, &line, epoch = line.epoch, names = std::move(names)]() mutable {
        if (line.epoch == epoch) find_names(line, std::move(names));
      });
    }
    if (owed.asked < there - kAnswerMax && line.on_slow) {
      ++slow_answers_;
      timeline_.at(there, [&line, epoch = line.epoch] {
        if (line.epoch == epoch) line.on_slow();
      });
    }
  }
  use.published += turn.published.size();
  use.busy_us += us;
  timeline_.at(begin + from_us(us), [this, life = life_] {
    if (life == life_) work();
  });
}

// What is behind the names is asked for while the next page is; so many parts at one time.
void Store::find_names(Line& line, Found found) {
  for (std::size_t first = 0; first < found.keys.size(); first += kKeysOfPart) {
    const std::size_t last = std::min(first + kKeysOfPart, found.keys.size());
    const auto begin = found.keys.begin();
    line.parts.push_back(
        {found.scan,
         {begin + static_cast<std::ptrdiff_t>(first), begin + static_cast<std::ptrdiff_t>(last)},
         last == found.keys.size()});
  }
  line.on_names(found.scan, found.next, found.keys.empty());
  read_parts(line);
}

void Store::read_parts(Line& line) {
  std::vector<Asked> asked;
  while (!line.parts.empty() && line.keys_under_way < line.pace.size()) {
    line.keys_under_way += line.parts.front().keys.size();
    line.parts.front().asked = timeline_.now();
    asked.emplace_back(std::move(line.parts.front()));
    line.parts.pop_front();
  }
  if (!asked.empty()) take_in(line, timeline_.now(), std::move(asked));
}

void Store::arrive(Line& line, TimePoint there, Arrival arrival) {
  arrival.at = there;
  line.inbox.push_back(std::move(arrival));
  const auto* page = std::get_if<std::shared_ptr<const Page>>(&line.inbox.back().what);
  timeline_.at(there, [this, &line, page = page ? *page : nullptr, epoch = line.epoch] {
    if (line.epoch != epoch) return;
    line.on_reply();
    if (!page) return;
    line.pace.on_answer(timeline_.now() - page->asked);
    line.keys_under_way -= page->keys;
    read_parts(line);
  });
}

void Store::go_down() {
  is_up_ = is_working_ = false;
  ++life_;
  inputs_.clear();
}

void Store::come_up(bool has_data) {
  is_up_ = true;
  if (has_data) return;
  data_.clear();
  memory_ = 0;
}

const Store::Value* Store::find(const std::string& key) {
  const auto found = data_.find({std::hash<std::string>{}(key), key});
  if (found == data_.end()) return nullptr;
  if (found->second.ends > timeline_.now()) return &found->second;
  erase(key);
  return nullptr;
}

void Store::set(const std::string& key, std::string value, Duration life) {
  auto [entry, is_new] = data_.try_emplace({std::hash<std::string>{}(key), key});
  if (is_new) memory_ += kKeyBytes + key.size();
  memory_ += value.size() - entry->second.text.size();
  entry->second = {std::move(value), timeline_.now() + life};
}

void Store::erase(const std::string& key) {
  const auto found = data_.find({std::hash<std::string>{}(key), key});
  if (found == data_.end()) return;
  memory_ -= kKeyBytes + key.size() + found->second.text.size();
  data_.erase(found);
}

fleet::Entry Store::entry_of(const std::string& key, const Value& value) const {
  return {key, value.text, value.ends - timeline_.now()};
}

void Store::answer(Turn& turn, const Line& line, std::uint64_t number, bool is_done) {
  Owed& owed = turn.owed[line.number];
  owed.arrivals.push_back({{}, Answered{number, is_done}});
  owed.bytes += 4;
}

void Store::execute(Turn& turn, Line& line, const fleet::Write& write) {
  ++use_now().commands;
  turn.us += costs_.write + costs_.kilobyte * static_cast<double>(write.value.size()) / 1024;
  set(write.key, write.value, write.life);
  turn.owed[line.number].bytes += 5;
}

void Store::execute(Turn& turn, Line& line, const fleet::Erase& erase) {
  ++use_now().commands;
  turn.us += costs_.other;
  this->erase(erase.key);
  turn.owed[line.number].bytes += 4;
}

void Store::execute(Turn& turn, Line& line, const fleet::Publish& publish) {
  ++use_now().commands;
  turn.us += costs_.other;
  turn.published.push_back(std::make_shared<const Published>(publish.channel, publish.message));
  turn.published_bytes += publish.channel.size() + publish.message.size() + 30;
  turn.owed[line.number].bytes += 6;
}

Store::Entries Store::read_all(Turn& turn, const Line& line, const std::vector<std::string>& keys) {
  Entries entries;
  use_now().commands += 2 * keys.size();
  turn.us += costs_.read * static_cast<double>(keys.size());
  std::uint64_t bytes = 10 * keys.size();
  for (const std::string& key : keys) {
    const Value* value = find(key);
    if (value == nullptr) continue;
    entries.push_back(entry_of(key, *value));
    bytes += value->text.size();
  }
  turn.owed[line.number].bytes += bytes;
  return entries;
}

void Store::execute(Turn& turn, Line& line, const fleet::Read& read) {
  auto entries = std::make_shared<const Entries>(read_all(turn, line, read.keys));
  turn.owed[line.number].arrivals.push_back({{}, std::move(entries)});
}

// Names first, and what is found is read then.
void Store::execute(Turn& turn, Line& line, const fleet::Scan& scan) {
  ++use_now().commands;
  turn.us += costs_.page;
  Found found{scan, {}, "0"};
  Key from{scan.cursor == "0" ? 0 : std::stoull(scan.cursor), {}};
  std::size_t seen = 0;
  for (auto each = data_.lower_bound(from); each != data_.end(); ++each) {
    if (++seen > scan.keys) {
      found.next = std::to_string(each->first.first);
      break;
    }
    if (each->first.second.starts_with(scan.prefix) && each->second.ends > timeline_.now())
      found.keys.push_back(each->first.second);
  }
  turn.us += costs_.key_of_page * static_cast<double>(seen) +
             costs_.name_of_page * static_cast<double>(found.keys.size());
  Owed& owed = turn.owed[line.number];
  owed.bytes += 60 * found.keys.size();
  owed.found.push_back(std::move(found));
}

void Store::execute(Turn& turn, Line& line, const Part& part) {
  Entries entries = read_all(turn, line, part.keys);
  auto page =
      std::make_shared<const Page>(part.scan, std::move(entries), part.is_all, part.keys.size(), part.asked);
  turn.owed[line.number].arrivals.push_back({{}, std::move(page)});
}

void Store::execute(Turn& turn, Line& line, const fleet::Claim& claim) {
  ++use_now().commands;
  turn.us += costs_.other;
  const bool is_free = find(claim.key) == nullptr;
  if (is_free) set(claim.key, claim.token, claim.life);
  answer(turn, line, claim.number, is_free);
}

void Store::execute(Turn& turn, Line& line, const fleet::Renew& renew) {
  ++use_now().commands;
  turn.us += costs_.other;
  const Value* value = find(renew.key);
  const bool is_ours = value != nullptr && value->text == renew.token;
  if (is_ours) set(renew.key, renew.token, renew.life);
  answer(turn, line, renew.number, is_ours);
}

void Store::execute(Turn& turn, Line& line, const fleet::GiveUp& give_up) {
  ++use_now().commands;
  turn.us += costs_.other;
  const Value* value = find(give_up.key);
  if (value != nullptr && value->text == give_up.token) erase(give_up.key);
  turn.owed[line.number].bytes += 4;
}

}  // namespace turnpike::scale
