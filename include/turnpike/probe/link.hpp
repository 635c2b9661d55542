// The probe's connection to a server: datagrams over UDP, or the bytes of a TCP or TLS stream.
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

// How a server's certificate is judged. Throws std::exception if the CA file cannot be read.
boost::asio::ssl::context make_tls(bool insecure, const std::string& ca_file);

class Link {
 public:
  // `opened` comes first, then `received` for each datagram or piece of the stream. After `failed` the link
  // is of no use.
  struct Handlers {
    std::function<void()> opened;
    std::function<void(Bytes)> received;
    std::function<void(std::string reason)> failed;
  };

  virtual ~Link() = default;
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  virtual void send(std::vector<std::uint8_t> bytes) = 0;
  virtual Stage stage() const = 0;
  // Once it is open.
  virtual Endpoint local() const = 0;

 protected:
  Link() = default;
};

// Begins to connect to `server`, an address of the URI's host; the certificate is checked against the host,
// unless `tls` is insecure. The io_context must not run any more once the link is gone. DTLS is refused
// through `failed`.
std::unique_ptr<Link> open_probe_link(boost::asio::io_context& io, boost::asio::ssl::context& tls,
                                      const client::ServerUri& uri, const Endpoint& server,
                                      Link::Handlers handlers);

// A peer for servers that do not relay to themselves: a UDP socket on `local` that returns each datagram to
// where it came from.
class Echo {
 public:
  // Port 0 of the address is any free one. Throws boost::system::system_error if the socket cannot be opened.
  Echo(boost::asio::io_context& io, const IpAddress& local);

  Endpoint local() const;
  // Of its own accord.
  void send(Bytes bytes, const Endpoint& to);

 private:
  void receive();

  boost::asio::ip::udp::socket socket_;
  boost::asio::ip::udp::endpoint from_;
  std::vector<std::uint8_t> buffer_;
};

}  // namespace turnpike::probe
