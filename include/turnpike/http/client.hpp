// Asks an HTTP server for one thing after the other, over one connection for as long as that lasts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/http/beast.hpp"
#include "turnpike/http/url.hpp"

namespace turnpike::http {

struct Post {
  std::string path;
  std::string authorization;
  std::string json;
};

// Of status 200.
struct Answer {
  std::optional<UnixSeconds> date;  // by the server's clock, at or after the moment at which it was asked
  std::string body;
};

struct ClientLimits {
  Duration request_max = std::chrono::seconds(
      10);  // from connecting to the last byte; asking for the name may take as long again
  std::uint32_t header_bytes_max = 16384;
  std::size_t body_bytes_max = 16 << 20;
};

// Trusts the system's authorities (SSL_CERT_FILE and SSL_CERT_DIR say otherwise), which it takes a tenth of a
// second to read. Where the server is not secure it trusts nobody, at once. Throws
// boost::system::system_error.
boost::asio::ssl::context make_client_tls(const Url& server);

// One request at a time, all on one thread.
class Client {
 public:
  // `tls` must outlive it.
  Client(Url server, boost::asio::ssl::context& tls, ClientLimits limits = {});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Why there is no answer, in words for the log. Redirections are not followed. A request may be sent twice,
  // where the server has closed the connection in between.
  boost::asio::awaitable<Result<Answer, std::string>> post(Post request);

 private:
  using WireRequest = boost::beast::http::request<boost::beast::http::string_body>;
  using Tcp = boost::beast::basic_stream<boost::asio::ip::tcp>;
  using Parser = boost::beast::http::response_parser<boost::beast::http::string_body>;

  boost::asio::awaitable<boost::system::error_code> connect();
  boost::asio::awaitable<boost::system::error_code> ask(const WireRequest& request, Parser& parser);
  std::string describe(boost::system::error_code error);

  Url server_;
  boost::asio::ssl::context& tls_;
  ClientLimits limits_;
  std::optional<boost::asio::ssl::stream<Tcp>>
      stream_;  // what is below TLS serves a server that is not secure, too
  boost::beast::flat_buffer buffer_;
};

}  // namespace turnpike::http
