// The table of all metrics: names, kinds, labels and help texts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace turnpike::metrics {

// The metrics, in the order of the page.
enum class Metric : std::uint8_t {
  build_info,
  ready,
  obstacle,
  workers_late,
  last_reload_successful,

  allocations,
  allocations_started,
  allocations_ended,
  allocate_duration,
  participants,
  rooms,
  barred_users,

  relayed_packets,
  relayed_bytes,
  queueing_duration,
  dropped_packets,
  dropped_requests,
  dropped_stream_frames,
  sent_datagrams,
  unsent_datagrams,
  send_calls,

  requests,
  refusals,

  relay_ports,
  reserved_relay_ports,
  relays_opened,
  relays_not_opened,

  connections,
  connections_admitted,
  connections_refused,
  connections_closed,
  proxy_headers_refused,
  handshake_duration,
  handshakes_failed,
  certificate_expiry,

  piped_connections,
  upstream_up,
  upstream_answers,
  upstream_failures,

  worker_working,
  worker_waiting,

  kernel_engine,
  kernel_interfaces,
  kernel_flows,
  kernel_flows_added,
  kernel_flows_not_added,
  kernel_packets,

  webhooks,
  token_exchanges,
  reconciliations,
  last_reconciliation,
  reconciled_users,

  redis_connected,
  redis_connections,
  redis_failures,
  redis_outstanding,
  fleet_nodes,
  fleet_words,
  fleet_records_refused,
  fleet_reconciles,
  fleet_users_elsewhere,
  fleet_limits_shared,

  check_credentials,
  check_allocations,

  process_cpu,
  process_resident_memory,
  process_virtual_memory,
  process_open_fds,
  process_max_fds,
  process_threads,
  process_start_time,
};
inline constexpr std::size_t kMetrics = static_cast<std::size_t>(Metric::process_start_time) + 1;

// The types of Prometheus that are used.
enum class Kind : std::uint8_t { counter, gauge, histogram };

// A row of the table.
struct Description {
  Metric metric;
  Kind kind;
  std::string_view name;  // with its unit, as Prometheus recommends
  // Label names, separated by commas. Each label takes few values, none of them chosen by a client.
  std::string_view labels;
  std::string_view help;
};

// Returns the table, in the order of the enum.
std::span<const Description> all_metrics();
// Returns the row of a metric.
const Description& description_of(Metric metric);

}  // namespace turnpike::metrics
