#include "turnpike/http/unix_client.hpp"

#include <sys/un.h>

#include "turnpike/http/round_trip.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::local::stream_protocol;

constexpr std::uint64_t kReplyBytesMax = 64 << 20;

// Its arguments are its own: it begins when the caller's have gone.
asio::awaitable<Result<Reply>> exchange(stream_protocol::endpoint server, Question question,
                                        Duration patience) {
  boost::beast::basic_stream<stream_protocol> stream(co_await asio::this_coro::executor);
  stream.expires_after(patience);
  const auto [unconnected] = co_await stream.async_connect(server, kAwait);
  if (unconnected) co_return unconnected;
  beast_http::request<beast_http::string_body> request;
  request.method_string(question.method);
  request.target(question.target);
  request.set(beast_http::field::host, "localhost");
  if (!question.json.empty()) request.set(beast_http::field::content_type, "application/json");
  request.body() = std::move(question.json);
  request.prepare_payload();
  boost::beast::flat_buffer buffer;
  beast_http::response_parser<beast_http::string_body> response;
  response.body_limit(kReplyBytesMax);
  if (const auto error = co_await round_trip(stream, request, buffer, response)) co_return error;
  co_return Reply{response.get().result_int(), std::move(response.get().body())};
}

}  // namespace

Result<Reply> ask_unix_socket(const std::string& path, const Question& question, Duration patience) {
  if (path.size() >= sizeof(sockaddr_un::sun_path))
    return make_error_code(boost::system::errc::filename_too_long);
  asio::io_context context(1);
  auto done = asio::co_spawn(context, exchange(stream_protocol::endpoint(path), question, patience),
                             asio::use_future);
  context.run();
  return done.get();
}

}  // namespace turnpike::http
