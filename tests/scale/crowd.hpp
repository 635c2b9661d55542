// Participants: clients of a fleet, each with its own habit, and what became of them.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "node.hpp"
#include "turnpike/client/itinerary.hpp"
#include "turnpike/client/turn_client.hpp"

namespace turnpike::scale {

// Where a client asks whose region is gone.
enum class Comeback {
  exchange,   // for URLs, and tries them one after the other
  neighbour,  // the nodes of the next region, by a DNS that knows distances and no loads
};

// Of everybody.
struct CrowdCounts {
  std::uint64_t asked = 0, served = 0, redirections = 0, circles = 0, refused = 0, silence = 0;
  std::uint64_t to_dead = 0;         // datagrams to a node that is gone
  std::uint64_t barred_granted = 0;  // by a node that had not heard yet
};

struct Revocation {
  TimePoint said;
  TimePoint ended;        // the last allocation
  TimePoint up_since;     // the connection to Redis of the node that had it
  std::size_t sayer = 0;  // the node where it was said
  std::uint32_t alive = 0;
};

class Crowd final : public Outside {
 public:
  struct Participant {
    std::size_t number = 0;
    std::string user;
    std::size_t region = 0;
    IpAddress address;
    std::uint16_t port = 10000;
    client::Itinerary itinerary{Endpoint{}};
    std::unique_ptr<client::TurnClient> turn, before;  // of an allocation that it moves away from
    std::optional<FiveTuple> served, served_before;
    std::size_t first = 0;            // node of this attempt
    std::vector<std::size_t> to_try;  // nodes, the next one last
    std::uint32_t redirections = 0;   // of this attempt
    std::uint32_t attempts = 0;
    std::optional<TimePoint> wants_since;  // without an allocation
    bool is_patient = true;                // tries again until it is served
    bool has_left = false;
  };

  Crowd(sim::Timeline& timeline, sim::Dice& dice, std::vector<std::unique_ptr<Node>>& nodes,
        std::size_t regions);

  Participant& add(std::string user, std::size_t region, bool is_patient);
  // Asks that node, from another port.
  void call(Participant& participant, std::size_t node);
  // Wherever it is served best by what it learns.
  void come_back(Participant& participant, Comeback comeback);
  // Without a word.
  void abandon(Participant& participant);
  void leave(Participant& participant);
  // Says that the user is out, at that node.
  void revoke(std::size_t node, const std::string& user);

  void to_client(const FiveTuple& tuple, std::vector<std::uint8_t> bytes) override;
  void on_started(std::size_t node, const std::string& user_id, const FiveTuple& tuple) override;
  void on_ended(std::size_t node, const std::string& user_id, const FiveTuple& tuple,
                turn::EndReason reason) override;

  std::deque<Participant>& participants() { return participants_; }
  std::size_t participants_count() const { return participants_.size(); }
  const CrowdCounts& counts() const { return counts_; }
  const std::unordered_map<std::string, Revocation>& revocations() const { return revocations_; }
  std::uint32_t held_by(const std::string& user) const;
  // How long each has waited, in seconds, and how many 300s it met, of those who came back.
  const std::vector<float>& waits_s() const { return waits_s_; }
  const std::vector<std::uint32_t>& redirections() const { return redirections_; }
  std::size_t waiting() const { return waiting_; }

 private:
  void ask(Participant& participant);
  void pump(Participant& participant);
  void plan_wake(Participant& participant);
  void on_failed(Participant& participant, const client::Failed& failed);
  void try_next(Participant& participant);
  void to_server(Participant& participant, std::vector<std::uint8_t> bytes);
  void start_waiting(Participant& participant);
  FiveTuple tuple_of(const Participant& participant) const;
  Duration way();

  sim::Timeline& timeline_;
  sim::Dice& dice_;
  std::vector<std::unique_ptr<Node>>& nodes_;
  std::size_t regions_;
  Comeback comeback_ = Comeback::exchange;
  std::deque<Participant> participants_;
  std::unordered_map<std::string, std::uint32_t> held_;
  std::unordered_map<std::string, Revocation> revocations_;
  std::vector<float> waits_s_;
  std::vector<std::uint32_t> redirections_;
  std::size_t waiting_ = 0;
  CrowdCounts counts_;
};

}  // namespace turnpike::scale
