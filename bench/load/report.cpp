// The columns of the tables and the names of the JSON fields.
#include "load/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

namespace turnpike::bench {
namespace {

double us(std::int64_t ns) { return static_cast<double>(ns) * 1e-3; }
double per(double amount, std::uint64_t count) {
  return count == 0 ? 0 : amount / static_cast<double>(count);
}

double rate(const TrafficResult& r) { return static_cast<double>(r.relayed) / r.seconds; }
double megabits(const TrafficResult& r) { return static_cast<double>(r.relayed_bytes) * 8e-6 / r.seconds; }
double lost_percent(const TrafficResult& r) {
  return per(100.0 * static_cast<double>(r.totals.lost()), r.totals.sent);
}

std::string row(const TrafficResult& r) {
  const Totals& t = r.totals;
  const Histogram& h = r.latency;
  return fmt::format(
      "{:>9.0f} {:>8.1f} {:>8.3f} {:>5} {:>5} {:>5} {:>8.0f} {:>8.0f} {:>8.0f} {:>8.0f} {:>8.2f} {:>8.2f} "
      "{:>8.2f}",
      rate(r), megabits(r), lost_percent(r), t.duplicated, t.reordered, t.corrupt, us(h.quantile_ns(0.5)),
      us(h.quantile_ns(0.99)), us(h.quantile_ns(0.999)), us(h.max_ns()), per(us(r.used.server_ns), r.relayed),
      per(us(r.used.work_ns()), r.relayed), per(us(r.used.generator_ns), r.relayed));
}

std::string row(const AllocationsResult& r) {
  return fmt::format("{:>9} {:>9.0f} {:>7} {:>9.2f} {:>9.2f} {:>12.1f} {:>11.0f}", r.made,
                     static_cast<double>(r.made) / r.seconds, r.failed, us(r.latency.quantile_ns(0.5)) * 1e-3,
                     us(r.latency.quantile_ns(0.99)) * 1e-3, per(us(r.used.server_ns), r.made),
                     r.memory_bytes_each);
}

boost::json::object to_object(const Usage& used, double seconds) {
  boost::json::array cores;
  for (const std::int64_t busy_ns : used.core_busy_ns)
    cores.push_back(static_cast<double>(busy_ns) * 1e-9 / seconds);
  return {{"server_us", us(used.server_ns)},
          {"peer_us", us(used.peer_ns)},
          {"generator_us", us(used.generator_ns)},
          {"kernel_us", us(used.kernel_ns)},
          {"busy_us", us(used.busy_ns)},
          {"stolen_us", us(used.stolen_ns)},
          {"cores_busy", cores}};
}

void fill(boost::json::object& out, const TrafficResult& r) {
  const Totals& t = r.totals;
  out["sent"] = t.sent;
  out["received"] = t.received;
  out["lost"] = t.lost();
  out["duplicated"] = t.duplicated;
  out["reordered"] = t.reordered;
  out["corrupt"] = t.corrupt;
  out["refused"] = t.refused;
  out["late_frames"] = r.late_frames;
  out["relayed"] = r.relayed;
  out["relayed_per_s"] = rate(r);
  out["megabits_per_s"] = megabits(r);
  out["server_us_per_packet"] = per(us(r.used.server_ns), r.relayed);
  out["work_us_per_packet"] = per(us(r.used.work_ns()), r.relayed);
  out["generator_us_per_packet"] = per(us(r.used.generator_ns), r.relayed);
}

void fill(boost::json::object& out, const AllocationsResult& r) {
  out["allocations"] = r.made;
  out["failed"] = r.failed;
  out["allocations_per_s"] = static_cast<double>(r.made) / r.seconds;
  out["server_us_per_allocation"] = per(us(r.used.server_ns), r.made);
  out["memory_bytes_per_allocation"] = r.memory_bytes_each;
}

}  // namespace

std::string to_head(const Outcome& outcome) {
  if (std::holds_alternative<TrafficResult>(outcome)) {
    return fmt::format(
        "{:34}{:^17}{:^43}{:^26}\n{:<12} {:>9} {:>8} {:>8} {:>5} {:>5} {:>5} {:>8} {:>8} {:>8} {:>8} {:>8} "
        "{:>8} {:>8}",
        "", "packets", "latency, us", "CPU us a relayed packet", "scenario", "relayed/s", "Mbit/s", "lost %",
        "twice", "order", "bad", "p50", "p99", "p99.9", "max", "server", "all", "own");
  }
  return fmt::format("{:<12} {:>9} {:>9} {:>7} {:>9} {:>9} {:>12} {:>11}", "scenario", "made", "made/s",
                     "failed", "p50 ms", "p99 ms", "server us/1", "bytes/1");
}

std::string to_row(const Report& report) {
  return fmt::format("{:<12} {}", report.scenario,
                     std::visit([](const auto& result) { return row(result); }, report.outcome));
}

std::string to_warning(const Report& report) {
  const auto* result = std::get_if<TrafficResult>(&report.outcome);
  if (result == nullptr || result->totals.refused + result->late_frames == 0) return "";
  return fmt::format("{}: this host's own kernel refused {} packets, and {} frames left more than 1 ms late",
                     report.scenario, result->totals.refused, result->late_frames);
}

std::string to_json(const Report& report) {
  boost::json::object out{
      {"scenario", report.scenario}, {"target", report.target}, {"segment", report.segment}};
  std::visit(
      [&](const auto& result) {
        out["seconds"] = result.seconds;
        fill(out, result);
        const Histogram& h = result.latency;
        out["latency_us"] = {{"p50", us(h.quantile_ns(0.5))},  {"p90", us(h.quantile_ns(0.9))},
                             {"p99", us(h.quantile_ns(0.99))}, {"p99.9", us(h.quantile_ns(0.999))},
                             {"max", us(h.max_ns())},          {"count", h.count()}};
        out["usage"] = to_object(result.used, result.seconds);
      },
      report.outcome);
  return boost::json::serialize(out);
}

std::string to_json(const Usage& used, double seconds) {
  return boost::json::serialize(to_object(used, seconds));
}

}  // namespace turnpike::bench
