// Every event that the log tells, in one table: its name, its level, its fields.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "turnpike/log/options.hpp"

namespace turnpike::log {

enum class Event : std::uint8_t {
  started,
  stopping,
  draining,
  stopped,
  reloaded,
  reload_refused,
  restart_needed,
  configuration,
  no_credentials,
  relay_on_loopback,
  relay_address_is_private,
  relay_addresses,  // are others from now on
  no_relay_address,
  host_not_watched,
  name_found,  // has these addresses from now on
  name_not_found,
  external_found,  // others see the relay address as this one from now on
  external_gone,   // others see it as it is
  external_not_found,
  certificate_taken,
  certificate_refused,
  relay_ports_exhausted,
  listener_left_out,
  listeners_changed,     // by a reload
  listener_not_watched,  // yet
  control_left_out,
  control_socket,  // is not where it should be
  control_fault,
  http_fault,
  challenge_failed,
  passthrough_failed,
  administration,  // somebody has changed something by the API
  relay_engine,
  relay_engine_lost,
  relay_engine_served,
  relay_engine_ended,
  privileges_kept,
  workers_are_late,
  worker_failed,
  allocation_started,
  allocation_ended,
  request_challenged,  // as every first request of a client is
  request_refused,
  request_failed,  // for want of something that the server should have
  passwords_guessed,
  connection_refused,
  connection_not_served,  // refused for want of something that the server should have
  connection_lost,        // as connections are
  connection_failed,      // the client did what it should not
  connection_given_up,    // the server lacks something
  tls_handshake_left,     // before it began
  tls_handshake_failed,
  proxy_header_left,  // before it began
  proxy_header_refused,
  webhook_refused,
  tokens_guessed,
  revoked,
  participant_usage,
  room_usage,
  redis_connected,
  redis_lost,
  redis_refuses,
  node_came,
  node_gone,
  fleet_records_refused,
  reconciliation_works,
  reconciliation_fails,
  causes_repeated,
  failures_repeated,  // the same for events at the level of warnings
  aborted,
  log_lines_dropped,
};

inline constexpr std::size_t kFieldsMax = 16;

struct EventKind {
  Event event;
  std::string_view name;
  Level level;
  std::string_view fields[kFieldsMax];  // in the order in which a line has them; one may be missing in a line
};

struct Field {
  std::string_view name;
  std::variant<std::int64_t, std::string, std::vector<std::string>> value;
};

// The whole table, in the order of the enum.
std::span<const EventKind> event_kinds();
const EventKind& kind_of(Event event);

// Whether the table has each of these fields for the event, in this order.
[[nodiscard]] bool fits(Event event, std::span<const Field> fields);

}  // namespace turnpike::log
