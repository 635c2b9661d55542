#include "turnpike/node/fleet_service.hpp"

#include <utility>

#include "turnpike/net/clock.hpp"
#include "turnpike/node/settings.hpp"

namespace turnpike::node {
namespace {

namespace asio = boost::asio;

constexpr Duration kTick = std::chrono::milliseconds(100);
constexpr Duration kLeaving = std::chrono::milliseconds(500);

bool is_same_fleet(const fleet::FleetOptions& a, const fleet::FleetOptions& b) {
  return a.prefix == b.prefix && a.secret == b.secret && a.secret_previous == b.secret_previous;
}

bool is_same_redis(const std::optional<redis::Settings>& a, const std::optional<redis::Settings>& b) {
  return a.has_value() == b.has_value() && (!a || a->target == b->target);
}

}  // namespace

FleetService::FleetService(asio::io_context& context, const config::Config& config, Random& random)
    : context_(context),
      random_(random),
      options_(fleet_options(config)),
      settings_(redis_settings(config)),
      alone_(options_, random) {
  if (settings_) line_ = std::make_shared<Line>(context.get_executor(), options_, *settings_, random);
}

FleetService::~FleetService() {
  if (line_) line_->stop();
}

void FleetService::start() {
  is_started_ = true;
  if (!line_) return;
  line_->start({.connected =
                    [this] {
                      ++connections_;
                      for (const auto& follower : connection_followers_) follower();
                    },
                .lost =
                    [this](const redis::Failure& failure) {
                      failures_.add(failure.cause);
                      for (const auto& follower : loss_followers_) follower(failure);
                    },
                .refused =
                    [this](const redis::Failure& failure) {
                      failures_.add(failure.cause);
                      for (const auto& follower : refusal_followers_) follower(failure);
                    }});
  asio::co_spawn(context_, run(line_), redis::rethrow);
}

// While this line is the one; after that there may be no service.
asio::awaitable<void> FleetService::run(std::shared_ptr<Line> line) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!line->is_over()) {
    tick(net::read_clock());
    timer.expires_after(kTick);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

void FleetService::tick(const Now& now) {
  fleet::NodeRecord self = fleet().self();
  for (const auto& describer : describers_) describer(self);
  fleet().describe(std::move(self));
  for (const auto& follower : tick_followers_) follower(now);
  for (const std::string& news : fleet().take_news()) {
    for (const auto& follower : news_followers_) follower(news);
  }
  fleet().tick(now);
  send();
}

void FleetService::tell(std::string_view news) {
  static_cast<void>(fleet().tell(news));
  send();
}

void FleetService::send() {
  if (line_) line_->send();
}

void FleetService::reload(const config::Config& config) {
  fleet::FleetOptions options = fleet_options(config);
  auto settings = redis_settings(config);
  fleet().user_budgets().set_limit(options.bytes_per_second_per_user);
  fleet().room_budgets().set_limit(options.bytes_per_second_per_room);
  if (is_same_fleet(options, options_) && is_same_redis(settings, settings_)) return;
  const auto fresh = settings ? std::make_shared<Line>(context_.get_executor(), options, *settings, random_)
                              : std::shared_ptr<Line>();
  if (line_) {
    line_->fleet().leave(net::read_clock());
    line_->send();
    line_->retire();
  }
  if (fresh) fresh->fleet().bars().take_over(fleet().bars(), net::read_clock());
  line_ = fresh;
  options_ = std::move(options);
  settings_ = std::move(settings);
  for (const auto& follower : renewal_followers_) follower();
  if (is_started_) start();
}

void FleetService::on_tick(std::function<void(const Now&)> follower) {
  tick_followers_.push_back(std::move(follower));
}

void FleetService::on_renewed(std::function<void()> follower) {
  renewal_followers_.push_back(std::move(follower));
}

void FleetService::describe_by(std::function<void(fleet::NodeRecord&)> describer) {
  describers_.push_back(std::move(describer));
}

void FleetService::on_news(std::function<void(std::string)> follower) {
  news_followers_.push_back(std::move(follower));
}

void FleetService::on_connected(std::function<void()> follower) {
  connection_followers_.push_back(std::move(follower));
}

void FleetService::on_lost(std::function<void(const redis::Failure&)> follower) {
  loss_followers_.push_back(std::move(follower));
}

void FleetService::on_refused(std::function<void(const redis::Failure&)> follower) {
  refusal_followers_.push_back(std::move(follower));
}

std::string FleetService::place() const {
  if (!settings_) return "";
  const redis::Target& target = settings_->target;
  if (!target.unix_path.empty()) return target.unix_path;
  return target.sentinels.empty() ? target.place.text() : target.master;
}

void FleetService::leave() {
  if (!line_) return;
  line_->fleet().leave(net::read_clock());
  line_->send();
  const TimePoint until = net::read_clock().monotonic + kLeaving;
  context_.restart();
  while (line_->is_connected() && line_->outstanding() > 0 && net::read_clock().monotonic < until)
    context_.run_one_for(std::chrono::milliseconds(10));
  std::exchange(line_, nullptr)->stop();
}

}  // namespace turnpike::node
