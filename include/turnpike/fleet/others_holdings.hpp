// What all other nodes hold: their changes as they come, and everything of a node where changes were missed.
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

// Of live nodes alone: whoever keeps it says who came and who is gone. Not thread-safe.
class OthersHoldings {
 public:
  struct Held {
    std::string_view node_id;
    std::uint32_t amount;

    bool operator==(const Held&) const = default;
  };

  OthersHoldings(Kind kind, const Keys& keys, const Seal& seal, std::size_t rows_max = 1048576);

  // Told of every sum that may have changed, by the end of the call that has changed it.
  using Changed = std::function<void(Who who, std::uint64_t sum)>;
  void watch(Changed changed) { changed_ = std::move(changed); }

  // The node lives, and has told so many changes.
  void on_heartbeat(const std::string& node_id, std::uint64_t seq);
  void on_gone(std::string_view node_id);
  // Changes may have been missed of every node.
  void on_connected();
  void on_message(std::string_view message);
  void on_entry(const Entry& entry);
  // Asks for what is missing: of 64 nodes at most, and of each once a second.
  void tick(TimePoint now);
  Commands take_commands() { return std::exchange(commands_, {}); }

  // Of one who may have several digests, one for each secret of the fleet.
  std::uint64_t sum(std::span<const Who> digests) const;
  std::vector<Held> held(std::span<const Who> digests) const;

  std::size_t rows() const { return rows_; }
  std::size_t refused() const { return refused_; }  // rows, for want of room
  bool is_complete() const;                         // nothing is known to be missing
  const RecordFaults& faults() const { return faults_; }

 private:
  struct Amount {
    std::uint32_t amount;
    std::uint64_t seq;
  };
  struct Peer {
    std::string node_id;
    std::uint64_t seq = 0;     // the last changes that are known of
    std::uint64_t wanted = 0;  // changes up to this one were missed
    // Of each part, the first changes that are not in what was read of it; 0: it was not read.
    std::vector<std::uint64_t> read_until{};
    TimePoint asked{};
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
  bool may_lack_ = false;  // a peer may not be complete
  std::size_t refused_ = 0;
  Commands commands_;
  RecordFaults faults_;
  Changed changed_;
  std::vector<Who> touched_;  // by this call, while somebody watches
};

}  // namespace turnpike::fleet
