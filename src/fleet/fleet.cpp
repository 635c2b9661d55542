#include "turnpike/fleet/fleet.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "turnpike/fleet/fields.hpp"

namespace turnpike::fleet {
namespace {

constexpr std::size_t kPagesMax = 65536;
constexpr Duration kBeatGap = std::chrono::seconds(1);
// Who was away for less still counts all nodes as live that it has heard, and hears of a new one within a
// heartbeat.
constexpr Duration kKnownFor = kGoneAfter - kHeartbeat;
constexpr double kLoadMoves = 0.05;                         // then the others should know
constexpr Duration kAnswersMax = std::chrono::seconds(10);  // then they are given up

void append(Commands& all, Commands more) { std::ranges::move(more, std::back_inserter(all)); }

NodeRecord with_id(Random& random) {
  NodeRecord record;
  record.id = random_node_id(random);
  return record;
}

}  // namespace

Fleet::Fleet(const FleetOptions& options, Random& random)
    : seal_(options.secret, options.secret_previous),
      keys_(options.prefix, seal_),
      self_(with_id(random)),
      members_(self_.id),
      bars_(keys_, seal_, self_.id, random),
      places_(keys_, seal_, self_.id),
      user_budgets_(Kind::user_rates, options.bytes_per_second_per_user, keys_, seal_, self_.id),
      room_budgets_(Kind::room_rates, options.bytes_per_second_per_room, keys_, seal_, self_.id),
      reconciliation_(keys_.lease("reconciliation"), random) {}

std::array<OwnHoldings*, Fleet::kTables> Fleet::own_tables() {
  return {&places_.own(), &user_budgets_.own(), &room_budgets_.own()};
}

std::array<OthersHoldings*, Fleet::kTables> Fleet::others_tables() {
  return {&places_.others(), &user_budgets_.others(), &room_budgets_.others()};
}

OthersHoldings* Fleet::others_of(Kind kind) {
  switch (kind) {
    case Kind::places: return &places_.others();
    case Kind::user_rates: return &user_budgets_.others();
    case Kind::room_rates: return &room_budgets_.others();
    case Kind::node:
    case Kind::word:
    case Kind::news:
    case Kind::order: return nullptr;
  }
  return nullptr;
}

void Fleet::describe(NodeRecord self) {
  is_changed_ = is_changed_ || self.is_draining != self_.is_draining ||
                std::abs(self.load.share() - beaten_share_) >= kLoadMoves;
  self.id = self_.id;
  self.seq = self_.seq;
  self_ = std::move(self);
}

void Fleet::on_connected(const Now& now) {
  may_lack_nodes_ = may_lack_nodes_ || now.monotonic - listened_until_ >= kKnownFor;
  is_connected_ = true;
  connected_ = listened_until_ = now.monotonic;
  is_reading_rest_ = false;
  pages_ = reads_under_way_ = 0;
  for (OwnHoldings* table : own_tables()) {
    table->on_connected(now.monotonic);
    append(commands_, table->take_commands());
  }
  beat(true, now);
  bars_.on_connected(now);
  for (OthersHoldings* table : others_tables()) table->on_connected();
  reconciliation_.on_connected(now.monotonic);
  tick(now);
}

void Fleet::on_disconnected() {
  is_connected_ = false;
  commands_.clear();
  bars_.on_disconnected();
  for (OwnHoldings* table : own_tables()) table->on_disconnected();
  reconciliation_.on_disconnected();
}

void Fleet::beat(bool is_new, const Now& now) {
  is_changed_ = false;
  beaten_ = now.monotonic;
  beaten_share_ = self_.load.share();
  ++self_.seq;
  self_.is_new = is_new;
  self_.unix_s = now.unix_s;
  const auto tables = own_tables();
  for (std::size_t i = 0; i < kTables; ++i) self_.tables[i] = tables[i]->seq();
  std::string record = seal_.close(Kind::node, write_node(self_));
  commands_.emplace_back(Write{keys_.node(self_.id), record, kGoneAfter});
  commands_.emplace_back(Publish{keys_.channel(Kind::node), std::move(record)});
}

void Fleet::leave(const Now& now) {
  if (!is_connected_) return;
  self_.is_leaving = true;
  reconciliation_.give_up();
  append(commands_, reconciliation_.take_commands());
  beat(false, now);
  commands_.emplace_back(Erase{keys_.node(self_.id)});
}

void Fleet::on_node(std::string_view text, std::optional<std::string_view> key, TimePoint heard,
                    const Now& now) {
  const auto payload = seal_.open(Kind::node, text);
  if (!payload) return faults_.add(payload.error());
  auto record = read_node(*payload);
  if (!record) return faults_.add(record.error());
  if (key && !key->ends_with(":" + record->id)) return faults_.add(RecordFault::misplaced);
  const std::string node_id = record->id;
  const auto tables = record->tables;
  const bool is_new = record->is_new && node_id != self_.id;
  if (!members_.on_record(std::move(*record), heard, now.monotonic)) return;
  settle_passings();
  if (members_.find_live(node_id) == nullptr) return;
  const auto others = others_tables();
  for (std::size_t i = 0; i < kTables; ++i) others[i]->on_heartbeat(node_id, tables[i]);
  if (!is_new) return;
  for (OwnHoldings* table : own_tables()) table->want_full();
}

bool Fleet::order(const std::string& node_id, Task task) {
  if (!is_connected_ || members_.find_live(node_id) == nullptr) return false;
  const std::string payload = write_order({node_id, task, self_.id});
  commands_.emplace_back(Publish{keys_.channel(Kind::order), seal_.close(Kind::order, payload)});
  return true;
}

void Fleet::on_order(std::string_view text) {
  const auto payload = seal_.open(Kind::order, text);
  if (!payload) return faults_.add(payload.error());
  auto order = read_order(*payload);
  if (!order) return faults_.add(order.error());
  const bool is_known = std::ranges::find(orders_, order->task, &Order::task) != orders_.end();
  if (order->node_id == self_.id && !is_known) orders_.push_back(std::move(*order));
}

void Fleet::settle_passings() {
  for (Passing& each : members_.take_passings()) {
    if (each.passage != Passage::came) {
      for (OthersHoldings* table : others_tables()) table->on_gone(each.node_id);
    }
    passings_.push_back(std::move(each));
  }
}

// A line with the node that says it, so that it does not hear itself, and the text.
bool Fleet::tell(std::string_view news) {
  if (!is_connected_ || news.size() > kNewsSizeMax) return false;
  const std::string payload = self_.id + "\n" + std::string(news);
  commands_.emplace_back(Publish{keys_.channel(Kind::news), seal_.close(Kind::news, payload)});
  return true;
}

void Fleet::on_news(std::string_view text) {
  const auto payload = seal_.open(Kind::news, text);
  if (!payload) return faults_.add(payload.error());
  const std::size_t end = payload->find('\n');
  const std::string_view node_id = payload->substr(0, end);
  if (end == std::string_view::npos || !is_node_id(node_id)) return faults_.add(RecordFault::malformed);
  if (payload->size() > end + 1 + kNewsSizeMax) return faults_.add(RecordFault::too_long);
  if (node_id != self_.id && news_.size() < kNewsMax) news_.emplace_back(payload->substr(end + 1));
}

void Fleet::on_message(std::string_view channel, std::string_view message, const Now& now) {
  const auto kind = keys_.kind_of(channel);
  if (!is_connected_ || !kind) return;
  if (*kind == Kind::node) return on_node(message, std::nullopt, now.monotonic, now);
  if (*kind == Kind::word) return bars_.on_message(channel, message, now);
  if (*kind == Kind::news) return on_news(message);
  if (*kind == Kind::order) return on_order(message);
  others_of(*kind)->on_message(message);
}

void Fleet::on_entries(const std::vector<Entry>& entries, bool is_all) {
  if (is_all && reads_under_way_ > 0) --reads_under_way_;
  for (const Entry& entry : entries) {
    const auto kind = keys_.kind_of(entry.key);
    OthersHoldings* table = kind && is_connected_ ? others_of(*kind) : nullptr;
    if (table != nullptr) table->on_entry(entry);
  }
}

void Fleet::on_names(const Scan& scan, std::string_view next_cursor, const Now& now) {
  const auto kind = keys_.kind_of(scan.prefix);
  if (!is_connected_ || !kind) return;
  if (*kind == Kind::word) return bars_.on_names(scan, next_cursor, now);
  if (*kind != Kind::node) return;
  pace_.on_answer(now.monotonic - asked_);
  asked_ = now.monotonic;
  if (next_cursor != "0" && ++pages_ < kPagesMax)
    commands_.emplace_back(Scan{scan.prefix, std::string(next_cursor), pace_.size()});
}

void Fleet::on_page(const Scan& scan, const std::vector<Entry>& entries, bool is_all, const Now& now) {
  const auto kind = keys_.kind_of(scan.prefix);
  if (!is_connected_ || !kind) return;
  if (*kind == Kind::word) return bars_.on_page(entries, is_all, now);
  if (*kind != Kind::node) return;
  for (const Entry& entry : entries) {
    const Duration left = std::clamp(entry.life.value_or(Duration{}), Duration{}, kGoneAfter);
    on_node(entry.value, entry.key, now.monotonic - (kGoneAfter - left), now);
  }
}

void Fleet::on_answer(std::uint64_t number, bool is_done, const Now& now) {
  reconciliation_.on_answer(number, is_done, now.monotonic);
}

std::vector<const NodeRecord*> Fleet::heard_lately() const {
  const TimePoint since = listened_until_ - kSilentAfter;
  return since < connected_ ? members_.live() : members_.heard_since(since);
}

void Fleet::tick(const Now& now) {
  if (is_connected_) listened_until_ = now.monotonic;
  members_.expire(now.monotonic);
  settle_passings();
  bars_.set_nodes(nodes());
  bars_.tick(now);
  if (!is_connected_ || self_.is_leaving) return;
  for (OwnHoldings* table : own_tables()) {
    table->tick(nodes(), now.monotonic);
    append(commands_, table->take_commands());
  }
  const Duration gap = is_changed_ ? kBeatGap : kHeartbeat;
  if (now.monotonic - beaten_ >= gap) beat(false, now);
  read_rest(now);
  reconciliation_.tick(now.monotonic);
}

// Who is barred is read first, then which nodes there are, and what they hold. If that took its time, what
// they have written for this node is out of date by now.
void Fleet::read_rest(const Now& now) {
  if (!bars_.is_caught_up() && now.monotonic - connected_ < kAnswersMax) return;
  if (!std::exchange(is_reading_rest_, true) && now.monotonic - connected_ >= kBeatGap) beat(true, now);
  if (std::exchange(may_lack_nodes_, false)) {
    pace_.reset();
    asked_ = now.monotonic;
    for (const std::string& prefix : keys_.prefixes(Kind::node)) commands_.emplace_back(Scan{prefix});
  }
  read_others(now.monotonic);
}

// Where all nodes read everything at once, Redis needs its time: who asked again before there was an answer
// would only make it more.
void Fleet::read_others(TimePoint now) {
  if (reads_under_way_ > 0 && now - read_ < kAnswersMax) return;
  Commands reads;
  for (OthersHoldings* table : others_tables()) {
    table->tick(now);
    append(reads, table->take_commands());
  }
  reads_under_way_ = reads.size();
  read_ = now;
  append(commands_, std::move(reads));
}

Commands Fleet::take_commands() {
  if (!is_connected_) return {};
  append(commands_, bars_.take_commands());
  append(commands_, reconciliation_.take_commands());
  return std::exchange(commands_, {});
}

RecordFaults Fleet::faults() const {
  RecordFaults all = faults_;
  all += bars_.faults();
  all += places_.others().faults();
  all += user_budgets_.others().faults();
  all += room_budgets_.others().faults();
  return all;
}

}  // namespace turnpike::fleet
