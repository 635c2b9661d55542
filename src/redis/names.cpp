#include "turnpike/redis/names.hpp"

#include <netdb.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

namespace turnpike::redis {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr Duration kLook = std::chrono::milliseconds(5);  // between looks at what has come

bool is_there(const std::future<Addresses>& answer) {
  return answer.wait_for(Duration::zero()) == std::future_status::ready;
}

}  // namespace

Addresses resolve(const Place& place) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* entries = nullptr;
  const int error = ::getaddrinfo(place.host.c_str(), std::to_string(place.port).c_str(), &hints, &entries);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(entries, ::freeaddrinfo);
  if (error != 0) return std::string(error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error));
  std::vector<tcp::endpoint> found;
  for (const addrinfo* entry = entries; entry != nullptr; entry = entry->ai_next) {
    tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    found.push_back(endpoint);
  }
  return found;
}

asio::awaitable<Addresses> Names::ask(Place place, Duration patience) {
  boost::system::error_code not_address;
  if (const auto address = asio::ip::make_address(place.host, not_address); !not_address)
    co_return std::vector{tcp::endpoint(address, place.port)};

  if (asked_.valid() && !is_there(asked_)) co_return std::string("an earlier question has no answer yet");
  std::packaged_task<Addresses()> task([resolve = resolve_, place] { return resolve(place); });
  asked_ = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error& error) {  // no more threads
    asked_ = {};
    co_return std::string(error.what());
  }
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!is_there(asked_) && std::chrono::steady_clock::now() < until) {
    timer.expires_after(kLook);
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (!is_there(asked_)) co_return std::string("no answer in time");
  co_return asked_.get();
}

}  // namespace turnpike::redis
