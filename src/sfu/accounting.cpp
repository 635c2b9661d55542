#include "turnpike/sfu/accounting.hpp"

#include <utility>

#include "turnpike/net/clock.hpp"
#include "turnpike/worker/worker_log.hpp"

namespace turnpike::sfu {
namespace {

namespace asio = boost::asio;

constexpr Duration kReadInterval = std::chrono::seconds(10);

void log_usage(log::Event event, std::vector<log::Field> fields, const livekit::Usage& usage) {
  fields.push_back({"allocations", std::int64_t{usage.allocations_total}});
  worker::add_traffic(fields, usage.traffic);
  const auto duration =
      std::chrono::duration_cast<std::chrono::seconds>(net::read_clock().monotonic - usage.since);
  fields.push_back({"duration_s", std::int64_t{duration.count()}});
  log::write(event, fields);
}

}  // namespace

Accounting::Accounting(const livekit::RoomRegistry& registry, const turn::Ledger& ledger,
                       relay::Meters& meters, ReadWorkers read_workers)
    : registry_(registry),
      ledger_(ledger),
      meters_(meters),
      read_workers_(std::move(read_workers)),
      book_([&registry](std::string_view user_id) { return registry.find(user_id); }) {}

std::vector<http::Route> Accounting::routes() {
  return {{"GET", "/rooms", [this](const http::Request&) { return answer(); }, 0, {}}};
}

asio::awaitable<void> Accounting::run() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    timer.expires_after(kReadInterval);
    co_await timer.async_wait(asio::use_awaitable);
    co_await read();
  }
}

asio::awaitable<void> Accounting::read() {
  co_await read_workers_();
  book_.settle(net::read_clock().monotonic);
  if (!meters_.limits_rooms()) co_return;
  for (const std::string& user_id : book_.relaying()) place(user_id);
}

asio::awaitable<http::Response> Accounting::answer() {
  co_await read();
  const TimePoint now = net::read_clock().monotonic;
  co_return http::Response{.content_type = "application/json",
                           .body = livekit::usage_json(book_.view(), now)};
}

// A meter that nobody has any more keeps its room until somebody else begins with it.
void Accounting::place(const std::string& user_id) {
  const relay::MeterId meter = meters_.limits_rooms() ? ledger_.meter_of(user_id) : 0;
  if (meter == 0) return;
  const auto membership = registry_.find(user_id);
  meters_.put_in_room(meter, room_numbers_.move(meter, membership ? membership->room_name : ""));
}

void Accounting::on_left(const std::string& user_id, const livekit::Membership& was) {
  place(user_id);
  const auto left = book_.close_participant(user_id, was);
  if (!left) return;
  log_usage(log::Event::participant_usage,
            {{"room", was.room_name}, {"identity", was.identity}, {"user", user_id}}, left->usage);
}

void Accounting::on_room_over(const std::string& name) {
  const auto over = book_.close_room(name);
  if (!over) return;
  log_usage(log::Event::room_usage, {{"room", name}, {"participants", std::int64_t{over->participants_left}}},
            over->usage);
}

}  // namespace turnpike::sfu
