#include "turnpike/worker/ask_all.hpp"

#include <memory>
#include <utility>

namespace turnpike::worker {
namespace {

namespace asio = boost::asio;

// On the io_context's thread.
struct Waiting {
  std::size_t missing;
  asio::steady_timer patience;
};

}  // namespace

// Those who answer hold no more than a weak pointer: the timer must end with the io_context, however long
// their questions lie about.
asio::awaitable<bool> ask_all(std::size_t count, Duration patience, const Question& question) {
  const auto executor = co_await asio::this_coro::executor;
  const auto waiting = std::make_shared<Waiting>(count, asio::steady_timer(executor));
  const std::weak_ptr<Waiting> weak = waiting;
  waiting->patience.expires_after(patience);
  for (std::size_t index = 0; index < count; ++index) {
    question(index, [executor, weak] {
      asio::post(executor, [weak] {
        const auto asker = weak.lock();
        if (asker && --asker->missing == 0) asker->patience.cancel();
      });
    });
  }
  if (count > 0) co_await waiting->patience.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return waiting->missing == 0;
}

}  // namespace turnpike::worker
