// Reads and writes by blocking calls; bodies are sent from one file in memory, without a copy.
#include "web/origin.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "turnpike/net/bound_socket.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::bench {
namespace {

constexpr std::size_t kFileBytes = 1 << 20;
constexpr std::size_t kReadBytes = 1 << 18;

std::uint64_t number_behind(std::string_view head, std::string_view name) {
  std::uint64_t number = 0;
  const auto at = head.find(name);
  if (at != head.npos) std::from_chars(head.data() + at + name.size(), head.data() + head.size(), number);
  return number;
}

class Visit {
 public:
  Visit(net::FileDescriptor connection, int file) : connection_(std::move(connection)), file_(file) {}

  void serve() {
    for (auto head = read_head(); head; head = read_head()) {
      const bool is_read = take_body(number_behind(*head, "ontent-Length: "));
      if (!is_read || !answer(head->starts_with("GET /") ? number_behind(*head, "GET /") : 0)) return;
    }
  }

 private:
  bool receive() {
    const auto count = ::recv(connection_.get(), block_.data(), block_.size(), 0);
    come_ = count > 0 ? static_cast<std::size_t>(count) : 0;
    return count > 0;
  }

  // What has come behind it stays in rest_.
  std::optional<std::string> read_head() {
    for (auto end = rest_.find("\r\n\r\n");; end = rest_.find("\r\n\r\n")) {
      if (end != rest_.npos) {
        const std::string head = rest_.substr(0, end);
        rest_.erase(0, end + 4);
        return head;
      }
      if (!receive()) return std::nullopt;
      rest_.append(block_.data(), come_);
    }
  }

  bool take_body(std::uint64_t bytes) {
    const auto come = std::min<std::uint64_t>(bytes, rest_.size());
    rest_.erase(0, static_cast<std::size_t>(come));
    for (bytes -= come; bytes > 0; bytes -= std::min<std::uint64_t>(bytes, come_)) {
      if (!receive()) return false;
    }
    return true;
  }

  bool answer(std::uint64_t bytes) {
    const std::string head = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", bytes);
    const int more = bytes > 0 ? MSG_MORE : 0;
    if (::send(connection_.get(), head.data(), head.size(), MSG_NOSIGNAL | more) < 0) return false;
    while (bytes > 0) {
      off_t from = 0;
      const auto most = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, kFileBytes));
      const auto count = ::sendfile(connection_.get(), file_, &from, most);
      if (count <= 0) return false;
      bytes -= static_cast<std::uint64_t>(count);
    }
    return true;
  }

  net::FileDescriptor connection_;
  int file_;
  std::string rest_;
  std::vector<char> block_ = std::vector<char>(kReadBytes);
  std::size_t come_ = 0;  // of the last read
};

net::FileDescriptor make_file() {
  net::FileDescriptor file(::memfd_create("body", MFD_CLOEXEC));
  if (!file || ::ftruncate(file.get(), kFileBytes) != 0)
    throw std::system_error(errno, std::generic_category(), "memfd_create");
  return file;
}

}  // namespace

void serve_web(const Endpoint& local) {
  const net::SocketOption options[] = {{SOL_SOCKET, SO_REUSEADDR, 1}, {IPPROTO_TCP, TCP_NODELAY, 1}};
  auto listener = net::open_bound_socket(SOCK_STREAM, local, options);
  if (!listener || ::listen(listener->get(), SOMAXCONN) != 0 || ::fcntl(listener->get(), F_SETFL, 0) != 0)
    throw std::system_error(errno, std::generic_category(), "listen");
  const net::FileDescriptor file = make_file();
  fmt::print("serving at {}\n", local.to_string());
  std::fflush(stdout);
  for (;;) {
    net::FileDescriptor connection(::accept4(listener->get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection) continue;
    std::thread([body = file.get(), taken = std::move(connection)]() mutable {
      Visit(std::move(taken), body).serve();
    }).detach();
  }
}

}  // namespace turnpike::bench
