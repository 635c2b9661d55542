// Everything that a node shares with its fleet: entries and messages come in, commands go out.
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

// The configuration of a fleet.
struct FleetOptions {
  std::string prefix = "turnpike:";
  std::string secret{}, secret_previous{};                                     // empty: none
  std::uint64_t bytes_per_second_per_user = 0, bytes_per_second_per_room = 0;  // 0: no limit
};

// Decides what to tell Redis and what to believe of it. The owner of the connections carries out
// take_commands() in their order and reports the results. After every other call there may be new commands
// and verdicts. Not thread-safe.
class Fleet {
 public:
  // Makes a node with a random id; `random` must outlive it.
  Fleet(const FleetOptions& options, Random& random);

  const std::string& node_id() const { return self_.id; }
  // Returns the channels to subscribe to before on_connected().
  std::vector<std::string> channels() const { return keys_.channels(); }

  // Sets what the next heartbeat says; id, number and tables are filled in by the fleet. The start and end of
  // draining, and a load that has moved by a twentieth, are told within a second.
  void describe(NodeRecord self);
  const NodeRecord& self() const { return self_; }

  // Tells that both connections exist and the channels are subscribed to.
  void on_connected(const Now& now);
  // Tells that a connection is lost; open questions are not answered any more.
  void on_disconnected();
  bool is_connected() const { return is_connected_; }

  // Takes a published message.
  void on_message(std::string_view channel, std::string_view message, const Now& now);
  // Takes an answer to a Read, in one or several parts; `is_all` marks the last one, which is empty if no key
  // was found.
  void on_entries(const std::vector<Entry>& entries, bool is_all);
  // Takes an answer to a Scan: the names of one page are known, so the next one may be asked for.
  void on_names(const Scan& scan, std::string_view next_cursor, const Now& now);
  // Takes the entries of that page, in one or several parts; `is_all` marks the last one.
  void on_page(const Scan& scan, const std::vector<Entry>& entries, bool is_all, const Now& now);
  // Takes the answer to a Claim or Renew.
  void on_answer(std::uint64_t number, bool is_done, const Now& now);
  // Tells that Redis has answered a Write with an error.
  void on_refused(const Write& write, const Now& now) { bars_.on_refused(write.key, now); }
  // Sends what is due; call it ten times a second.
  void tick(const Now& now);
  // Orders a node to do a task; the node may miss the order. Returns false if no such node lives or Redis
  // cannot be reached.
  [[nodiscard]] bool order(const std::string& node_id, Task task);
  // Sends the last heartbeat: this node ends, and nothing that it holds counts any more.
  void leave(const Now& now);

  // Bytes of a text for tell() at most.
  static constexpr std::size_t kNewsSizeMax = 16384;
  // Sends a text to all other nodes that are connected now, without keeping it; the fleet does not look into
  // it. Returns false if this node is not connected or the text is too long.
  bool tell(std::string_view news);
  // Texts that wait for take_news() at most; later ones are dropped.
  static constexpr std::size_t kNewsMax = 8192;
  // Returns the texts that others have told since the last call, in their order.
  std::vector<std::string> take_news() { return std::exchange(news_, {}); }

  // Returns the commands to carry out, in order.
  Commands take_commands();
  // Returns the nodes that have come and gone since the last call.
  std::vector<Passing> take_passings() { return std::exchange(passings_, {}); }

  // Returns what this node is ordered to do.
  std::vector<Order> take_orders() { return std::exchange(orders_, {}); }

  const Membership& members() const { return members_; }
  // Where clients may be sent: a live node of which nothing was heard for so long may have died, and clients
  // find that out by waiting. Only time counts in which this node was connected.
  static constexpr Duration kSilentAfter = std::chrono::seconds(7);
  std::vector<const NodeRecord*> heard_lately() const;
  SharedBars& bars() { return bars_; }
  SharedPlaces& places() { return places_; }
  SharedBudgets& user_budgets() { return user_budgets_; }
  SharedBudgets& room_budgets() { return room_budgets_; }
  Lease& reconciliation() { return reconciliation_; }
  // Returns the number of live nodes, this one included.
  std::size_t nodes() const { return members_.live_count() + 1; }
  // Returns the faults of all kinds of records together.
  RecordFaults faults() const;

 private:
  static constexpr std::size_t kTables = 3;
  std::array<OwnHoldings*, kTables> own_tables();
  std::array<OthersHoldings*, kTables> others_tables();
  OthersHoldings* others_of(Kind kind);
  void beat(bool is_new, const Now& now);
  void read_rest(const Now& now);
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
  bool is_changed_ = false;  // something should not wait for the next heartbeat
  TimePoint connected_, listened_until_;
  TimePoint beaten_;
  double beaten_share_ = 0;  // the load's share in the last heartbeat
  bool is_reading_rest_ = false;
  bool may_lack_nodes_ = true;
  std::size_t pages_ = 0;  // of nodes, in this scan
  Pace pace_ = pace_of_pages();
  TimePoint asked_;                  // for the last page
  std::size_t reads_under_way_ = 0;  // of others' tables, without an answer
  TimePoint read_;
  Commands commands_;
  std::vector<Passing> passings_;
  std::vector<std::string> news_;
  std::vector<Order> orders_;  // at most one of each task
  RecordFaults faults_;
};

}  // namespace turnpike::fleet
