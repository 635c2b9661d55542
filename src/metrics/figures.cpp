#include "turnpike/metrics/figures.hpp"

#include <algorithm>
#include <chrono>
#include <string>

#include "turnpike/base/add_up.hpp"
#include "turnpike/turn/cause.hpp"

namespace turnpike::metrics {
namespace {

using worker::Counters;
using worker::Direction;

constexpr std::array kTransports{Transport::udp, Transport::tcp, Transport::tls};  // that there are yet
constexpr std::array<std::string_view, 2> kDirections{"from_client", "to_client"};
constexpr std::array kEngines{kernel::Engine::xdp, kernel::Engine::tc, kernel::Engine::sockets};

constexpr std::array<std::pair<stun::Method, std::string_view>, 5> kMethods{{
    {stun::Method::binding, "binding"},
    {stun::Method::allocate, "allocate"},
    {stun::Method::refresh, "refresh"},
    {stun::Method::create_permission, "create_permission"},
    {stun::Method::channel_bind, "channel_bind"},
}};

std::string_view name_of(stun::Method method) {
  const auto found = std::ranges::find(kMethods, method, [](const auto& row) { return row.first; });
  return found == kMethods.end() ? "other" : found->second;
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

// As a label: the log has words.
std::string label_of(turn::EndReason reason) {
  std::string label(to_string(reason));
  std::ranges::replace(label, ' ', '_');
  return label;
}

void add_health(Page& page, const Figures& figures) {
  page.add(Metric::build_info, 1, {figures.version});
  page.add(Metric::ready, figures.obstacle.empty() ? 1 : 0);
  for (const std::string_view obstacle : kObstacles)
    page.add(Metric::obstacle, obstacle == figures.obstacle ? 1 : 0, {obstacle});
  page.add(Metric::workers_late, figures.workers_late);
  page.add(Metric::last_reload_successful, figures.reload_is_in_force ? 1 : 0);
}

void add_allocations(Page& page, const Figures& figures, const Counters& all) {
  for (const Transport transport : kTransports) {
    const std::uint64_t started = all.allocations_started.of(transport);
    page.add(Metric::allocations, started - all.allocations_ended.of(transport), {to_string(transport)});
    page.add(Metric::allocations_started, started, {to_string(transport)});
  }
  for (std::size_t i = 0; i < turn::kEndReasons; ++i) {
    const auto reason = static_cast<turn::EndReason>(i);
    page.add(Metric::allocations_ended, all.ends.of(reason), {label_of(reason)});
  }
  page.add(Metric::allocate_duration, all.allocates);
  page.add(Metric::participants, figures.relaying.participants);
  page.add(Metric::rooms, figures.relaying.rooms);
  page.add(Metric::barred_users, figures.barred);
}

void add_volume(Page& page, const worker::Volume& volume, Names labels) {
  page.add(Metric::relayed_packets, volume.packets, labels);
  page.add(Metric::relayed_bytes, volume.bytes, labels);
}

void add_traffic(Page& page, const Counters& all) {
  for (std::size_t direction = 0; direction < kDirections.size(); ++direction) {
    const std::string_view name = kDirections[direction];
    for (std::size_t i = 0; i < kTransports.size(); ++i)
      add_volume(page, all.sockets[direction][i], {name, to_string(kTransports[i]), "sockets"});
    add_volume(page, all.kernel[direction], {name, to_string(Transport::udp), "kernel"});
    page.add(Metric::queueing_duration, all.queueing[direction], {name});
  }
  for (std::size_t i = 1; i < relay::kDropReasons; ++i) {  // the first is none
    const auto reason = static_cast<relay::DropReason>(i);
    page.add(Metric::dropped_packets, all.drops.of(reason), {to_string(reason)});
  }
  page.add(Metric::dropped_requests, all.paths.requests_dropped);
  page.add(Metric::dropped_stream_frames, all.paths.stream_data_dropped);
  page.add(Metric::sent_datagrams, all.sends.sent);
  page.add(Metric::unsent_datagrams, all.sends.dropped);
  page.add(Metric::send_calls, all.sends.calls);
}

// Each method's successes are there from the start, so that a first one is an increase.
void add_requests(Page& page, const Counters& all) {
  auto answers = all.answers;
  for (const auto& [method, name] : kMethods) answers.try_emplace({method, 0}, 0);
  for (const auto& [answer, count] : answers)
    page.add(Metric::requests, count, {name_of(answer.method), std::to_string(answer.code)});
  page.add(Metric::refusals, all.refusals);
}

void add_relays(Page& page, const Figures& figures, const Counters& all) {
  const turn::PortCounts& ports = figures.ledger.ports;
  page.add(Metric::relay_ports, ports.leased, {"leased"});
  page.add(Metric::relay_ports, ports.resting, {"resting"});
  page.add(Metric::relay_ports, ports.free, {"free"});
  page.add(Metric::reserved_relay_ports, figures.ledger.reservations);
  page.add(Metric::relays_opened, all.relays_opened);
  page.add(Metric::relays_not_opened, all.relays_not_opened);
}

void add_connections(Page& page, const Figures& figures, const path::PathCounters& all) {
  page.add(Metric::connections, figures.connections.in_all - figures.connections.strangers, {"client"});
  page.add(Metric::connections, figures.connections.strangers, {"stranger"});
  page.add(Metric::connections_admitted, all.connections_admitted);
  page.add(Metric::connections_refused, all.connections_not_admitted);
  page.add(Metric::connections_closed, all.connections_closed);
  page.add(Metric::proxy_headers_refused, all.headers_refused);
  page.add(Metric::handshake_duration, all.handshakes);
  page.add(Metric::handshakes_failed, all.handshakes_failed);
  if (figures.certificate_expires_unix_s)
    page.add(Metric::certificate_expiry, *figures.certificate_expires_unix_s);
}

void add_web(Page& page, const Figures& figures, const path::PathCounters& all) {
  page.add(Metric::piped_connections, all.piped);
  for (const UpstreamFigures& each : figures.upstreams) {
    const std::string server = each.server.to_string();
    page.add(Metric::upstream_up, each.is_failing ? 0 : 1, {server});
    page.add(Metric::upstream_answers, each.answers, {server});
    for (std::size_t i = 0; i < http::kUpstreamFailures; ++i) {
      const auto failure = static_cast<http::UpstreamFailure>(i);
      page.add(Metric::upstream_failures, each.failures.of(failure), {server, to_string(failure)});
    }
  }
}

void add_workers(Page& page, const Figures& figures) {
  for (std::size_t worker = 0; worker < figures.workers.size(); ++worker) {
    const std::string number = std::to_string(worker);
    page.add(Metric::worker_working, seconds(figures.workers[worker].working), {number});
    page.add(Metric::worker_waiting, seconds(figures.workers[worker].waiting), {number});
  }
}

// Where the engine does not run all of it is 0.
void add_kernel(Page& page, const Figures& figures, const kernel::FlowAdmissions& admissions) {
  page.add(Metric::kernel_engine, figures.kernel ? 1 : 0);
  const KernelFigures kernel = figures.kernel.value_or(KernelFigures{});
  for (const kernel::Engine engine : kEngines) {
    const auto count = std::ranges::count_if(
        kernel.interfaces, [engine](const auto& each) { return each.choice.engine == engine; });
    page.add(Metric::kernel_interfaces, count, {to_string(engine)});
  }
  page.add(Metric::kernel_flows, kernel.flows);
  page.add(Metric::kernel_flows_added, admissions.added);
  for (std::size_t i = 0; i < kernel::kNoFlowKinds; ++i) {
    page.add(Metric::kernel_flows_not_added, admissions.not_added[i],
             {to_string(static_cast<kernel::NoFlow>(i))});
  }
  for (const std::string_view name : kernel::EventRows::names()) {
    const auto found = std::ranges::find(kernel.packets, name, &kernel::EventCount::name);
    page.add(Metric::kernel_packets, found == kernel.packets.end() ? 0 : found->count, {name});
  }
}

void add_livekit(Page& page, const livekit::ServiceCounters& livekit) {
  page.add(Metric::webhooks, livekit.webhooks_done, {"done"});
  page.add(Metric::webhooks, livekit.webhooks_late, {"late"});
  page.add(Metric::webhooks, livekit.webhooks_refused);
  page.add(Metric::token_exchanges, livekit.exchanges);
  page.add(Metric::reconciliations, livekit.reconciliations_done, {"done"});
  page.add(Metric::reconciliations, livekit.reconciliations_failed, {"failed"});
  page.add(Metric::last_reconciliation, livekit.reconciled_unix_s);
  page.add(Metric::reconciled_users, livekit.reconciled_users);
}

void add_fleet(Page& page, const FleetFigures& fleet) {
  page.add(Metric::redis_connected, fleet.is_connected ? 1 : 0);
  page.add(Metric::redis_connections, fleet.connections);
  for (std::size_t i = 0; i < redis::kCauses; ++i) {
    const auto cause = static_cast<redis::Cause>(i);
    page.add(Metric::redis_failures, fleet.failures.of(cause), {redis::name(cause)});
  }
  page.add(Metric::redis_outstanding, fleet.outstanding);
  page.add(Metric::fleet_nodes, fleet.nodes);
  page.add(Metric::fleet_words, fleet.words);
  page.add(Metric::fleet_records_refused, fleet.records_refused);
  page.add(Metric::fleet_reconciles, fleet.reconciles ? 1 : 0);
  page.add(Metric::fleet_users_elsewhere, fleet.users_elsewhere);
  page.add(Metric::fleet_limits_shared, fleet.users_sharing, {"users"});
  page.add(Metric::fleet_limits_shared, fleet.rooms_sharing, {"rooms"});
}

void add_check(Page& page, const Figures& figures) {
  page.add(Metric::check_credentials, figures.check);
  page.add(Metric::check_allocations, figures.ledger.places_of_visitors);
}

void add_process(Page& page, const Process& process) {
  page.add(Metric::process_cpu, process.cpu_s);
  page.add(Metric::process_resident_memory, process.resident_bytes);
  page.add(Metric::process_virtual_memory, process.virtual_bytes);
  page.add(Metric::process_open_fds, process.open_fds);
  page.add(Metric::process_max_fds, process.max_fds);
  page.add(Metric::process_threads, process.threads);
  page.add(Metric::process_start_time, process.started_unix_s);
}

}  // namespace

std::vector<UpstreamFigures> figures_of(std::span<const http::Upstream> upstreams) {
  std::vector<UpstreamFigures> figures;
  for (const http::Upstream& upstream : upstreams) {
    auto found = std::ranges::find(figures, upstream.rule.server, &UpstreamFigures::server);
    if (found == figures.end())
      found = figures.insert(found, UpstreamFigures{.server = upstream.rule.server});
    found->answers += upstream.health->answers;
    found->failures += upstream.health->failures;
    found->is_failing |= upstream.health->is_failing;
  }
  return figures;
}

Page page_of(const Figures& figures) {
  Counters all;
  for (const Counters& each : figures.workers) add_up(all, each);
  Page page;
  add_health(page, figures);
  add_allocations(page, figures, all);
  add_traffic(page, all);
  add_requests(page, all);
  add_relays(page, figures, all);
  add_connections(page, figures, all.paths);
  add_web(page, figures, all.paths);
  add_workers(page, figures);
  add_kernel(page, figures, all.flows);
  add_livekit(page, figures.livekit);
  if (figures.fleet) add_fleet(page, *figures.fleet);
  add_check(page, figures);
  add_process(page, figures.process);
  return page;
}

}  // namespace turnpike::metrics
