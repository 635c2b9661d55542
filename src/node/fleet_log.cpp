#include "turnpike/node/fleet_log.hpp"

#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::node {
namespace {

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

}  // namespace

FleetLog::FleetLog(FleetService& service) : service_(service) {
  service.on_connected([this] { on_connected(); });
  service.on_lost([this](const redis::Failure& failure) { on_lost(failure); });
  service.on_refused([this](const redis::Failure& failure) { on_refused(failure); });
  service.on_tick([this](const Now& now) { on_tick(now.monotonic); });
}

bool FleetLog::is_news(redis::Cause cause, TimePoint now) {
  if (told_ && (told_->cause == cause || now - told_->when < kPause)) return false;
  told_ = {cause, now};
  return true;
}

void FleetLog::on_connected() {
  told_.reset();
  log::write(log::Event::redis_connected, {{"redis", service_.place()}});
}

void FleetLog::on_lost(const redis::Failure& failure) {
  if (!is_news(failure.cause, net::read_clock().monotonic)) return;
  log::write(log::Event::redis_lost,
             {{"redis", service_.place()},
              {"cause", std::string(name(failure.cause))},
              {"reason", failure.text()},
              {"effect", std::string("this server relays on, and shares nothing with others")}});
}

// It tells again when it is refused for another minute.
void FleetLog::on_refused(const redis::Failure& failure) {
  const TimePoint now = net::read_clock().monotonic;
  if (refused_at_ && now - *refused_at_ < kPause) return;
  refused_at_ = now;
  log::write(
      log::Event::redis_refuses,
      {{"redis", service_.place()}, {"cause", std::string(name(failure.cause))}, {"reason", failure.text()}});
}

void FleetLog::on_tick(TimePoint now) {
  fleet::Fleet& fleet = service_.fleet();
  for (const fleet::Passing& each : fleet.take_passings()) {
    const auto nodes = number(fleet.nodes());
    if (each.passage != fleet::Passage::came) {
      const bool has_left = each.passage == fleet::Passage::left;
      log::write(log::Event::node_gone, {{"node", each.node_id},
                                         {"reason", std::string(has_left ? "it has left" : "it is silent")},
                                         {"nodes", nodes}});
    } else if (const fleet::Member* member = fleet.members().find_live(each.node_id)) {
      log::write(log::Event::node_came, {{"node", each.node_id},
                                         {"region", member->record.region},
                                         {"version", member->record.version},
                                         {"nodes", nodes}});
    }
  }
  tell_of_records(now);
}

void FleetLog::tell_of_records(TimePoint now) {
  if (records_at_ && now - *records_at_ < kPause) return;
  const fleet::RecordFaults faults = service_.fleet().faults();
  for (std::size_t i = 0; i < fleet::kRecordFaults; ++i) {
    const auto fault = static_cast<fleet::RecordFault>(i);
    if (faults.of(fault) <= faults_.of(fault)) continue;
    log::write(log::Event::fleet_records_refused, {{"cause", std::string(to_string(fault))},
                                                   {"count", number(faults.of(fault) - faults_.of(fault))}});
    records_at_ = now;
  }
  faults_ = faults;
}

}  // namespace turnpike::node
