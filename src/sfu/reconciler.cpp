#include "turnpike/sfu/reconciler.hpp"

#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::app {

namespace asio = boost::asio;

LiveKitReconciler::LiveKitReconciler(const LiveKitConfig& config, LiveKitService& service) : config_(config), service_(service) {}

asio::awaitable<void> LiveKitReconciler::run() {
  const auto livekit = control::HttpUrl::parse(config_.url);
  if (!livekit) co_return;
  asio::ssl::context tls = control::make_client_tls(*livekit);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    const auto census = co_await ask(*livekit, tls);
    if (census) {
      co_await apply(*census);
    } else {
      give_up(census.error());
    }
    timer.expires_after(std::chrono::seconds(config_.reconcile_s));
    co_await timer.async_wait(asio::use_awaitable);
  }
}

asio::awaitable<Result<Census, std::string>> LiveKitReconciler::ask(const control::HttpUrl& livekit, asio::ssl::context& tls) const {
  const auto key = service_.api_key();
  if (!key) co_return std::string("there is no API key to sign with");
  co_return co_await take_census(livekit, tls, *key);
}

asio::awaitable<void> LiveKitReconciler::apply(const Census& census) {
  if (std::exchange(state_, State::works) != State::works) {
    log_event(LogLevel::info, "reconciliation_works",
              {{"livekit", config_.url},
               {"rooms", static_cast<std::int64_t>(census.rooms.size())},
               {"participants", static_cast<std::int64_t>(census.participants)}});
  }
  co_await service_.reconcile(census, net::read_clock());
}

void LiveKitReconciler::give_up(const std::string& reason) {
  service_.forget_absences();
  if (std::exchange(state_, State::fails) == State::fails) return;
  log_event(LogLevel::warning, "reconciliation_fails",
            {{"livekit", config_.url}, {"reason", reason}, {"effect", std::string("a webhook that is lost is not made good")}});
}

}  // namespace turnpike::app
