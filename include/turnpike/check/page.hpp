// The connectivity check page, which shows a person which ways lead to this server, as HTTP routes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/tally.hpp"
#include "turnpike/check/visits.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/crypto/openssl_random.hpp"
#include "turnpike/http/router.hpp"

namespace turnpike::check {

// The outcome of a request for visitors' credentials.
enum class Minting : std::uint8_t {
  granted,
  limited,  // too many visits of this address, or in all
  refused,  // sent by another site's page, or by no page
};
inline constexpr std::size_t kMintings = 3;
// Returns the name of the outcome in metrics.
std::string_view to_string(Minting minting);
using Mintings = Tally<Minting, kMintings>;

// Serves the check page. Used on one thread.
class Page {
 public:
  // `server` is the server's name and version; `relays` returns the current local relay addresses.
  using Relays = std::function<std::vector<IpAddress>()>;
  Page(std::string server, Relays relays);
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // Returns the routes of the page; empty if the configuration has no page or no secret for credentials. Over
  // anything but TLS they answer 404. The page must outlive the routes.
  std::vector<http::Route> routes(const config::Config& config);
  // Notes a WebSocket that is passed on to an upstream, as http::PassedLog.
  void note_passed(std::string_view query, unsigned status);

  const Mintings& mintings() const { return mintings_; }

 private:
  struct Site;

  http::Response mint(const Site& site, const http::Request& request);
  http::Response tell_seen(const http::Request& request);

  const std::string server_;
  const Relays relays_;
  crypto::OpenSslRandom random_;
  Visits visits_;
  Mintings mintings_;
};

}  // namespace turnpike::check
