#include "turnpike/metrics/metric.hpp"

#include <array>

namespace turnpike::metrics {
namespace {

using enum Kind;

constexpr std::array<Description, kMetrics> kTable{{
    {Metric::build_info, gauge, "turnpike_build_info", "version", "Always 1."},
    {Metric::ready, gauge, "turnpike_ready", "",
     "1 while new clients are served, else 0: what /readyz says."},
    {Metric::obstacle, gauge, "turnpike_obstacle", "reason",
     "1 for the reason that /readyz gives while new clients are not served, else 0."},
    {Metric::workers_late, gauge, "turnpike_workers_late", "",
     "Workers that did not answer this scrape within a second; what they counted is as of the scrape "
     "before."},
    {Metric::last_reload_successful, gauge, "turnpike_config_last_reload_successful", "",
     "0 where the last reload was refused, else 1."},

    {Metric::allocations, gauge, "turnpike_allocations", "transport",
     "Allocations that live, by the transport of their clients."},
    {Metric::allocations_started, counter, "turnpike_allocations_started_total", "transport",
     "Allocations that were granted."},
    {Metric::allocations_ended, counter, "turnpike_allocations_ended_total", "reason",
     "Allocations that have ended, by why."},
    {Metric::allocate_duration, histogram, "turnpike_allocate_duration_seconds", "",
     "Time from reading an Allocate request to the allocation, of those that were granted."},
    {Metric::participants, gauge, "turnpike_participants", "",
     "Participants of LiveKit's rooms who have an allocation, as of ten seconds ago at most."},
    {Metric::rooms, gauge, "turnpike_rooms", "",
     "LiveKit's rooms whose participants have an allocation, as of ten seconds ago at most."},
    {Metric::barred_users, gauge, "turnpike_barred_participants", "",
     "Participants who have left or were removed and are refused until their credentials are old."},

    {Metric::relayed_packets, counter, "turnpike_relayed_packets_total", "direction,transport,engine",
     "Packets that were relayed, by direction, the client's transport, and what relayed them."},
    {Metric::relayed_bytes, counter, "turnpike_relayed_bytes_total", "direction,transport,engine",
     "Bytes of their payload."},
    {Metric::queueing_duration, histogram, "turnpike_queueing_duration_seconds", "direction",
     "Time from reading a batch of packets to sending them on, in the sockets engine, of one batch in 64."},
    {Metric::dropped_packets, counter, "turnpike_dropped_packets_total", "reason",
     "Packets that were not relayed, by why."},
    {Metric::dropped_requests, counter, "turnpike_dropped_requests_total", "",
     "Requests in datagrams that came faster than a worker answers."},
    {Metric::dropped_stream_frames, counter, "turnpike_dropped_stream_frames_total", "",
     "Packets for clients over TCP or TLS that do not read as fast as they are sent to."},
    {Metric::sent_datagrams, counter, "turnpike_sent_datagrams_total", "",
     "Datagrams that the kernel took from the sockets engine, responses included."},
    {Metric::unsent_datagrams, counter, "turnpike_unsent_datagrams_total", "",
     "Datagrams that the kernel refused: no buffer space, no route, too large."},
    {Metric::send_calls, counter, "turnpike_send_calls_total", "",
     "System calls that sent datagrams, many by one call."},

    {Metric::requests, counter, "turnpike_requests_total", "method,code",
     "Requests that were answered, by method and error code; code 0 is success."},
    {Metric::refusals, counter, "turnpike_refusals_total", "cause",
     "Requests that were refused, by cause; the first request of most clients is (no_credentials)."},

    {Metric::relay_ports, gauge, "turnpike_relay_ports", "state",
     "Ports of all relay addresses: leased, resting after use, or free."},
    {Metric::reserved_relay_ports, gauge, "turnpike_reserved_relay_ports", "",
     "Leased ports that are kept for whoever brings their token."},
    {Metric::relays_opened, counter, "turnpike_relays_opened_total", "", "Relay sockets that were opened."},
    {Metric::relays_not_opened, counter, "turnpike_relays_not_opened_total", "",
     "Relay sockets that the system did not give."},

    {Metric::connections, gauge, "turnpike_connections", "standing",
     "TCP and TLS connections of clients with an allocation, and of strangers, who have none."},
    {Metric::connections_admitted, counter, "turnpike_connections_admitted_total", "",
     "Connections that were let in."},
    {Metric::connections_refused, counter, "turnpike_connections_refused_total", "cause",
     "Connections that were closed at once, by cause."},
    {Metric::connections_closed, counter, "turnpike_connections_closed_total", "cause",
     "Connections that were let in and have ended, by cause."},
    {Metric::proxy_headers_refused, counter, "turnpike_proxy_headers_refused_total", "cause",
     "Connections of balancers that were closed for want of a PROXY header, by cause."},
    {Metric::handshake_duration, histogram, "turnpike_handshake_duration_seconds", "",
     "Time from accepting a connection to the end of its TLS handshake, of those that were completed."},
    {Metric::handshakes_failed, counter, "turnpike_handshakes_failed_total", "cause",
     "TLS handshakes that failed, by cause."},
    {Metric::certificate_expiry, gauge, "turnpike_certificate_expiry_timestamp_seconds", "",
     "When the first of the certificates that new TLS connections get expires, in Unix time; absent without "
     "TLS."},

    {Metric::piped_connections, gauge, "turnpike_piped_connections", "",
     "Connections that speak no TURN and are piped to who serves them."},
    {Metric::upstream_up, gauge, "turnpike_upstream_up", "upstream",
     "0 where the last request that was passed on to this server of http.upstream failed, else 1."},
    {Metric::upstream_answers, counter, "turnpike_upstream_answers_total", "upstream",
     "Requests that were passed on and answered."},
    {Metric::upstream_failures, counter, "turnpike_upstream_failures_total", "upstream,cause",
     "Requests that were passed on and not answered, or not to the end, by cause."},

    {Metric::worker_working, counter, "turnpike_worker_working_seconds_total", "worker",
     "Time that a worker has worked; the rest of its time it waited for something to do."},
    {Metric::worker_waiting, counter, "turnpike_worker_waiting_seconds_total", "worker",
     "Time that a worker has waited for something to do."},

    {Metric::kernel_engine, gauge, "turnpike_kernel_engine", "", "1 where the kernel engine runs, else 0."},
    {Metric::kernel_interfaces, gauge, "turnpike_kernel_interfaces", "engine",
     "Network interfaces by what relays there: XDP, tc or the sockets."},
    {Metric::kernel_flows, gauge, "turnpike_kernel_flows", "",
     "Directions of channels that the kernel relays."},
    {Metric::kernel_flows_added, counter, "turnpike_kernel_flows_added_total", "",
     "Directions of channels that the kernel was given."},
    {Metric::kernel_flows_not_added, counter, "turnpike_kernel_flows_not_added_total", "cause",
     "Directions of channels that were left to the sockets, by cause."},
    {Metric::kernel_packets, counter, "turnpike_kernel_packets_total", "event",
     "What became of packets that the kernel engine's program saw; all but relayed went on to the sockets or "
     "were dropped."},

    {Metric::webhooks, counter, "turnpike_webhooks_total", "result",
     "Webhooks of LiveKit: done, late (a worker was, and LiveKit sends it again), or why refused."},
    {Metric::token_exchanges, counter, "turnpike_token_exchanges_total", "result",
     "Access tokens that were shown to get credentials: granted, refused, or limited."},
    {Metric::reconciliations, counter, "turnpike_reconciliations_total", "result",
     "Times that LiveKit was asked who is there: done, or failed."},
    {Metric::last_reconciliation, gauge, "turnpike_last_reconciliation_timestamp_seconds", "",
     "When LiveKit last told who is there, in Unix time; 0: never."},
    {Metric::reconciled_users, counter, "turnpike_reconciled_users_total", "",
     "Users whose allocations were ended because LiveKit no longer knows them."},

    {Metric::redis_connected, gauge, "turnpike_redis_connected", "",
     "1 while there is a connection to the fleet's Redis, else 0; absent, as all of the fleet, where none is "
     "configured."},
    {Metric::redis_connections, counter, "turnpike_redis_connections_total", "",
     "Connections to it that there were."},
    {Metric::redis_failures, counter, "turnpike_redis_failures_total", "cause",
     "Connections to it that were lost, attempts that failed and writes that it refused, by cause."},
    {Metric::redis_outstanding, gauge, "turnpike_redis_commands_outstanding", "",
     "Commands that it has not answered yet, and those that wait to be sent."},
    {Metric::fleet_nodes, gauge, "turnpike_fleet_nodes", "",
     "Live nodes of the fleet as this one knows them, itself included."},
    {Metric::fleet_words, gauge, "turnpike_fleet_words", "",
     "Users about whom the fleet remembers that they are barred, or were."},
    {Metric::fleet_records_refused, counter, "turnpike_fleet_records_refused_total", "cause",
     "Records in Redis that were passed over, by cause."},
    {Metric::fleet_reconciles, gauge, "turnpike_fleet_reconciles", "",
     "1 where this node is the one that asks LiveKit who is there, else 0."},
    {Metric::fleet_users_elsewhere, gauge, "turnpike_fleet_users_elsewhere", "",
     "Users who hold allocations on other nodes of the fleet, as far as they are known here."},
    {Metric::fleet_limits_shared, gauge, "turnpike_fleet_limits_shared", "of",
     "Users, or rooms, who have a part of their byte limit here, for other nodes relay for them, too."},

    {Metric::check_credentials, counter, "turnpike_check_credentials_total", "result",
     "Credentials that the check page was asked for: granted, limited (enough at once), or refused (not by "
     "the "
     "page)."},
    {Metric::check_allocations, gauge, "turnpike_check_allocations", "",
     "Allocations that live of those who try out the server by its check page."},

    {Metric::process_cpu, counter, "process_cpu_seconds_total", "",
     "Processor time of the process, user and system."},
    {Metric::process_resident_memory, gauge, "process_resident_memory_bytes", "", "Memory that is resident."},
    {Metric::process_virtual_memory, gauge, "process_virtual_memory_bytes", "", "Memory that is mapped."},
    {Metric::process_open_fds, gauge, "process_open_fds", "",
     "Open descriptors: each relay and each connection is one."},
    {Metric::process_max_fds, gauge, "process_max_fds", "", "Most descriptors that may be open."},
    {Metric::process_threads, gauge, "process_threads", "", "Threads of the process."},
    {Metric::process_start_time, gauge, "process_start_time_seconds", "",
     "When the process started, in Unix time."},
}};

constexpr bool stand_in_order() {
  for (std::size_t i = 0; i < kTable.size(); ++i) {
    if (kTable[i].metric != static_cast<Metric>(i)) return false;
  }
  return true;
}
static_assert(stand_in_order());

}  // namespace

std::span<const Description> all_metrics() { return kTable; }

const Description& description_of(Metric metric) { return kTable[static_cast<std::size_t>(metric)]; }

}  // namespace turnpike::metrics
