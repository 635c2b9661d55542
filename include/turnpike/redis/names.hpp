// Asks the system for the addresses of a server, and waits no longer than one likes.
#pragma once

#include <functional>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/base/result.hpp"
#include "turnpike/base/time.hpp"
#include "turnpike/net/asio.hpp"
#include "turnpike/redis/target.hpp"

namespace turnpike::redis {

using Addresses = Result<std::vector<boost::asio::ip::tcp::endpoint>, std::string>;

// Asks the system, which may take its time.
Addresses resolve(const Place& place);

// One question at a time. The system's resolver cannot be called off, and Asio's would have the whole program
// wait for it in the end; so a thread of its own asks, and no other one is begun while that is not back.
class Names {
 public:
  explicit Names(std::function<Addresses(const Place&)> resolve = redis::resolve)
      : resolve_(std::move(resolve)) {}

  // The error says why there are none. It must outlive the question.
  boost::asio::awaitable<Addresses> ask(Place place, Duration patience);

 private:
  std::function<Addresses(const Place&)> resolve_;
  std::future<Addresses> asked_;
};

}  // namespace turnpike::redis
