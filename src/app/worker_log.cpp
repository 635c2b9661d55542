#include "turnpike/app/worker_log.hpp"

#include <fmt/format.h>

#include "turnpike/app/log.hpp"

namespace turnpike::app {
namespace {

std::string client_text(const turn::Client& client) {
  return fmt::format("{}:{}", to_string(client.tuple.transport), client.tuple.client.to_string());
}

template <class List>
std::vector<std::string> texts(const List& list) {
  std::vector<std::string> result;
  for (const auto& each : list) result.push_back(each.to_string());
  return result;
}

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

void log_started(const turn::AllocationStarted& started) {
  log_event(LogLevel::info, "allocation_started",
            {{"allocation", fmt::format("{:x}", started.allocation)},
             {"client", client_text(started.client)},
             {"server", started.client.tuple.server.to_string()},
             {"user", started.user_id},
             {"relayed", texts(started.relayed)},
             {"lifetime_s", number(started.lifetime_s)}});
}

void log_ended(const turn::AllocationEnded& ended, const relay::Traffic& traffic) {
  log_event(LogLevel::info, "allocation_ended",
            {{"allocation", fmt::format("{:x}", ended.allocation)},
             {"client", client_text(ended.client)},
             {"user", ended.user_id},
             {"relayed", texts(ended.relayed)},
             {"peers", texts(ended.peers)},
             {"peers_total", number(ended.peers_total)},
             {"packets_from_client", number(traffic.packets_from_client)},
             {"bytes_from_client", number(traffic.bytes_from_client)},
             {"packets_to_client", number(traffic.packets_to_client)},
             {"bytes_to_client", number(traffic.bytes_to_client)},
             {"packets_dropped", number(traffic.packets_dropped)},
             {"duration_s", number(ended.duration_s)},
             {"reason", std::string(to_string(ended.reason))}});
}

void log_refused(const turn::RequestRefused& refused) {
  if (!is_logged(LogLevel::debug)) return;
  log_event(LogLevel::debug, "request_refused",
            {{"client", client_text(refused.client)}, {"method", number(refused.method)}, {"code", number(refused.code)}});
}

}  // namespace turnpike::app
