// What the listeners serve to those who speak HTTP: over TLS a page, or what stands behind this server; over
// TCP the way there.
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

class PublicServer {
 public:
  // Serves on the thread that runs the context. Nobody is believed whom he passes on: balancers have said it
  // by a PROXY header. `relays` are those of now, for the page that shows which ways lead here.
  PublicServer(
      boost::asio::io_context& context, const config::Config& config,
      check::Page::Relays relays = [] { return std::vector<IpAddress>(); });
  PublicServer(const PublicServer&) = delete;
  PublicServer& operator=(const PublicServer&) = delete;

  // One end of a connection whose other end is piped to a client.
  void serve(net::FileDescriptor fd, const FiveTuple& client);
  // Of connections to come.
  void replace(const config::Config& config);
  // What is passed on to, and how it fares.
  std::span<const http::Upstream> upstreams() const;
  const check::Page& check() const { return check_; }

 private:
  check::Page check_;
  std::shared_ptr<const http::Upstreams> upstreams_;
  http::Server by_tls_;
  http::Server plain_;
};

}  // namespace turnpike::app
