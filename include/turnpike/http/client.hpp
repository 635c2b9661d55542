// An HTTP client that sends one request after the other to one server, over one connection as long as that
// lasts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/http/beast.hpp"
#include "turnpike/http/url.hpp"

namespace turnpike::http {

// A POST request with a body of JSON; `authorization` is the whole field.
struct Post {
  std::string path;
  std::string authorization;
  std::string json;
};

// A response of status 200.
struct Answer {
  std::optional<UnixSeconds> date;  // the server's clock when it answered; none without a valid Date field
  std::string body;
};

// The bounds of a request and its response.
struct ClientLimits {
  // From connecting to the last byte of the response; looking the name up may take as long again.
  Duration request_max = std::chrono::seconds(10);
  std::uint32_t header_bytes_max = 16384;
  std::size_t body_bytes_max = 16 << 20;
};

// Returns TLS settings for a client of `server`. If the URL is secure, reads the system's certificate
// authorities (SSL_CERT_FILE and SSL_CERT_DIR override them), which takes about 0.1 s; otherwise trusts
// nobody. Throws boost::system::system_error.
boost::asio::ssl::context make_client_tls(const Url& server);

// Sends one request at a time. All calls are on one thread.
class Client {
 public:
  // Takes the server's URL; `tls` must outlive the client.
  Client(Url server, boost::asio::ssl::context& tls, ClientLimits limits = {});
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sends a request and returns the response. The error says in words for the log why there is no response of
  // status 200. Redirections are not followed. The request is sent a second time if the server has closed the
  // kept connection meanwhile.
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
  // Without TLS only the layer below is used.
  std::optional<boost::asio::ssl::stream<Tcp>> stream_;
  boost::beast::flat_buffer buffer_;
};

}  // namespace turnpike::http
