#include "turnpike/app/service_manager.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::app {
namespace {

constexpr std::chrono::seconds kMoreTime(10);  // of the start, with each sign of it
constexpr suseconds_t kSendMax_us = 200'000;

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : std::string_view(value);
}

std::optional<std::int64_t> number_in(const char* name) {
  const std::string_view text = variable(name);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Duration> watchdog_interval() {
  const auto interval_us = number_in("WATCHDOG_USEC");
  const bool is_ours = variable("WATCHDOG_PID").empty() || number_in("WATCHDOG_PID") == ::getpid();
  if (!interval_us || *interval_us <= 0 || !is_ours) return std::nullopt;
  return std::chrono::microseconds(*interval_us);
}

bool is_address(std::string_view socket) {
  return socket.size() > 1 && socket.size() < sizeof(sockaddr_un::sun_path) &&
         (socket.front() == '/' || socket.front() == '@');
}

}  // namespace

ServiceManager::ServiceManager() : watchdog_(watchdog_interval()) {
  const std::string_view socket = variable("NOTIFY_SOCKET");
  if (is_address(socket)) socket_ = socket;
}

void ServiceManager::say_reloading(TimePoint now) const {
  const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  say(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now_us.count()));
}

void ServiceManager::say_waiting(std::string_view reason) const {
  const auto more = std::chrono::duration_cast<std::chrono::microseconds>(kMoreTime);
  say(fmt::format("STATUS=waiting: {}\nEXTEND_TIMEOUT_USEC={}", one_line(reason), more.count()));
}

std::string ServiceManager::one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace(line, '\n', ' ');
  return line;
}

void ServiceManager::say(const std::string& state) const {
  if (!is_there()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
  const net::FileDescriptor fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  const timeval patience{0, kSendMax_us};  // whoever does not read must not hold the service up
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  static_cast<void>(::sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&address), size));
}

}  // namespace turnpike::app
