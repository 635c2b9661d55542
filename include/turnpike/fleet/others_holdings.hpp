// Knows what all other nodes hold: follows their changes, and reads a node's whole table if changes were
// missed.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "turnpike/fleet/command.hpp"
#include "turnpike/fleet/holdings_record.hpp"
#include "turnpike/fleet/keys.hpp"

namespace turnpike::fleet {

// A table of live nodes; the owner tells which nodes come and go. Not thread-safe.
class OthersHoldings {
 public:
  // The amount that one node holds; `node_id` is valid until the table changes.
  struct Held {
    std::string_view node_id;
    std::uint32_t amount;

    bool operator==(const Held&) const = default;
  };

  // Makes an empty table for `kind` of at most `rows_max` rows, over all nodes.
  OthersHoldings(Kind kind, const Keys& keys, const Seal& seal, std::size_t rows_max = 1048576);

  // Is told the new sum of each name whose sum may have changed, at the end of the call that has changed it.
  using Changed = std::function<void(Who who, std::uint64_t sum)>;
  void watch(Changed changed) { changed_ = std::move(changed); }

  // Tells that the node lives and that its last changes have this number.
  void on_heartbeat(const std::string& node_id, std::uint64_t seq);
  // Forgets a node.
  void on_gone(std::string_view node_id);
  // Tells that changes of any node may have been missed.
  void on_connected();
  // Takes the changes that a node has published.
  void on_message(std::string_view message);
  // Takes a part of a node's table.
  void on_entry(const Entry& entry);
  // Asks for tables that are incomplete: of at most 256 nodes at a time, and of each node after 1, 2, 4, ...
  // seconds, for a node that is cut off has nothing there. Asks at once when the node is heard of again.
  void tick(TimePoint now);
  Commands take_commands() { return std::exchange(commands_, {}); }

  // Returns the sum of a name over all nodes; the name may have one digest for each secret of the fleet.
  std::uint64_t sum(std::span<const Who> digests) const;
  // Returns how much each node holds for the name, without zeros.
  std::vector<Held> held(std::span<const Who> digests) const;

  std::size_t rows() const { return rows_; }
  // Returns how many rows found no room.
  std::size_t refused() const { return refused_; }
  // Returns true if nothing is known to be missing.
  bool is_complete() const;
  const RecordFaults& faults() const { return faults_; }

 private:
  struct Amount {
    std::uint32_t amount;
    std::uint64_t seq;
  };
  struct Peer {
    std::string node_id;
    std::uint64_t seq = 0;     // number of the last changes known of
    std::uint64_t wanted = 0;  // changes up to this number were missed
    // For each part: number of the first changes that the part read does not contain; 0: not read yet.
    std::vector<std::uint64_t> read_until{};
    TimePoint asked{};
    unsigned tries = 0;  // that did not make it complete, since it was heard of
    std::unordered_map<Who, Amount> amounts{};

    bool is_complete() const;
  };

  Peer* find(std::string_view node_id);
  const HoldingsRecord* read(std::string_view record, HoldingsRecord& out);
  void apply_changes(Peer& peer, const HoldingsRecord& record);
  void apply_part(Peer& peer, const HoldingsRecord& record);
  void put(Peer& peer, const Row& row, std::uint64_t seq);
  void drop(Peer& peer, Who who);
  void drop_zeros(Peer& peer);
  void unlink(const Peer& peer, Who who);
  void tell_changed();

  Kind kind_;
  Keys keys_;
  Seal seal_;
  std::size_t rows_max_;
  std::map<std::string, std::unique_ptr<Peer>, std::less<>> peers_;
  std::unordered_map<Who, std::vector<Peer*>> holders_;
  std::size_t rows_ = 0;
  bool may_lack_ = false;  // some peer may be incomplete
  std::size_t refused_ = 0;
  Commands commands_;
  RecordFaults faults_;
  Changed changed_;
  std::vector<Who> touched_;  // changed by this call, while somebody watches
};

}  // namespace turnpike::fleet
