#include "turnpike/worker/worker_log.hpp"

#include <fmt/format.h>

#include "turnpike/relay/allocation_id.hpp"

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

// What every client goes through once is for those who debug; what the server should have, and has not, is
// the operator's business.
log::Event event_of(const turn::Refusal& refusal) {
  switch (refusal.cause) {
    case turn::Cause::no_credentials:
    case turn::Cause::stale_nonce:
    case turn::Cause::foreign_nonce: return log::Event::request_challenged;
    case turn::Cause::no_free_port: return log::Event::request_refused;   // log_exhausted() warns of it
    case turn::Cause::visitors_full: return log::Event::request_refused;  // others have their places
    default: break;
  }
  switch (refusal.code()) {
    case stun::ErrorCode::server_error:
    case stun::ErrorCode::insufficient_capacity: return log::Event::request_failed;
    default: return log::Event::request_refused;
  }
}

// For a host that has an SFU as well.
std::string allow_hint(const IpAddress& own) {
  return own.is_v4() ? fmt::format("peers.allow: [{}:PORTS]", own.to_string())
                     : fmt::format("peers.allow: [\"[{}]:PORTS\"]", own.to_string());
}

}  // namespace

void add_traffic(std::vector<log::Field>& fields, const relay::Traffic& traffic) {
  fields.push_back({"packets_from_client", number(traffic.packets_from_client)});
  fields.push_back({"bytes_from_client", number(traffic.bytes_from_client)});
  fields.push_back({"packets_to_client", number(traffic.packets_to_client)});
  fields.push_back({"bytes_to_client", number(traffic.bytes_to_client)});
  fields.push_back({"packets_dropped", number(traffic.packets_dropped)});
}

void log_started(const turn::AllocationStarted& started) {
  log::write(log::Event::allocation_started, {{"allocation", relay::to_text(started.allocation)},
                                              {"client", client_text(started.client)},
                                              {"server", started.client.tuple.server.to_string()},
                                              {"user", started.user_id},
                                              {"relayed", texts(started.relayed)},
                                              {"lifetime_s", number(started.lifetime_s)}});
}

void log_ended(const turn::AllocationEnded& ended, const relay::Traffic& traffic) {
  std::vector<log::Field> fields = {{"allocation", relay::to_text(ended.allocation)},
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
  const turn::Refusal& refusal = refused.refusal;
  const std::string_view cause = to_string(refusal.cause);
  const log::Event event = event_of(refusal);
  const bool is_proven = refused.user_is_proven;
  if (refusal.cause == turn::Cause::wrong_integrity)
    log::count(log::Event::passwords_guessed, refused.client.tuple.client.address);
  const log::Concerned concerned{is_proven ? std::string_view(refused.user) : "",
                                 refused.client.tuple.client.address};
  if (!log::is_new(event, cause, concerned)) return;
  std::vector<log::Field> fields = {{"client", client_text(refused.client)}};
  if (!refused.user.empty()) fields.push_back({"user", refused.user});
  fields.push_back({"method", number(static_cast<std::uint64_t>(refused.method))});
  fields.push_back({"code", number(static_cast<std::uint64_t>(refusal.code()))});
  fields.push_back({"cause", std::string(cause)});
  if (refusal.peer) fields.push_back({"peer", refusal.peer->to_string()});
  if (refusal.rule) fields.push_back({"rule", refusal.rule->to_string()});
  if (refusal.detour) fields.push_back({"alternate", refusal.detour->first.to_string()});
  if (refusal.error) fields.push_back({"error", refusal.error.message()});
  if (refusal.cause == turn::Cause::peer_is_this_host) fields.push_back({"hint", allow_hint(*refusal.peer)});
  log::write(event, fields);
}

void log_exhausted(std::size_t ports) {
  log::write(log::Event::relay_ports_exhausted,
             {{"cause", std::string(to_string(turn::Cause::no_free_port))},
              {"ports", number(ports)},
              {"hint", std::string("clients are refused until others leave: widen relay.ports")}});
}

}  // namespace turnpike::worker
