// Chooses the nodes where clients are better off: for redirections (ALTERNATE-SERVER), and for the order of
// URLs.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/fleet/node_record.hpp"

namespace turnpike::fleet {

// The node that a client is redirected to.
struct Alternate {
  std::string node_id;
  ExternalEndpoint endpoint;
  std::string certificate_name;  // for TLS and DTLS

  bool operator==(const Alternate&) const = default;
};

// A node where clients may be sent.
struct InLine {
  const NodeRecord* node = nullptr;
  bool has_enough = false;  // the node has no room either: only for clients that get nothing here

  bool operator==(const InLine&) const = default;
};

// Chooses for a node that is above its high-water mark, or drains. Of two random nodes the less loaded one is
// taken, so that overloaded nodes do not all send their clients to the same one, and each redirection counts
// as load until the next heartbeat of the target. A target is below the mark by kMargin and, unless this node
// drains, less loaded than this node by kMargin, so that no two nodes send clients to each other in turn. Not
// thread-safe.
class Alternates {
 public:
  static constexpr double kMargin = 0.05;

  explicit Alternates(double high_water) : high_water_(high_water) {}

  void set_high_water(double high_water) { high_water_ = high_water; }
  // Returns true while the node drains, and from the mark on until its load is below the mark by kMargin.
  bool should_redirect(const NodeRecord& self);
  // Returns a node that has an address of this transport and family, from this node's region if there is one,
  // otherwise from any. Returns none if the client is best off here. Counts the redirection.
  // Where few nodes of the region have room, part of the clients goes to other regions: all of them together
  // would fill these few before their heartbeats could say so.
  std::optional<Alternate> choose(const NodeRecord& self, const std::vector<const NodeRecord*>& live,
                                  Transport transport, Family family, Random& random);
  // Returns the nodes for many clients whose ways in are not known yet: each client goes to the first node
  // that has its way in. The nodes are drawn one after the other as in choose(), those of the region first.
  // While this node drains, nodes without room follow at the end. Counts nothing: see note_sent().
  std::vector<InLine> line_up(const NodeRecord& self, const std::vector<const NodeRecord*>& live,
                              Random& random) const;
  // Counts clients that were sent to the node.
  void note_sent(const NodeRecord& node, std::uint32_t count);

 private:
  struct Sent {
    std::uint64_t seq = 0;  // number of the node's heartbeat
    std::uint32_t count = 0;
  };

  double expected_share(const NodeRecord& node) const;
  double share_max(const NodeRecord& self) const;
  struct Room {
    std::vector<const NodeRecord*> near, far;
    double near_part = 1;  // of the clients, as long as there is somebody in both
  };

  Room room_for(const NodeRecord& self, const std::vector<const NodeRecord*>& open) const;
  static std::vector<const NodeRecord*>& side_of(Room& room, Random& random);
  std::size_t draw(const std::vector<const NodeRecord*>& fit, Random& random) const;

  double high_water_;
  bool is_over_ = false;
  std::unordered_map<std::string, Sent> sent_;
};

// The parameters of nearest_urls().
struct UrlsWanted {
  std::string_view region;  // "": that of this node
  double high_water = 0.8;
  std::size_t nodes_max = 3, urls_max = 8;
};

// Returns URLs of this and other nodes: those of the region first, those above the mark last, within each
// group by chance in proportion to free capacity. URLs of draining nodes are left out unless all nodes drain.
std::vector<std::string> nearest_urls(const NodeRecord& self, const std::vector<const NodeRecord*>& live,
                                      const UrlsWanted& wanted, Random& random);

}  // namespace turnpike::fleet
