#include "turnpike/log/event.hpp"

#include <algorithm>
#include <iterator>

namespace turnpike::log {
namespace {

constexpr EventKind kEvents[] = {
    {Event::started,
     "started",
     Level::info,
     {"version", "configuration", "listeners", "relay_addresses", "relay_ports", "engine", "workers",
      "allocations_max", "connections_max", "descriptors_max"}},
    {Event::stopping, "stopping", Level::info, {"signal"}},
    {Event::draining, "draining", Level::info, {"signal"}},
    {Event::stopped, "stopped", Level::info, {}},
    {Event::reloaded, "reloaded", Level::info, {}},
    {Event::reload_refused, "reload_refused", Level::error, {"reason"}},
    {Event::restart_needed, "restart_needed", Level::warning, {"reason", "keys"}},
    {Event::configuration, "configuration", Level::warning, {"warning"}},
    {Event::no_credentials, "no_credentials", Level::warning, {"effect"}},
    {Event::relay_on_loopback, "relay_on_loopback", Level::warning, {"reason"}},
    {Event::relay_address_is_private, "relay_address_is_private", Level::warning, {"address", "hint"}},
    {Event::relay_addresses, "relay_addresses", Level::info, {"relay_addresses"}},
    {Event::no_relay_address, "no_relay_address", Level::warning, {"reason"}},
    {Event::host_not_watched, "host_not_watched", Level::warning, {"reason"}},
    {Event::name_found, "name_found", Level::info, {"name", "addresses"}},
    {Event::name_not_found, "name_not_found", Level::warning, {"name", "reason"}},
    {Event::external_found, "external_found", Level::info, {"address", "external"}},
    {Event::external_gone, "external_gone", Level::info, {"address", "external"}},
    {Event::external_not_found, "external_not_found", Level::warning, {"reason"}},
    {Event::certificate_taken, "certificate_taken", Level::info, {"certificate", "names", "expires"}},
    {Event::certificate_refused, "certificate_refused", Level::warning, {"reason"}},
    {Event::relay_ports_exhausted, "relay_ports_exhausted", Level::warning, {"cause", "ports", "hint"}},
    {Event::listener_left_out, "listener_left_out", Level::warning, {"key", "address", "reason"}},
    {Event::listeners_changed, "listeners_changed", Level::info, {"opened", "closed"}},
    {Event::listener_not_watched, "listener_not_watched", Level::warning, {"listener", "reason"}},
    {Event::control_left_out, "control_left_out", Level::warning, {"key", "address", "reason"}},
    {Event::control_socket, "control_socket", Level::info, {"address", "reason"}},
    {Event::control_fault, "control_fault", Level::warning, {"where", "reason"}},
    {Event::http_fault, "http_fault", Level::warning, {"where", "reason"}},
    {Event::challenge_failed, "challenge_failed", Level::warning, {"from", "token", "cause"}},
    {Event::passthrough_failed, "passthrough_failed", Level::warning, {"server", "from", "cause", "reason"}},
    {Event::administration,
     "administration",
     Level::info,
     {"action", "user", "room", "allocation", "allocations", "seconds", "log_level", "node", "by"}},
    {Event::relay_engine, "relay_engine", Level::info, {"interface", "engine", "reason"}},
    {Event::relay_engine_lost, "relay_engine", Level::warning, {"interface", "engine", "reason"}},
    {Event::relay_engine_served, "relay_engine_served", Level::info, {"interface", "packets"}},
    {Event::relay_engine_ended, "relay_engine_ended", Level::info, {"packets"}},
    {Event::privileges_kept, "privileges_kept", Level::warning, {}},
    {Event::workers_are_late, "workers_are_late", Level::warning, {"question"}},
    {Event::worker_failed, "worker_failed", Level::error, {"worker", "step", "reason"}},
    {Event::allocation_started,
     "allocation_started",
     Level::info,
     {"allocation", "client", "server", "user", "relayed", "lifetime_s"}},
    {Event::allocation_ended,
     "allocation_ended",
     Level::info,
     {"allocation", "client", "user", "relayed", "peers", "peers_total", "packets_from_client",
      "bytes_from_client", "packets_to_client", "bytes_to_client", "packets_dropped", "duration_s",
      "reason"}},
    {Event::request_challenged,
     "request_refused",
     Level::debug,
     {"client", "user", "method", "code", "cause", "peer", "rule", "alternate", "error", "hint"}},
    {Event::request_refused,
     "request_refused",
     Level::info,
     {"client", "user", "method", "code", "cause", "peer", "rule", "alternate", "error", "hint"}},
    {Event::request_failed,
     "request_refused",
     Level::warning,
     {"client", "user", "method", "code", "cause", "peer", "rule", "alternate", "error", "hint"}},
    {Event::passwords_guessed, "passwords_guessed", Level::warning, {"from", "count", "seconds"}},
    {Event::connection_refused, "connection_refused", Level::info, {"from", "server", "cause", "reason"}},
    {Event::connection_not_served,
     "connection_refused",
     Level::warning,
     {"from", "server", "cause", "reason"}},
    {Event::connection_lost, "connection_failed", Level::debug, {"from", "server", "cause", "reason"}},
    {Event::connection_failed, "connection_failed", Level::info, {"from", "server", "cause", "reason"}},
    {Event::connection_given_up, "connection_failed", Level::warning, {"from", "server", "cause", "reason"}},
    {Event::tls_handshake_left, "tls_handshake_failed", Level::debug, {"from", "server", "cause", "reason"}},
    {Event::tls_handshake_failed, "tls_handshake_failed", Level::info, {"from", "server", "cause", "reason"}},
    {Event::proxy_header_left, "proxy_header_refused", Level::debug, {"from", "server", "cause"}},
    {Event::proxy_header_refused, "proxy_header_refused", Level::info, {"from", "server", "cause"}},
    {Event::webhook_refused, "webhook_refused", Level::info, {"from", "cause"}},
    {Event::tokens_guessed, "tokens_guessed", Level::warning, {"from", "count", "seconds"}},
    {Event::revoked, "revoked", Level::info, {"webhook", "reason", "room", "participant", "allocations"}},
    {Event::participant_usage,
     "participant_usage",
     Level::info,
     {"room", "identity", "user", "allocations", "packets_from_client", "bytes_from_client",
      "packets_to_client", "bytes_to_client", "packets_dropped", "duration_s"}},
    {Event::room_usage,
     "room_usage",
     Level::info,
     {"room", "participants", "allocations", "packets_from_client", "bytes_from_client", "packets_to_client",
      "bytes_to_client", "packets_dropped", "duration_s"}},
    {Event::redis_connected, "redis_connected", Level::info, {"redis"}},
    {Event::redis_lost, "redis_lost", Level::warning, {"redis", "cause", "reason", "effect"}},
    {Event::redis_refuses, "redis_refuses", Level::warning, {"redis", "cause", "reason"}},
    {Event::node_came, "node_came", Level::info, {"node", "region", "version", "nodes"}},
    {Event::node_gone, "node_gone", Level::info, {"node", "reason", "nodes"}},
    {Event::fleet_records_refused, "fleet_records_refused", Level::warning, {"cause", "count"}},
    {Event::reconciliation_works, "reconciliation_works", Level::info, {"livekit", "rooms", "participants"}},
    {Event::reconciliation_fails, "reconciliation_fails", Level::warning, {"livekit", "reason", "effect"}},
    {Event::causes_repeated, "causes_repeated", Level::info, {"of", "cause", "count", "seconds"}},
    {Event::failures_repeated, "causes_repeated", Level::warning, {"of", "cause", "count", "seconds"}},
    {Event::aborted, "aborted", Level::error, {"exception", "reason", "place"}},
    {Event::log_lines_dropped, "log_lines_dropped", Level::warning, {"count"}},
};

constexpr bool is_in_the_order_of_the_enum() {
  for (std::size_t i = 0; i < std::size(kEvents); ++i) {
    if (kEvents[i].event != static_cast<Event>(i)) return false;
  }
  return true;
}
static_assert(is_in_the_order_of_the_enum());
static_assert(std::size(kEvents) == static_cast<std::size_t>(Event::log_lines_dropped) + 1);

}  // namespace

std::span<const EventKind> event_kinds() { return kEvents; }

const EventKind& kind_of(Event event) { return kEvents[static_cast<std::size_t>(event)]; }

bool fits(Event event, std::span<const Field> fields) {
  const std::span<const std::string_view> named = kind_of(event).fields;
  auto next = named.begin();
  for (const Field& field : fields) {
    next = std::find(next, named.end(), field.name);
    if (next == named.end() || field.name.empty()) return false;
    ++next;
  }
  return true;
}

}  // namespace turnpike::log
