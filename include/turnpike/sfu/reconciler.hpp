// Asks LiveKit at an interval who is there, so that a webhook that was lost is made good.
#pragma once

#include <functional>
#include <string>

#include "turnpike/config/config.hpp"
#include "turnpike/sfu/census.hpp"
#include "turnpike/sfu/livekit_service.hpp"

namespace turnpike::sfu {

// On the thread of the service, which must outlive it.
class Reconciler {
 public:
  // `config` gives what is in force; `is_due` says whether it is this server that asks: where there are
  // several, one of them does.
  Reconciler(
      std::function<const config::LiveKitConfig&()> config, LiveKitService& service,
      std::function<bool()> is_due = [] { return true; });
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  // At once and then again and again, for as long as the io_context runs; while no URL is configured, nobody.
  // Throws boost::system::system_error where TLS cannot be set up.
  boost::asio::awaitable<void> run();

 private:
  boost::asio::awaitable<Result<Census, std::string>> ask(const http::Url& livekit,
                                                          boost::asio::ssl::context& tls) const;
  boost::asio::awaitable<void> apply(const Census& census);
  void give_up(const std::string& reason);

  boost::asio::awaitable<void> wait(Duration interval);

  std::function<const config::LiveKitConfig&()> config_;
  std::string url_;  // that was asked last
  LiveKitService& service_;
  std::function<bool()> is_due_;
  enum class State { unknown, works, fails } state_ = State::unknown;  // as logged
};

}  // namespace turnpike::sfu
