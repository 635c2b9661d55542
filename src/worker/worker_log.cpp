#include "turnpike/worker/worker_log.hpp"

#include <fmt/format.h>

namespace turnpike::worker {
namespace {

std::string client_text(const relay::Client& client) {
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

void add_traffic(std::vector<log::Field>& fields, const relay::Traffic& traffic) {
  fields.push_back({"packets_from_client", number(traffic.packets_from_client)});
  fields.push_back({"bytes_from_client", number(traffic.bytes_from_client)});
  fields.push_back({"packets_to_client", number(traffic.packets_to_client)});
  fields.push_back({"bytes_to_client", number(traffic.bytes_to_client)});
  fields.push_back({"packets_dropped", number(traffic.packets_dropped)});
}

void log_started(const turn::AllocationStarted& started) {
  log::write(log::Event::allocation_started, {{"allocation", fmt::format("{:x}", started.allocation)},
                                              {"client", client_text(started.client)},
                                              {"server", started.client.tuple.server.to_string()},
                                              {"user", started.user_id},
                                              {"relayed", texts(started.relayed)},
                                              {"lifetime_s", number(started.lifetime_s)}});
}

void log_ended(const turn::AllocationEnded& ended, const relay::Traffic& traffic) {
  std::vector<log::Field> fields = {{"allocation", fmt::format("{:x}", ended.allocation)},
                                    {"client", client_text(ended.client)},
                                    {"user", ended.user_id},
                                    {"relayed", texts(ended.relayed)},
                                    {"peers", texts(ended.peers)},
                                    {"peers_total", number(ended.peers_total)}};
  add_traffic(fields, traffic);
  fields.push_back({"duration_s", number(ended.duration_s)});
  fields.push_back({"reason", std::string(to_string(ended.reason))});
  log::write(log::Event::allocation_ended, fields);
}

void log_refused(const turn::RequestRefused& refused) {
  if (!log::is_logged(log::Event::request_challenged)) return;
  log::write(log::Event::request_challenged,
             {{"client", client_text(refused.client)},
              {"method", number(static_cast<std::uint64_t>(refused.method))},
              {"code", number(static_cast<std::uint64_t>(refused.refusal.code()))},
              {"cause", std::string(to_string(refused.refusal.cause))}});
}

}  // namespace turnpike::worker
