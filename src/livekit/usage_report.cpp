#include "turnpike/livekit/usage_report.hpp"

#include <algorithm>
#include <boost/json.hpp>

namespace turnpike::livekit {
namespace {

void add_usage(boost::json::object& out, const Usage& usage, TimePoint now) {
  const relay::Traffic& traffic = usage.traffic;
  out["allocations"] = usage.allocations;
  out["allocations_total"] = usage.allocations_total;
  out["seconds"] = std::chrono::duration_cast<std::chrono::seconds>(now - std::min(usage.since, now)).count();
  out["packets_from_client"] = traffic.packets_from_client;
  out["bytes_from_client"] = traffic.bytes_from_client;
  out["packets_to_client"] = traffic.packets_to_client;
  out["bytes_to_client"] = traffic.bytes_to_client;
  out["packets_dropped"] = traffic.packets_dropped;
  out["bits_per_second"] = usage.bits_per_second;
}

boost::json::array to_json(const std::vector<ParticipantUsage>& participants, TimePoint now) {
  boost::json::array list;
  for (const ParticipantUsage& each : participants) {
    boost::json::object& out = list.emplace_back(boost::json::object{{"user", each.user_id}}).get_object();
    if (!each.identity.empty()) out["identity"] = each.identity;
    boost::json::array& transports = out["transports"].emplace_array();
    for (const Transport transport : each.transports) transports.emplace_back(to_string(transport));
    add_usage(out, each.usage, now);
  }
  return list;
}

}  // namespace

Usage& Usage::operator+=(const Usage& other) {
  allocations += other.allocations;
  allocations_total += other.allocations_total;
  since = std::min(since, other.since);
  traffic += other.traffic;
  bits_per_second += other.bits_per_second;
  return *this;
}

std::string usage_json(const UsageView& view, TimePoint now) {
  boost::json::array rooms;
  for (const RoomUsage& room : view.rooms) {
    boost::json::object& out = rooms.emplace_back(boost::json::object{{"name", room.name}}).get_object();
    out["participants_left"] = room.participants_left;
    add_usage(out, room.usage, now);
    out["participants"] = to_json(room.participants, now);
  }
  return boost::json::serialize(
             boost::json::object{{"rooms", std::move(rooms)}, {"others", to_json(view.others, now)}}) +
         "\n";
}

}  // namespace turnpike::livekit
