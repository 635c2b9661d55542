#include "turnpike/fleet/alternates.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace turnpike::fleet {
namespace {

constexpr std::size_t kSentMax = 4096;
constexpr std::size_t kFew = 3;                // of a region of four nodes each is as good as all
constexpr double kShareOfClient = 1.0 / 2000;  // where ports do not tell

double share_of_client(const Load& load) {
  return load.ports_total == 0 ? kShareOfClient : std::max(1.0 / load.ports_total, kShareOfClient);
}

constexpr bool has_certificate(Transport transport) {
  return transport == Transport::tls || transport == Transport::dtls;
}

bool is_open(const NodeRecord& node, const NodeRecord& self) {
  return node.id != self.id && !node.is_draining && !node.is_leaving;
}

double uniform(Random& random) { return (random.u32() + 1.0) / 4294967296.0; }

}  // namespace

bool Alternates::should_redirect(const NodeRecord& self) {
  is_over_ = self.load.share() >= (is_over_ ? high_water_ - kMargin : high_water_);
  return is_over_ || self.is_draining;
}

double Alternates::expected_share(const NodeRecord& node) const {
  const auto found = sent_.find(node.id);
  const std::uint32_t sent = found == sent_.end() || found->second.seq != node.seq ? 0 : found->second.count;
  return node.load.share() + sent * share_of_client(node.load);
}

void Alternates::note_sent(const NodeRecord& node, std::uint32_t count) {
  if (sent_.size() >= kSentMax && !sent_.contains(node.id)) sent_.clear();
  Sent& sent = sent_[node.id];
  if (sent.seq != node.seq) sent = {node.seq, 0};
  sent.count += count;
}

// Whoever has as much to do has no room for this node's clients.
double Alternates::share_max(const NodeRecord& self) const {
  const double below_mark = high_water_ - kMargin;
  return self.is_draining ? below_mark : std::min(below_mark, self.load.share() - kMargin);
}

// Of two the one with less to do.
std::size_t Alternates::draw(const std::vector<const NodeRecord*>& fit, Random& random) const {
  const auto count = static_cast<std::uint32_t>(fit.size());
  const std::uint32_t first = random.below(count);
  const std::uint32_t second = count == 1 ? first : (first + 1 + random.below(count - 1)) % count;
  return expected_share(*fit[second]) < expected_share(*fit[first]) ? second : first;
}

// The nodes of a region that have no room send away about as many each as come to it. So the few that have
// some get about twice as many as before, whatever the size of the region.
Alternates::Room Alternates::room_for(const NodeRecord& self,
                                      const std::vector<const NodeRecord*>& open) const {
  const double share_max = this->share_max(self);
  Room room;
  std::size_t of_region = 1;
  for (const NodeRecord* node : open) {
    const bool is_near = node->region == self.region;
    of_region += is_near;
    if (expected_share(*node) < share_max) (is_near ? room.near : room.far).push_back(node);
  }
  room.near_part = static_cast<double>(room.near.size() + kFew) / static_cast<double>(of_region);
  return room;
}

std::vector<const NodeRecord*>& Alternates::side_of(Room& room, Random& random) {
  if (room.near.empty()) return room.far;
  return room.far.empty() || room.near_part >= uniform(random) ? room.near : room.far;
}

std::optional<Alternate> Alternates::choose(const NodeRecord& self,
                                            const std::vector<const NodeRecord*>& live, Transport transport,
                                            Family family, Random& random) {
  std::vector<const NodeRecord*> open;
  for (const NodeRecord* node : live) {
    if (!is_open(*node, self) || node->find(transport, family) == nullptr) continue;
    if (!has_certificate(transport) || !node->certificate_name.empty()) open.push_back(node);
  }
  Room room = room_for(self, open);
  const std::vector<const NodeRecord*>& fit = side_of(room, random);
  if (fit.empty()) return std::nullopt;
  const NodeRecord* chosen = fit[draw(fit, random)];
  note_sent(*chosen, 1);
  return Alternate{chosen->id, chosen->find(transport, family)->endpoint, chosen->certificate_name};
}

std::vector<InLine> Alternates::line_up(const NodeRecord& self, const std::vector<const NodeRecord*>& live,
                                        Random& random) const {
  const double share_max = this->share_max(self);
  std::vector<const NodeRecord*> open, full_near, full_far;
  for (const NodeRecord* node : live) {
    if (!is_open(*node, self)) continue;
    open.push_back(node);
    if (expected_share(*node) >= share_max)
      (node->region == self.region ? full_near : full_far).push_back(node);
  }
  std::vector<InLine> line;
  const auto take_from = [&](std::vector<const NodeRecord*>& fit, bool has_enough) {
    std::swap(fit[draw(fit, random)], fit.back());
    line.push_back({fit.back(), has_enough});
    fit.pop_back();
  };
  Room room = room_for(self, open);
  while (!room.near.empty() || !room.far.empty()) take_from(side_of(room, random), false);
  if (!self.is_draining) return line;
  for (auto* full : {&full_near, &full_far}) {
    while (!full->empty()) take_from(*full, true);
  }
  return line;
}

std::vector<std::string> nearest_urls(const NodeRecord& self, const std::vector<const NodeRecord*>& live,
                                      const UrlsWanted& wanted, Random& random) {
  struct Ranked {
    int rank;
    double lot;  // the smaller the sooner
    const NodeRecord* node;
  };
  const std::string_view region = wanted.region.empty() ? std::string_view(self.region) : wanted.region;
  std::vector<Ranked> ranked;
  const auto rank = [&](const NodeRecord& node) {
    if (node.urls.empty() || node.is_leaving) return;
    const double share = node.load.share();
    const int worst = node.is_draining ? 4 : share >= wanted.high_water ? 2 : 0;
    // Lots of an exponential distribution: the first is drawn in proportion to what is free.
    const double lot = -std::log(uniform(random)) / std::max(1 - share, 0.01);
    ranked.push_back({worst + (node.region == region ? 0 : 1), lot, &node});
  };
  rank(self);
  for (const NodeRecord* node : live) {
    if (node->id != self.id) rank(*node);
  }
  std::ranges::sort(ranked, [](const Ranked& a, const Ranked& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.lot < b.lot;
  });
  if (!ranked.empty() && !ranked.front().node->is_draining)
    std::erase_if(ranked, [](const Ranked& each) { return each.node->is_draining; });
  std::vector<std::string> urls;
  for (std::size_t i = 0; i < std::min(ranked.size(), wanted.nodes_max); ++i) {
    for (const std::string& url : ranked[i].node->urls) {
      const bool is_new = std::ranges::find(urls, url) == urls.end();  // nodes may share a name
      if (is_new && urls.size() < wanted.urls_max) urls.push_back(url);
    }
  }
  return urls;
}

}  // namespace turnpike::fleet
