#include "turnpike/lookup/host_names.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <future>
#include <map>
#include <memory>
#include <system_error>
#include <thread>
#include <utility>

#include "turnpike/net/sockaddr.hpp"

namespace turnpike::lookup {
namespace {

namespace asio = boost::asio;

constexpr Duration kLook = std::chrono::milliseconds(5);  // between looks at what has come

config::Host not_found(std::string obstacle) { return {{}, std::move(obstacle)}; }

std::vector<IpAddress> addresses_of(const addrinfo* entries) {
  std::vector<IpAddress> addresses;
  for (const addrinfo* entry = entries; entry != nullptr; entry = entry->ai_next) {
    net::SockAddr address;
    if (entry->ai_addrlen > net::SockAddr::kCapacity) continue;
    std::memcpy(address.get(), entry->ai_addr, entry->ai_addrlen);
    addresses.push_back(address.endpoint().address);
  }
  std::ranges::sort(addresses);
  const auto twice = std::ranges::unique(addresses);
  addresses.erase(twice.begin(), twice.end());
  return addresses;
}

std::future<config::Host> start(const Resolve& resolve, const std::string& name) {
  std::packaged_task<config::Host()> task([resolve, name] { return resolve(name); });
  auto answer = task.get_future();
  try {
    std::thread(std::move(task)).detach();
  } catch (const std::system_error& error) {  // no more threads
    std::promise<config::Host> none;
    none.set_value(not_found(error.what()));
    return none.get_future();
  }
  return answer;
}

bool is_there(const std::future<config::Host>& answer) {
  return answer.wait_for(Duration::zero()) == std::future_status::ready;
}

config::Host take(std::future<config::Host> answer, Duration patience) {
  if (!is_there(answer))
    return not_found(fmt::format("no answer within {} ms",
                                 std::chrono::duration_cast<std::chrono::milliseconds>(patience).count()));
  try {
    return answer.get();
  } catch (const std::exception& error) {
    return not_found(error.what());
  }
}

}  // namespace

config::Host resolve(const std::string& name) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_DGRAM;
  addrinfo* entries = nullptr;
  const int error = ::getaddrinfo(name.c_str(), nullptr, &hints, &entries);
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(entries, ::freeaddrinfo);
  if (error != 0) return not_found(error == EAI_SYSTEM ? std::strerror(errno) : ::gai_strerror(error));
  return {addresses_of(entries), ""};
}

asio::awaitable<config::Hosts> ask_hosts(std::set<std::string> names, Resolve resolve, Duration patience) {
  std::map<std::string, std::future<config::Host>> asked;
  for (const std::string& name : names) asked.emplace(name, start(resolve, name));
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto until = std::chrono::steady_clock::now() + patience;
  const auto all_there = [&] {
    return std::ranges::all_of(asked, [](const auto& each) { return is_there(each.second); });
  };
  while (!all_there() && std::chrono::steady_clock::now() < until) {
    timer.expires_after(kLook);
    co_await timer.async_wait(asio::use_awaitable);
  }
  config::Hosts hosts;
  for (auto& [name, answer] : asked) hosts.emplace(name, take(std::move(answer), patience));
  co_return hosts;
}

}  // namespace turnpike::lookup
