// What a run has found, for whoever draws it.
#include <algorithm>
#include <boost/json.hpp>

#include "world.hpp"

namespace turnpike::scale {
namespace {

template <class Number>
boost::json::object quantiles(std::vector<Number> values) {
  std::ranges::sort(values);
  boost::json::object out{{"count", values.size()}};
  if (values.empty()) return out;
  for (const auto& [name, part] : {std::pair{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p999", 0.999}})
    out[name] = values[std::min(values.size() - 1,
                                static_cast<std::size_t>(part * static_cast<double>(values.size())))];
  out["max"] = values.back();
  return out;
}

boost::json::array json_of(const std::vector<Report::Moment>& of) {
  boost::json::array moments;
  for (const Report::Moment& each : of) {
    moments.push_back(boost::json::object{{"at_s", each.at_s},
                                          {"share_mean", each.share_mean},
                                          {"share_p99", each.share_p99},
                                          {"share_max", each.share_max},
                                          {"waiting", each.waiting},
                                          {"redirections", each.redirections},
                                          {"circles", each.circles},
                                          {"asked", each.asked},
                                          {"to_dead", each.to_dead},
                                          {"greedy_over", each.greedy_over},
                                          {"greedy_worst", each.greedy_worst},
                                          {"loud_over", each.loud_over},
                                          {"loud_worst", each.loud_worst},
                                          {"connected", each.connected},
                                          {"caught_up", each.caught_up},
                                          {"complete", each.complete}});
  }
  return moments;
}

boost::json::array json_of(const std::vector<StoreUse>& of) {
  boost::json::array use;
  for (const StoreUse& each : of) {
    use.push_back(boost::json::object{{"commands", each.commands},
                                      {"published", each.published},
                                      {"delivered", each.delivered},
                                      {"bytes_in", each.bytes_in},
                                      {"bytes_out", each.bytes_out},
                                      {"busy", each.busy_us / 1e6}});
  }
  return use;
}

}  // namespace

std::string World::to_json() {
  boost::json::array enforced;
  std::vector<double> connected, cut;
  for (const Report::Enforced& each : report_.enforced) {
    enforced.push_back(boost::json::array{each.said_s, each.after_ms, each.was_cut});
    (each.was_cut ? cut : connected).push_back(each.after_ms);
  }
  std::uint64_t refused_for_others = 0, given_back = 0;
  for (const auto& node : nodes_) {
    refused_for_others += node->refused_for_others();
    given_back += node->given_back();
  }
  const CrowdCounts& counts = crowd_.counts();
  std::vector<float> waits, all = crowd_.waits_s();
  std::vector<std::uint32_t> redirections = crowd_.redirections();
  const std::size_t first = std::min(waits_before_, all.size());
  waits.assign(all.begin() + static_cast<std::ptrdiff_t>(first), all.end());
  redirections.erase(redirections.begin(), redirections.begin() + static_cast<std::ptrdiff_t>(first));
  const boost::json::object out{
      {"scene", scene_.name},
      {"seed", scene_.seed},
      {"nodes", scene_.nodes},
      {"participants", crowd_.participants_count()},
      {"at_once", scene_.participants},
      {"capacity", scene_.capacity},
      {"high_water", scene_.high_water},
      {"begin_s", begin_s_},
      {"region_dies_at_s", scene_.region_dies_at_s},
      {"redis_away_at_s", scene_.redis_away_at_s},
      {"greedy_at_s", scene_.greedy == 0 ? -1 : scene_.greedy_at_s},
      {"loud_at_s", scene_.loud == 0 ? -1 : scene_.loud_at_s},
      {"words_before", scene_.words_before},
      {"people", people_},
      {"enforced_ms", quantiles(connected)},
      {"enforced_after_cut_ms", quantiles(cut)},
      {"enforced", std::move(enforced)},
      {"unenforced", report_.unenforced},
      {"barred_granted", counts.barred_granted},
      {"asked", counts.asked},
      {"served", counts.served},
      {"redirections", counts.redirections},
      {"circles", counts.circles},
      {"refused", counts.refused},
      {"silence", counts.silence},
      {"to_dead", counts.to_dead},
      {"waiting", crowd_.waiting()},
      {"waits_s", quantiles(waits)},
      {"redirections_of_one", quantiles(redirections)},
      {"refused_for_others", refused_for_others},
      {"given_back", given_back},
      {"redis_waits_ms", quantiles(store_.waits_ms())},
      {"redis_slow_answers", store_.slow_answers()},
      {"lost_for_slowness", report_.lost_for_slowness},
      {"redis_keys", store_.keys()},
      {"redis_bytes", store_.memory_bytes()},
      {"moments", json_of(report_.moments)},
      {"redis", json_of(store_.use())},
  };
  return boost::json::serialize(out);
}

}  // namespace turnpike::scale
