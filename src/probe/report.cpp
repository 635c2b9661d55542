// The probe's table and JSON.
#include "turnpike/probe/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace turnpike::probe {
namespace {

constexpr std::size_t kColumns = 9;
using Row = std::array<std::string, kColumns>;

double to_ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

std::string address_text(const std::optional<Endpoint>& endpoint) {
  return endpoint ? endpoint->to_string() : "-";
}

Row to_row(const LegResult& leg, double loss_max_percent) {
  const std::string verdict = leg.is_good(loss_max_percent) ? "ok" : "FAILED";
  const std::string binding = leg.binding_rtt ? fmt::format("{:.2f}", to_ms(*leg.binding_rtt)) : "-";
  Row row{leg.transport, leg.uri, address_text(leg.relayed), binding, "-", "-", "-", "-", verdict};
  if (const auto& traffic = leg.traffic) {
    row[4] = std::to_string(traffic->sent);
    row[5] = std::to_string(traffic->received);
    row[6] = std::to_string(traffic->lost());
    row[7] = fmt::format("{:.2f} / {:.2f} / {:.2f}", to_ms(traffic->rtt_min), to_ms(traffic->rtt_median),
                         to_ms(traffic->rtt_p99));
  }
  return row;
}

// What the table has no column for.
std::string note(const LegResult& leg) {
  std::string text;
  if (!leg.error.empty()) text += fmt::format("{}: {}\n", leg.uri, leg.error);
  if (leg.traffic && leg.traffic->duplicated + leg.traffic->corrupt > 0) {
    text += fmt::format("{}: {} duplicated, {} corrupt\n", leg.uri, leg.traffic->duplicated,
                        leg.traffic->corrupt);
  }
  return text;
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

boost::json::value leg_json(const LegResult& leg, double loss_max_percent) {
  return {{"uri", leg.uri},
          {"transport", leg.transport},
          {"ok", leg.is_good(loss_max_percent)},
          {"error", leg.error.empty() ? boost::json::value(nullptr) : boost::json::value(leg.error)},
          {"mapped_address", address_json(leg.mapped)},
          {"relayed_address", address_json(leg.relayed)},
          {"binding_rtt_ms",
           leg.binding_rtt ? boost::json::value(to_ms(*leg.binding_rtt)) : boost::json::value(nullptr)},
          {"traffic", traffic_json(leg.traffic)}};
}

}  // namespace

bool LegResult::is_good(double loss_max_percent) const {
  if (!error.empty()) return false;
  return !traffic || (traffic->corrupt == 0 && traffic->received > 0 &&
                      100.0 * traffic->lost() <= loss_max_percent * traffic->sent);
}

bool Findings::is_good() const {
  return !legs.empty() &&
         std::ranges::all_of(legs, [this](const LegResult& leg) { return leg.is_good(loss_max_percent); });
}

std::string to_table(const Findings& result) {
  std::vector<Row> rows{{"transport", "server", "allocated address", "binding ms", "sent", "received", "lost",
                         "rtt ms (min / median / p99)", ""}};
  std::string notes;
  for (const LegResult& leg : result.legs) {
    rows.push_back(to_row(leg, result.loss_max_percent));
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
  return text + notes;
}

std::string to_json(const Findings& result) {
  boost::json::array legs;
  for (const LegResult& leg : result.legs) legs.push_back(leg_json(leg, result.loss_max_percent));
  return boost::json::serialize(boost::json::value{{"ok", result.is_good()}, {"legs", std::move(legs)}});
}

}  // namespace turnpike::probe
