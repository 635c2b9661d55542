#include "turnpike/node/fleet_quotas.hpp"

#include <utility>

#include "turnpike/net/clock.hpp"

namespace turnpike::node {
namespace {

namespace asio = boost::asio;

SharedQuotas::Ends ends_by(worker::WorkerPool& workers, asio::io_context& context) {
  return {[&workers, &context](GivenBack given_back) {
            asio::co_spawn(
                context,
                workers.end_latest(std::move(given_back.user_id), given_back.places, given_back.since),
                asio::detached);
          },
          [&workers, &context](std::string user_id, std::uint32_t places) {
            asio::co_spawn(context, workers.end_silent_of(std::move(user_id), places), asio::detached);
          }};
}

}  // namespace

QuotaLimits quota_limits(const config::LimitsConfig& limits) {
  return {limits.allocations_per_user, limits.allocations_per_shared_user, limits.bytes_per_second_per_user,
          limits.bytes_per_second_per_room};
}

FleetQuotas::FleetQuotas(asio::io_context& context, FleetService& service, worker::WorkerPool& workers,
                         SharedQuotas::Rooms rooms, const config::LimitsConfig& limits)
    : quotas_([&service]() -> fleet::Fleet& { return service.fleet(); }, workers.ledger(), workers.meters(),
              std::move(rooms), ends_by(workers, context), quota_limits(limits)) {
  service.on_tick([this](const Now& now) { quotas_.tick(now); });
  service.on_renewed([this] { quotas_.renew(); });
  workers.make_room_elsewhere(
      [this](const std::string& user_id, std::uint32_t places, std::function<void()> done) {
        quotas_.make_room(user_id, places, std::move(done), net::read_clock().monotonic);
      });
}

}  // namespace turnpike::node
