#include "turnpike/worker/engine_report.hpp"

#include <boost/json.hpp>
#include <utility>

namespace turnpike::worker {
namespace {

const char* to_string(kernel::EngineSetting setting) {
  constexpr const char* kNames[] = {"auto", "kernel", "sockets"};
  return kNames[static_cast<std::size_t>(setting)];
}

// Those that happened.
boost::json::object to_json(const std::vector<kernel::EventCount>& events) {
  boost::json::object object;
  for (const auto& [name, count] : events) {
    if (count != 0) object[name] = count;
  }
  return object;
}

}  // namespace

std::string engine_json(const EngineReport& report) {
  boost::json::object object{{"setting", to_string(report.setting)}, {"kernel", report.obstacle.empty()}};
  if (!report.obstacle.empty()) object["reason"] = report.obstacle;
  object["flows"] = report.flows;
  object["added"] = report.admissions.added;
  boost::json::object& not_added = object["not_added"].emplace_object();
  for (std::size_t kind = 0; kind < kernel::kNoFlowKinds; ++kind) {
    const std::uint64_t count = report.admissions.not_added[kind];
    if (count != 0) not_added[kernel::to_string(static_cast<kernel::NoFlow>(kind))] = count;
  }
  object["packets"] = to_json(report.packets);
  boost::json::array& list = object["interfaces"].emplace_array();
  for (const auto& [name, choice, packets] : report.interfaces) {
    boost::json::object each{{"name", name},
                             {"index", choice.interface},
                             {"engine", kernel::to_string(choice.engine)},
                             {"reason", choice.reason}};
    if (packets) each["packets"] = to_json(*packets);
    list.push_back(std::move(each));
  }
  return boost::json::serialize(object) + "\n";
}

}  // namespace turnpike::worker
