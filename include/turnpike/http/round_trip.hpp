// Sends one request over a stream and reads its response.
#pragma once

#include "turnpike/http/beast.hpp"

namespace turnpike::http {

// Completion token for coroutines that get errors as values.
inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);

// Sends the request and reads into `response`, a message or a parser. Bytes behind the response stay in
// `buffer`. Returns the first error. All arguments must outlive the coroutine.
template <class Stream, class Request, class Response>
boost::asio::awaitable<boost::system::error_code> round_trip(Stream& stream, const Request& request,
                                                             boost::beast::flat_buffer& buffer,
                                                             Response& response) {
  const auto [unsent, sent] = co_await boost::beast::http::async_write(stream, request, kAwait);
  if (unsent) co_return unsent;
  const auto [unread, size] = co_await boost::beast::http::async_read(stream, buffer, response, kAwait);
  co_return unread;
}

}  // namespace turnpike::http
