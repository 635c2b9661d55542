// One request over a stream, and its response.
#pragma once

#include "turnpike/http/beast.hpp"

namespace turnpike::http {

inline constexpr auto kAwait = boost::asio::as_tuple(boost::asio::use_awaitable);  // errors come as values

// `response` is a message or the parser of one. What came behind it stays in `buffer`. All arguments outlive
// it.
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
