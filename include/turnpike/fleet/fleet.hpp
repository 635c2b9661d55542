// All that a node shares with its fleet, behind one pair of doors: entries and messages in, commands out.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/fleet/command.hpp"
#include "turnpike/fleet/keys.hpp"
#include "turnpike/fleet/lease.hpp"
#include "turnpike/fleet/membership.hpp"
#include "turnpike/fleet/order.hpp"
#include "turnpike/fleet/shared_bars.hpp"
#include "turnpike/fleet/shared_budgets.hpp"
#include "turnpike/fleet/shared_places.hpp"

namespace turnpike::fleet {

struct FleetOptions {
  std::string prefix = "turnpike:";
  std::string secret{}, secret_previous{};                                     // empty: none
  std::uint64_t bytes_per_second_per_user = 0, bytes_per_second_per_room = 0;  // 0: no limit
};

// Whoever has the connections does what take_commands() says, in that order, and tells what became of it.
// After every other call there may be commands and verdicts. Not thread-safe.
class Fleet {
 public:
  Fleet(const FleetOptions& options, Random& random);

  const std::string& node_id() const { return self_.id; }
  // To be subscribed to before on_connected().
  std::vector<std::string> channels() const { return keys_.channels(); }

  // What the next heartbeat says; id, number and tables are filled in. A node that begins to drain, or ends
  // to, says so at once, and so does one whose load has moved by a twentieth: within a second.
  void describe(NodeRecord self);
  const NodeRecord& self() const { return self_; }

  // Both connections are there, and the channels subscribed to.
  void on_connected(const Now& now);
  // Either is gone. What was asked on it is not answered any more.
  void on_disconnected();
  bool is_connected() const { return is_connected_; }

  void on_message(std::string_view channel, std::string_view message, const Now& now);
  // The answer to a Read, also if there was nothing; it may come in parts.
  void on_entries(const std::vector<Entry>& entries);
  // The answer to a Scan: the entries of one page.
  void on_page(const Scan& scan, const std::vector<Entry>& entries, std::string_view next_cursor,
               const Now& now);
  // The answer to a Claim or Renew.
  void on_answer(std::uint64_t number, bool is_done, const Now& now);
  // Redis answered with an error to a Write.
  void on_refused(const Write& write, const Now& now) { bars_.on_refused(write.key, now); }
  // Ten times a second.
  void tick(const Now& now);
  // Has that node do it; it may not hear of it. False: no such node lives, or Redis is away.
  [[nodiscard]] bool order(const std::string& node_id, Task task);
  // The last heartbeat: the node ends, and what it held counts no more.
  void leave(const Now& now);

  // A message to all other nodes that are connected now, of which nothing is kept: what it says is for
  // whoever calls. False: this node is not connected, or the text has more than kNewsSizeMax bytes.
  static constexpr std::size_t kNewsSizeMax = 16384;
  bool tell(std::string_view news);
  // What others have told, in their order; of more than kNewsMax that nobody took the first ones alone.
  static constexpr std::size_t kNewsMax = 8192;
  std::vector<std::string> take_news() { return std::exchange(news_, {}); }

  Commands take_commands();
  std::vector<Passing> take_passings() { return std::exchange(passings_, {}); }

  // What this node is to do.
  std::vector<Order> take_orders() { return std::exchange(orders_, {}); }

  const Membership& members() const { return members_; }
  SharedBars& bars() { return bars_; }
  SharedPlaces& places() { return places_; }
  SharedBudgets& user_budgets() { return user_budgets_; }
  SharedBudgets& room_budgets() { return room_budgets_; }
  Lease& reconciliation() { return reconciliation_; }
  // How many nodes there are, this one included.
  std::size_t nodes() const { return members_.live_count() + 1; }
  // Of all records.
  RecordFaults faults() const;

 private:
  static constexpr std::size_t kTables = 3;
  std::array<OwnHoldings*, kTables> own_tables();
  std::array<OthersHoldings*, kTables> others_tables();
  OthersHoldings* others_of(Kind kind);
  void beat(bool is_new, const Now& now);
  void read_others(TimePoint now);
  void on_node(std::string_view text, std::optional<std::string_view> key, TimePoint heard, const Now& now);
  void on_order(std::string_view text);
  void settle_passings();
  void on_news(std::string_view text);

  Seal seal_;
  Keys keys_;
  NodeRecord self_;
  Membership members_;
  SharedBars bars_;
  SharedPlaces places_;
  SharedBudgets user_budgets_, room_budgets_;
  Lease reconciliation_;
  bool is_connected_ = false;
  bool is_changed_ = false;  // what should not wait for the next heartbeat
  TimePoint beaten_;
  double beaten_share_ = 0;          // of the load, as the others know it
  std::size_t pages_ = 0;            // of nodes
  std::size_t reads_under_way_ = 0;  // of others' tables
  TimePoint read_;
  Commands commands_;
  std::vector<Passing> passings_;
  std::vector<std::string> news_;
  std::vector<Order> orders_;  // of each task one at most
  RecordFaults faults_;
};

}  // namespace turnpike::fleet
