// Runs a coroutine to its end, where a test wants to know what it returns.
#pragma once

#include <optional>
#include <stdexcept>
#include <utility>

#include "turnpike/net/asio.hpp"

namespace turnpike::shell {

// On `context`, with whatever else it has to do; the patience is for a coroutine that never ends.
template <class T>
T await(boost::asio::io_context& context, boost::asio::awaitable<T> coroutine) {
  std::optional<T> result;
  boost::asio::co_spawn(context, std::move(coroutine), [&](std::exception_ptr error, T value) {
    context.stop();
    if (error) std::rethrow_exception(error);
    result = std::move(value);
  });
  context.restart();
  context.run_for(std::chrono::seconds(10));
  if (!result) throw std::runtime_error("the coroutine does not end");
  return std::move(*result);
}

}  // namespace turnpike::shell
