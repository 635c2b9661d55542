// Looks the addresses of a server up, with bounded patience.
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

// Addresses in the resolver's order, or why there are none.
using Addresses = Result<std::vector<boost::asio::ip::tcp::endpoint>, std::string>;

// Asks the system's resolver, which may block for long.
Addresses resolve(const Place& place);

// Looks up one name at a time. The system's resolver cannot be cancelled, and Asio would make the end of the
// program wait for it; so each look-up has a thread of its own, and no other begins while that one has not
// returned.
class Names {
 public:
  explicit Names(std::function<Addresses(const Place&)> resolve = redis::resolve)
      : resolve_(std::move(resolve)) {}

  // Returns the addresses, or why there are none, at the latest after `patience`. The object must outlive the
  // call.
  boost::asio::awaitable<Addresses> ask(Place place, Duration patience);

 private:
  std::function<Addresses(const Place&)> resolve_;
  std::future<Addresses> asked_;
};

}  // namespace turnpike::redis
