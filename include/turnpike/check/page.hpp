// The page by which a person sees which ways lead to this server, as routes of the HTTP server.
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

// What came of a request for credentials.
enum class Minting : std::uint8_t {
  granted,
  limited,  // there are enough of this address, or in all
  refused,  // it came from another site's page, or from no page
};
inline constexpr std::size_t kMintings = 3;
std::string_view to_string(Minting minting);
using Mintings = Tally<Minting, kMintings>;

// On one thread.
class Page {
 public:
  // `server` is its name and version; `relays` gives the local relay addresses of now.
  using Relays = std::function<std::vector<IpAddress>()>;
  Page(std::string server, Relays relays);
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  // None where the configuration has no page, or nothing to make credentials with. Served over TLS alone:
  // over anything else there is no such page. It must outlive them.
  std::vector<http::Route> routes(const config::Config& config);
  // As http::PassedLog: of a WebSocket that is passed on.
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
