// Where clients are better off: the node that one is redirected to, and whose URLs come first.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "turnpike/base/random.hpp"
#include "turnpike/fleet/node_record.hpp"

namespace turnpike::fleet {

struct Alternate {
  std::string node_id;
  ExternalEndpoint endpoint;
  std::string certificate_name;  // of TLS and DTLS

  bool operator==(const Alternate&) const = default;
};

// A node in the line of those where clients are sent.
struct InLine {
  const NodeRecord* node = nullptr;
  bool has_enough = false;  // it has as little room: only for who gets nothing here

  bool operator==(const InLine&) const = default;
};

// Chooses for a node that is over its mark, or drains. Of two nodes drawn by chance the one with less to do
// is taken, so that nodes which are all over their marks do not send everybody to the same one; and each
// redirection counts as load until the node is heard of again. Who is chosen is below the mark by a margin
// and has that much less to do than this node, so that none of two sends clients to the other and back by
// what they know of each other. Not thread-safe.
class Alternates {
 public:
  static constexpr double kMargin = 0.05;

  explicit Alternates(double high_water) : high_water_(high_water) {}

  void set_high_water(double high_water) { high_water_ = high_water; }
  // From the mark on, until the load is below it by the margin; and while the node drains.
  bool should_redirect(const NodeRecord& self);
  // In the node's own region, or, if there is nobody, in any. None: everybody is better off here.
  std::optional<Alternate> choose(const NodeRecord& self, const std::vector<const NodeRecord*>& live,
                                  Transport transport, Family family, Random& random);
  // The same for many clients, of whom it is not known yet how they come: each goes to the first that has the
  // client's way in. So one place after the other is drawn as in choose(), those of the region first. While
  // the node drains those that have enough stand behind them. Nothing is counted: see note_sent().
  std::vector<InLine> line_up(const NodeRecord& self, const std::vector<const NodeRecord*>& live,
                              Random& random) const;
  // So many clients were sent there.
  void note_sent(const NodeRecord& node, std::uint32_t count);

 private:
  struct Sent {
    std::uint64_t seq = 0;  // of the node's heartbeat
    std::uint32_t count = 0;
  };

  double expected_share(const NodeRecord& node) const;
  double share_max(const NodeRecord& self) const;
  std::size_t draw(const std::vector<const NodeRecord*>& fit, Random& random) const;

  double high_water_;
  bool is_over_ = false;
  std::unordered_map<std::string, Sent> sent_;
};

struct UrlsWanted {
  std::string_view region;  // "": the node's own
  double high_water = 0.8;
  std::size_t nodes_max = 3, urls_max = 8;
};

// Of the nodes of the region first, of those over their mark last, and by chance as they have less to do;
// none of a node that drains while there is another.
std::vector<std::string> nearest_urls(const NodeRecord& self, const std::vector<const NodeRecord*>& live,
                                      const UrlsWanted& wanted, Random& random);

}  // namespace turnpike::fleet
