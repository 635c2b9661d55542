// The course of events.
#include "world.hpp"

#include <fmt/format.h>

namespace turnpike::sim {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kStepsBetweenAudits = 4000;

}  // namespace

World::World(const WorldOptions& options)
    : options_(options),
      dice_(options.seed),
      network_(options.weather, timeline_, dice_),
      site_(options.site, geography_, timeline_, dice_, referee_, exits()),
      crowd_(options.clients, site_, network_, timeline_, dice_, referee_),
      peers_(site_, crowd_, network_, timeline_, dice_, referee_),
      strangers_(site_, crowd_, network_, timeline_, dice_) {}

Site::Exits World::exits() {
  return {
      .heard =
          [this](const relay::Client& client, const Parcel& parcel) {
            trace_.add(parcel.bytes);
            strangers_.overhear(client.tuple, parcel.bytes);
          },
      .to_client =
          [this](const relay::Client& client, const Parcel& parcel) {
            trace_.add(parcel.bytes);
            if (!is_stream(client.tuple.transport)) return crowd_.on_datagram(client.tuple, parcel);
            // Bytes of a stream bear no mark: a damaged datagram, which may have gone astray, ends here.
            if (!parcel.damaged) crowd_.on_stream_bytes(client.ref.path, parcel.bytes);
          },
      .to_peer =
          [this](const Endpoint& relay, const Endpoint& peer, const Parcel& parcel) {
            trace_.add(parcel.bytes);
            peers_.carry(relay, peer, parcel);
          },
      .close_stream = [this](std::uint32_t path) { crowd_.on_stream_end(path); },
      .allocation_ended = [this](const turn::AllocationEnded& effect) { crowd_.on_allocation_ended(effect); },
  };
}

void World::repeat(Duration every, std::function<void()> act) {
  timeline_.after(dice_.between({}, 2 * every), [this, every, act = std::move(act)] {
    if (ending_) return;
    act();
    repeat(every, act);
  });
}

void World::schedule_events() {
  repeat(milliseconds(8), [this] { peers_.write(); });
  repeat(milliseconds(100), [this] { strangers_.act(); });
  repeat(seconds(20), [this] { site_.change_rules(); });
  repeat(seconds(40), [this] { site_.change_passwords(); });
  repeat(seconds(60), [this] { site_.change_addresses(); });
  repeat(seconds(10), [this] { site_.revoke(crowd_.user_to_revoke()); });
  repeat(seconds(120), [this] { site_.restart(); });
  repeat(seconds(100), [this] { timeline_.leap(dice_.between({}, seconds(20))); });
  // Once, so long that permissions and most allocations end before anybody can renew them. A short leap was
  // due meanwhile and comes on top.
  timeline_.after(options_.duration * 2 / 3, [this] {
    timeline_.leap(seconds(310));
    crowd_.excuse_for(seconds(10));
  });
}

bool World::step(TimePoint end) {
  if (!referee_.holds() || steps_ >= options_.steps_max || !timeline_.step(end)) return false;
  trace_.add(static_cast<std::uint64_t>(timeline_.now().time_since_epoch().count()));
  site_.check_sums();
  if (++steps_ % kStepsBetweenAudits == 0) site_.check_all();
  return true;
}

void World::run() {
  crowd_.begin();
  schedule_events();
  const TimePoint end = timeline_.now() + options_.duration;
  while (step(end)) {
  }
  if (referee_.holds() && steps_ < options_.steps_max) wind_down();
}

// Lifetimes and reservations are at most 900 s; nothing renews them any more.
void World::wind_down() {
  ending_ = true;
  crowd_.stop();
  const TimePoint end = timeline_.now() + seconds(1000);
  while (step(end)) {
  }
  if (referee_.holds() && steps_ < options_.steps_max) site_.check_empty();
}

std::string World::report() const {
  if (referee_.holds()) return {};
  return fmt::format("{}\nin step {} of seed {}; replay with TURNPIKE_SIM_SEED={} TURNPIKE_SIM_STEPS={}",
                     referee_.first_violation(), steps_, options_.seed, options_.seed, steps_ + 1);
}

}  // namespace turnpike::sim
