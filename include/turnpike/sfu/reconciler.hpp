// Asks LiveKit at an interval who is in its rooms, which makes up for lost webhooks.
#pragma once

#include <functional>
#include <string>

#include "turnpike/config/config.hpp"
#include "turnpike/sfu/census.hpp"
#include "turnpike/sfu/livekit_service.hpp"

namespace turnpike::sfu {

// Takes the census and applies it. Used on the thread of the service, which must outlive this object.
class Reconciler {
 public:
  // `config` returns the configuration in force. `is_due` returns whether this server must ask: of several
  // servers only one does.
  Reconciler(
      std::function<const config::LiveKitConfig&()> config, LiveKitService& service,
      std::function<bool()> is_due = [] { return true; });
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  // Asks at once and then at the configured interval, for as long as the io_context runs; pauses while no URL
  // is configured. Throws boost::system::system_error if TLS cannot be set up.
  boost::asio::awaitable<void> run();

 private:
  boost::asio::awaitable<Result<Census, std::string>> ask(const http::Url& livekit,
                                                          boost::asio::ssl::context& tls) const;
  boost::asio::awaitable<void> apply(const Census& census);
  void give_up(const std::string& reason);

  boost::asio::awaitable<void> wait(Duration interval);

  std::function<const config::LiveKitConfig&()> config_;
  std::string url_;  // asked last
  LiveKitService& service_;
  std::function<bool()> is_due_;
  enum class State { unknown, works, fails } state_ = State::unknown;  // state last logged
};

}  // namespace turnpike::sfu
