// Asks several threads the same question at once; the main thread waits for all their answers.
#pragma once

#include <cstddef>
#include <functional>

#include "turnpike/base/time.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::worker {

// Puts the question to thread number `index`, which calls `done` exactly once, from any thread. Whatever that
// thread posted to the asker's io_context before `done` has run when the asker continues.
using Question = std::function<void(std::size_t index, std::function<void()> done)>;

// Asks threads 0 to `count` - 1 at once. Returns false if an answer is missing after `patience`; a later
// answer has no effect. The io_context must live for as long as `done` may be called.
boost::asio::awaitable<bool> ask_all(std::size_t count, Duration patience, const Question& question);

}  // namespace turnpike::worker
