// One connection of the HTTP server: reads, judges and answers its requests one after the other.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "turnpike/http/beast.hpp"
#include "turnpike/http/proxy.hpp"
#include "turnpike/http/service.hpp"
#include "turnpike/http/wire.hpp"

namespace turnpike::http {

// Owns the socket of a client or proxy.
class Connection {
 public:
  // Takes over an accepted socket; `who` is at its other end.
  Connection(Socket socket, std::shared_ptr<const Service> service, const Adopted& who);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Serves requests until the client leaves or is too slow, a request leaves its own end unclear, or close()
  // is called.
  boost::asio::awaitable<void> serve();
  // Closes the socket, which ends serve().
  void close();

  bool is_open() const { return stream_.socket().is_open(); }
  // Returns true if the connection may not be closed to make room for another one.
  bool is_busy() const { return busy_; }
  // Returns when the connection was accepted, or when its last request was handled.
  TimePoint idle_since() const { return idle_since_; }
  // Returns the address of the other end, a client's or a proxy's; an address without a family on a Unix
  // socket.
  const IpAddress& peer() const { return who_.client.address; }

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  void report_fault(std::string_view where, std::string_view what) const;
  boost::asio::awaitable<bool> wait_for_request();
  std::string_view unread() const {
    return {static_cast<const char*>(buffer_.data().data()), buffer_.size()};
  }
  // The size of the head at the start of buffer_. If that is 0, `refusal` is the status to answer with, or 0
  // if the client has gone.
  struct HeadRead {
    std::size_t size = 0;
    unsigned refusal = 0;
  };
  boost::asio::awaitable<HeadRead> read_head();
  boost::asio::awaitable<bool> serve_request();
  const Upstream* upstream_of(const Request& request) const;
  boost::asio::awaitable<bool> pass_on(const Upstream& upstream, const RequestHead& head,
                                       std::size_t head_size, const Request& request);
  boost::asio::awaitable<boost::system::error_code> serve_route(const Route& route, Parser& parser,
                                                                Request& request, Response& response);
  boost::asio::awaitable<boost::system::error_code> read_body(Parser& parser, std::size_t body_bytes_max);
  boost::asio::awaitable<Response> handle(const Route& route, const Request& request) const;
  boost::asio::awaitable<bool> respond(const Response& response, ResponseFraming framing);
  boost::asio::awaitable<bool> refuse(unsigned status);
  boost::asio::awaitable<void> linger();

  const std::shared_ptr<const Service> service_;
  boost::beast::basic_stream<boost::asio::generic::stream_protocol> stream_;
  boost::beast::flat_buffer buffer_;  // bytes that were read and not parsed yet
  const Adopted who_;                 // the other end
  std::optional<Proxy> proxy_{};      // made for the first request that is passed on
  TimePoint idle_since_;
  bool busy_ = false;
};

}  // namespace turnpike::http
