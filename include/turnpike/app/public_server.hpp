// Serves HTTP connections of the client listeners: over TLS the check page and upstreams; over TCP ACME
// challenges and redirects to TLS.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/check/page.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/http/server.hpp"
#include "turnpike/http/upstreams.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::app {

// The HTTP servers behind the client listeners.
class PublicServer {
 public:
  // Serves on the thread that runs the context. X-Forwarded-For is never believed: balancers name the client
  // in a PROXY header. `relays` returns the current relay addresses, for the check page.
  PublicServer(
      boost::asio::io_context& context, const config::Config& config,
      check::Page::Relays relays = [] { return std::vector<IpAddress>(); });
  PublicServer(const PublicServer&) = delete;
  PublicServer& operator=(const PublicServer&) = delete;

  // Serves a connection: `fd` is one end of a socket pair, whose other end is piped to the client.
  void serve(net::FileDescriptor fd, const FiveTuple& client);
  // Replaces the configuration for new connections.
  void replace(const config::Config& config);
  // Returns the upstreams with their state, valid until replace().
  std::span<const http::Upstream> upstreams() const;
  // Returns the check page.
  const check::Page& check() const { return check_; }

 private:
  check::Page check_;
  std::shared_ptr<const http::Upstreams> upstreams_;
  http::Server by_tls_;
  http::Server plain_;
};

}  // namespace turnpike::app
