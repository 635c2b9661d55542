// The probe's connection to a server: datagrams over UDP, or bytes of a TCP or TLS stream.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/client/uri.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/probe/obstacle.hpp"

namespace turnpike::probe {

// Returns the TLS context that verifies a server's certificate; with `insecure` any certificate is accepted.
// An empty `ca_file` means the system's authorities. Throws std::exception if the CA file cannot be read.
boost::asio::ssl::context make_tls(bool insecure, const std::string& ca_file);

// A connection to a server.
class Link {
 public:
  // Functions that learn what happens. `opened` comes first, then `received` for each datagram or piece of
  // the stream. After `failed` nothing else is called and the link is unusable.
  struct Handlers {
    std::function<void()> opened;
    std::function<void(Bytes)> received;
    std::function<void(std::string reason)> failed;
  };

  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  // Queues a datagram, or bytes of the stream.
  virtual void send(std::vector<std::uint8_t> bytes) = 0;
  virtual Stage stage() const = 0;
  // Returns the local address; only for an open link.
  virtual Endpoint local() const = 0;

 protected:
  Link() = default;
};

// Begins to connect to `server`, an address of the URI's host. The certificate is checked against the host,
// unless `tls` is insecure. The io_context must not run after the link is destroyed. DTLS is not supported
// and fails through `failed`.
std::unique_ptr<Link> open_probe_link(boost::asio::io_context& io, boost::asio::ssl::context& tls,
                                      const client::ServerUri& uri, const Endpoint& server,
                                      Link::Handlers handlers);

// A peer for servers that do not relay to themselves: a UDP socket that returns each datagram to its sender.
class Echo {
 public:
  // Opens the socket on a free port of `local`. Throws boost::system::system_error if that fails.
  Echo(boost::asio::io_context& io, const IpAddress& local);

  Endpoint local() const;
  // Sends a datagram that is no echo.
  void send(Bytes bytes, const Endpoint& to);

 private:
  void receive();

  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint from_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace turnpike::probe
