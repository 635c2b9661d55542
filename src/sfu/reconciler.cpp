#include "turnpike/sfu/reconciler.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::sfu {

namespace asio = boost::asio;

namespace {

constexpr Duration kInterval = std::chrono::seconds(1);  // between looks at the configuration

}  // namespace

Reconciler::Reconciler(std::function<const config::LiveKitConfig&()> config, LiveKitService& service,
                       std::function<bool()> is_due)
    : config_(std::move(config)), service_(service), is_due_(std::move(is_due)) {}

asio::awaitable<void> Reconciler::run() {
  while (true) {
    if (std::exchange(url_, config_().url) != url_) state_ = State::unknown;
    const auto livekit = http::Url::parse(url_);
    if (!livekit || !is_due_()) {
      service_.rest();
      co_await wait(kInterval);
      continue;
    }
    asio::ssl::context tls = http::make_client_tls(*livekit);
    const auto census = co_await ask(*livekit, tls);
    if (census) {
      co_await apply(*census);
    } else {
      give_up(census.error());
    }
    co_await wait(std::chrono::seconds(config_().reconcile_s));
  }
}

// Until then, or until somebody else is to be asked.
asio::awaitable<void> Reconciler::wait(Duration interval) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const TimePoint until = net::read_clock().monotonic + interval;
  while (net::read_clock().monotonic < until && config_().url == url_) {
    timer.expires_after(std::min(kInterval, until - net::read_clock().monotonic));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<Result<Census, std::string>> Reconciler::ask(const http::Url& livekit,
                                                             asio::ssl::context& tls) const {
  const auto key = service_.api_key();
  if (!key) co_return std::string("there is no API key to sign with");
  co_return co_await take_census(livekit, tls, *key);
}

asio::awaitable<void> Reconciler::apply(const Census& census) {
  if (std::exchange(state_, State::works) != State::works) {
    log::write(log::Event::reconciliation_works,
               {{"livekit", url_},
                {"rooms", static_cast<std::int64_t>(census.rooms.size())},
                {"participants", static_cast<std::int64_t>(census.participants)}});
  }
  co_await service_.reconcile(census, net::read_clock());
}

void Reconciler::give_up(const std::string& reason) {
  service_.on_no_census();
  if (std::exchange(state_, State::fails) == State::fails) return;
  log::write(log::Event::reconciliation_fails,
             {{"livekit", url_},
              {"reason", reason},
              {"effect", std::string("a webhook that is lost is not made good")}});
}

}  // namespace turnpike::sfu
