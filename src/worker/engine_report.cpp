#include "turnpike/worker/engine_report.hpp"

#include <boost/json.hpp>

namespace turnpike::worker {
namespace {

const char* to_string(kernel::EngineSetting setting) {
  constexpr const char* kNames[] = {"auto", "kernel", "sockets"};
  return kNames[static_cast<std::size_t>(setting)];
}

}  // namespace

std::string engine_json(kernel::EngineSetting setting, const std::string& obstacle,
                        const std::vector<InterfaceEngine>& interfaces) {
  boost::json::object report{{"setting", to_string(setting)}, {"kernel", obstacle.empty()}};
  if (!obstacle.empty()) report["reason"] = obstacle;
  boost::json::array& list = report["interfaces"].emplace_array();
  for (const auto& [name, choice] : interfaces) {
    list.push_back({{"name", name},
                    {"index", choice.interface},
                    {"engine", kernel::to_string(choice.engine)},
                    {"reason", choice.reason}});
  }
  return boost::json::serialize(report) + "\n";
}

}  // namespace turnpike::worker
