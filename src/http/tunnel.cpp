#include "turnpike/http/tunnel.hpp"

#include <exception>
#include <memory>

#include "turnpike/http/round_trip.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;

void close_both(Socket& a, Socket& b) {
  boost::system::error_code ignored;
  a.close(ignored);
  b.close(ignored);
}

asio::awaitable<void> pass_or_close(Socket& from, Block& block, Socket& to, Watch& watch,
                                    Duration pause_max) {
  const bool is_sound = co_await pass_bytes(from, block, to, watch);
  if (!is_sound) co_return close_both(from, to);
  watch.allow(pause_max);
}

}  // namespace

asio::awaitable<void> join(Socket& a, Block& from_a, Socket& b, Block& from_b, Watch& watch,
                           Duration pause_max) {
  struct OtherWay {
    explicit OtherWay(const asio::any_io_executor& executor)
        : end(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer end;
    bool has_ended = false;
  };
  const auto executor = co_await asio::this_coro::executor;
  const auto back = std::make_shared<OtherWay>(executor);
  asio::co_spawn(executor, pass_or_close(b, from_b, a, watch, pause_max), [back](const std::exception_ptr&) {
    back->has_ended = true;
    back->end.cancel();
  });
  co_await pass_or_close(a, from_a, b, watch, pause_max);
  if (!back->has_ended) co_await back->end.async_wait(kAwait);
  watch.rest();
}

}  // namespace turnpike::http
