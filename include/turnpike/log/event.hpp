// All events of the log in one table: name, level and fields of each.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "turnpike/log/options.hpp"

namespace turnpike::log {

// Names the events. Two events may share a name in the log and differ in level.
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
  relay_addresses,  // the server's relay addresses have changed
  no_relay_address,
  host_not_watched,
  name_found,  // a name in the configuration has resolved to these addresses
  name_not_found,
  external_found,  // a STUN server sees the relay address as this address
  external_gone,   // a STUN server sees the relay address itself, no longer another one
  external_not_found,
  certificate_taken,
  certificate_refused,
  relay_ports_exhausted,
  listener_left_out,
  listeners_changed,     // a reload has opened or closed listeners
  listener_not_watched,  // a worker cannot watch a new listener yet and will try again
  control_left_out,
  control_socket,  // the default control socket could not be opened, another one stands in
  control_fault,
  http_fault,
  challenge_failed,
  passthrough_failed,
  administration,  // somebody has changed something through the API
  relay_engine,
  relay_engine_lost,
  relay_engine_served,
  relay_engine_ended,
  privileges_kept,
  workers_are_late,
  worker_failed,
  allocation_started,
  allocation_ended,
  request_challenged,  // the first request of every client
  request_refused,
  request_failed,  // the server lacks something that it should have
  passwords_guessed,
  connection_refused,
  connection_not_served,  // refused because the server lacks something
  connection_lost,        // the connection ended in a way that is no fault
  connection_failed,      // the client has broken a rule
  connection_given_up,    // the server lacks something
  tls_handshake_left,     // the client left before the handshake
  tls_handshake_failed,
  proxy_header_left,  // the client left before the header
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
  failures_repeated,  // as causes_repeated, for events at the level of warnings
  aborted,
  log_lines_dropped,
};

// Most fields of one event.
inline constexpr std::size_t kFieldsMax = 16;

// Holds one row of the table.
struct EventKind {
  Event event;
  std::string_view name;
  Level level;
  // In the order in which a line has them. A line may leave fields out.
  std::string_view fields[kFieldsMax];
};

// Holds one field of a line: a number, a text or a list.
struct Field {
  std::string_view name;
  std::variant<std::int64_t, std::string, std::vector<std::string>> value;
};

// Returns the whole table, in the order of the enum.
std::span<const EventKind> event_kinds();
const EventKind& kind_of(Event event);

// Returns whether the table lists all these fields for the event, in this order.
[[nodiscard]] bool fits(Event event, std::span<const Field> fields);

}  // namespace turnpike::log
