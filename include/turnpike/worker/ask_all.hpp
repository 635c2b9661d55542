// A question to several threads at once, all of whose answers the main thread waits for.
#pragma once

#include <cstddef>
#include <functional>

#include "turnpike/base/time.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::worker {

// Puts the question to number `index`, who says `done` once, from any thread. What was posted to the same
// io_context before that has been done when the asker goes on.
using Question = std::function<void(std::size_t index, std::function<void()> done)>;

// Asks all of them at once. False: not all were done within `patience`; what is late finds nobody who waits
// for it. The io_context must live as long as `done` may be called.
boost::asio::awaitable<bool> ask_all(std::size_t count, Duration patience, const Question& question);

}  // namespace turnpike::worker
