// The probe's table and JSON.
#include "turnpike/probe/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace turnpike::probe {
namespace {

constexpr std::size_t kColumns = 7;
using Row = std::array<std::string, kColumns>;

double to_ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

std::string address_text(const std::optional<Endpoint>& endpoint) {
  return endpoint ? endpoint->to_string() : "-";
}

// The transport has a column of its own.
std::string without_transport(std::string uri) {
  const auto query = uri.find('?');
  if (query != uri.npos) uri.erase(query, std::min(uri.find(' '), uri.size()) - query);
  return uri;
}

Row to_row(const LegResult& leg, Verdict verdict) {
  const std::string binding = leg.binding_rtt ? fmt::format("{:.2f}", to_ms(*leg.binding_rtt)) : "-";
  Row row{leg.transport, std::string(to_string(verdict)), address_text(leg.relayed), binding, "-",
          "-",           without_transport(leg.uri)};
  if (const auto& traffic = leg.traffic) {
    row[4] = fmt::format("{:.2f}/{:.2f}", to_ms(traffic->rtt_median), to_ms(traffic->rtt_p99));
    row[5] = fmt::format("{}/{}", traffic->lost(), traffic->sent);
  }
  return row;
}

// What the table has no column for.
std::string note(const LegResult& leg) {
  std::string text;
  for (const std::string& server : leg.sent_to)
    text += fmt::format("{}: sent to another server by a 300: {}\n", leg.uri, server);
  if (!leg.error.empty()) text += fmt::format("{}: {}\n", leg.uri, leg.error);
  if (leg.traffic && leg.traffic->duplicated + leg.traffic->corrupt > 0) {
    text += fmt::format("{}: {} duplicated, {} corrupt\n", leg.uri, leg.traffic->duplicated,
                        leg.traffic->corrupt);
  }
  if (leg.seen_by_peer && leg.relayed && leg.seen_by_peer->address != leg.relayed->address) {
    text += fmt::format(
        "{}: the peer sees the relay at {}, but clients are told {}: relay.external may be wrong or "
        "missing\n",
        leg.uri, leg.seen_by_peer->to_string(), leg.relayed->to_string());
  }
  return text;
}

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::peers_refused: return "peers_refused";
    case Verdict::failed: break;
  }
  return "failed";
}

boost::json::value address_json(const std::optional<Endpoint>& endpoint) {
  return endpoint ? boost::json::value(endpoint->to_string()) : boost::json::value(nullptr);
}

boost::json::value traffic_json(const std::optional<TrafficSummary>& traffic) {
  if (!traffic) return nullptr;
  return {{"sent", traffic->sent},
          {"received", traffic->received},
          {"lost", traffic->lost()},
          {"duplicated", traffic->duplicated},
          {"corrupt", traffic->corrupt},
          {"rtt_min_ms", to_ms(traffic->rtt_min)},
          {"rtt_median_ms", to_ms(traffic->rtt_median)},
          {"rtt_p99_ms", to_ms(traffic->rtt_p99)},
          {"bits_per_second", traffic->bits_per_second}};
}

boost::json::value leg_json(const LegResult& leg, Verdict verdict) {
  return {{"uri", leg.uri},
          {"transport", leg.transport},
          {"ok", verdict != Verdict::failed},
          {"verdict", name_of(verdict)},
          {"error", leg.error.empty() ? boost::json::value(nullptr) : boost::json::value(leg.error)},
          {"mapped_address", address_json(leg.mapped)},
          {"sent_to", boost::json::array(leg.sent_to.begin(), leg.sent_to.end())},
          {"relayed_address", address_json(leg.relayed)},
          {"address_seen_by_peer", address_json(leg.seen_by_peer)},
          {"binding_rtt_ms",
           leg.binding_rtt ? boost::json::value(to_ms(*leg.binding_rtt)) : boost::json::value(nullptr)},
          {"traffic", traffic_json(leg.traffic)}};
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::peers_refused: return "allocated";
    case Verdict::failed: break;
  }
  return "FAILED";
}

Verdict Findings::verdict(const LegResult& leg) const {
  if (leg.peers_refused && !has_named_peer) return Verdict::peers_refused;
  if (!leg.error.empty()) return Verdict::failed;
  const auto& traffic = leg.traffic;
  const bool is_good = !traffic || (traffic->corrupt == 0 && traffic->received > 0 &&
                                    100.0 * traffic->lost() <= loss_max_percent * traffic->sent);
  return is_good ? Verdict::ok : Verdict::failed;
}

bool Findings::is_good() const {
  return !legs.empty() &&
         std::ranges::none_of(legs, [this](const auto& leg) { return verdict(leg) == Verdict::failed; });
}

std::string to_table(const Findings& findings) {
  std::vector<Row> rows{{"", "verdict", "relay", "bind ms", "rtt ms/p99", "lost", "server"}};
  std::string notes;
  for (const LegResult& leg : findings.legs) {
    rows.push_back(to_row(leg, findings.verdict(leg)));
    notes += note(leg);
  }
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < kColumns; ++i) line += fmt::format("{:<{}}  ", row[i], widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  text += notes;
  for (const std::string& line : findings.untested) text += fmt::format("not tested: {}\n", line);
  return text;
}

std::string to_json(const Findings& findings) {
  boost::json::array legs;
  for (const LegResult& leg : findings.legs) legs.push_back(leg_json(leg, findings.verdict(leg)));
  return boost::json::serialize(boost::json::value{
      {"ok", findings.is_good()},
      {"legs", std::move(legs)},
      {"untested", boost::json::array(findings.untested.begin(), findings.untested.end())}});
}

}  // namespace turnpike::probe
