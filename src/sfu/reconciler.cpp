#include "turnpike/sfu/reconciler.hpp"

#include <utility>

#include "turnpike/log/log.hpp"
#include "turnpike/net/clock.hpp"

namespace turnpike::sfu {

namespace asio = boost::asio;

Reconciler::Reconciler(const config::LiveKitConfig& config, LiveKitService& service)
    : config_(config), service_(service) {}

asio::awaitable<void> Reconciler::run() {
  const auto livekit = http::Url::parse(config_.url);
  if (!livekit) co_return;
  asio::ssl::context tls = http::make_client_tls(*livekit);
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

asio::awaitable<Result<Census, std::string>> Reconciler::ask(const http::Url& livekit,
                                                             asio::ssl::context& tls) const {
  const auto key = service_.api_key();
  if (!key) co_return std::string("there is no API key to sign with");
  co_return co_await take_census(livekit, tls, *key);
}

asio::awaitable<void> Reconciler::apply(const Census& census) {
  if (std::exchange(state_, State::works) != State::works) {
    log::write(log::Event::reconciliation_works,
               {{"livekit", config_.url},
                {"rooms", static_cast<std::int64_t>(census.rooms.size())},
                {"participants", static_cast<std::int64_t>(census.participants)}});
  }
  co_await service_.reconcile(census, net::read_clock());
}

void Reconciler::give_up(const std::string& reason) {
  service_.on_no_census();
  if (std::exchange(state_, State::fails) == State::fails) return;
  log::write(log::Event::reconciliation_fails,
             {{"livekit", config_.url},
              {"reason", reason},
              {"effect", std::string("a webhook that is lost is not made good")}});
}

}  // namespace turnpike::sfu
