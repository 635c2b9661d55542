// Blocking sockets and OpenSSL alone: what is measured is the server.
#include "web/visitors.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <vector>

#include "turnpike/net/file_descriptor.hpp"
#include "turnpike/net/sockaddr.hpp"

namespace turnpike::bench {
namespace {

constexpr std::uint64_t kWithoutEnd = std::uint64_t{1} << 50;
constexpr std::uint64_t kSmallBytes = 100;
constexpr std::size_t kBlockBytes = 1 << 18;

struct Counts {
  std::atomic<std::uint64_t> bytes = 0;
  std::atomic<std::uint64_t> requests = 0;
  std::atomic<bool> failed = false;
};

class Visitor {
 public:
  Visitor(SSL_CTX* context, const Endpoint& server) : host_(server.to_string()) {
    const int family = net::socket_family(server.address);
    const net::SockAddr address(server, family);
    fd_ = net::FileDescriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_.get(), address.get(), address.size()) != 0)
      throw std::runtime_error(host_ + " takes no connection");
    ssl_.reset(SSL_new(context));
    if (SSL_set_fd(ssl_.get(), fd_.get()) != 1 || SSL_connect(ssl_.get()) != 1)
      throw std::runtime_error(host_ + " does not finish its handshake");
  }

  // Until it fails.
  void enjoy(Wish wish, Counts& counts) {
    switch (wish) {
      case Wish::download: return download(counts);
      case Wish::upload: return upload(counts);
      case Wish::requests:
        while (is_answered(counts)) ++counts.requests;
    }
  }

 private:
  bool ask(std::string_view method, std::uint64_t target, std::uint64_t length) {
    const std::string head = fmt::format("{} /{} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n\r\n", method,
                                         target, host_, length);
    return SSL_write(ssl_.get(), head.data(), static_cast<int>(head.size())) > 0;
  }

  void download(Counts& counts) {
    ++counts.requests;
    if (!ask("GET", kWithoutEnd, 0)) return;
    for (int count = 1; count > 0;) {
      count = SSL_read(ssl_.get(), block_.data(), static_cast<int>(block_.size()));
      if (count > 0) counts.bytes += static_cast<std::uint64_t>(count);
    }
  }

  void upload(Counts& counts) {
    ++counts.requests;
    if (!ask("POST", 0, kWithoutEnd)) return;
    for (int count = 1; count > 0;) {
      count = SSL_write(ssl_.get(), block_.data(), static_cast<int>(block_.size()));
      if (count > 0) counts.bytes += static_cast<std::uint64_t>(count);
    }
  }

  // An answer has a head of any size and kSmallBytes of body, which may come in pieces.
  bool is_answered(Counts& counts) {
    if (!ask("GET", kSmallBytes, 0)) return false;
    std::string answer;
    for (std::size_t end = answer.npos; end == answer.npos || answer.size() < end + 4 + kSmallBytes;) {
      const int count = SSL_read(ssl_.get(), block_.data(), static_cast<int>(block_.size()));
      if (count <= 0) return false;
      answer.append(block_.data(), static_cast<std::size_t>(count));
      end = answer.find("\r\n\r\n");
    }
    counts.bytes += kSmallBytes;
    return answer.starts_with("HTTP/1.1 200 ");
  }

  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  const std::string host_;
  net::FileDescriptor fd_;
  std::unique_ptr<SSL, Free> ssl_;
  std::vector<char> block_ = std::vector<char>(kBlockBytes);
};

SSL_CTX* make_context() {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  constexpr unsigned char kHttp[] = "\x08http/1.1";
  if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") != 1 ||
      SSL_CTX_set_alpn_protos(context, kHttp, sizeof kHttp - 1) != 0)
    throw std::runtime_error("no TLS");
  return context;
}

struct Reading {
  explicit Reading(const Visits& visits, const Counts& counts)
      : at(std::chrono::steady_clock::now()),
        bytes(counts.bytes),
        requests(counts.requests),
        usage(read_usage(visits.processes)) {}
  std::chrono::steady_clock::time_point at;
  std::uint64_t bytes;
  std::uint64_t requests;
  Usage usage;
};

}  // namespace

VisitResult visit(const Visits& visits) {
  static Counts counts;  // the threads go on
  SSL_CTX* const context = make_context();
  std::vector<std::unique_ptr<Visitor>> visitors;
  for (std::size_t i = 0; i < visits.connections; ++i)
    visitors.push_back(std::make_unique<Visitor>(context, visits.server));
  for (auto& visitor : visitors) {
    std::thread([wish = visits.wish, own = std::move(visitor)] {
      own->enjoy(wish, counts);
      counts.failed = true;
    }).detach();
  }
  std::this_thread::sleep_for(visits.warm_up);
  const Reading before(visits, counts);
  std::this_thread::sleep_for(visits.measured);
  const Reading after(visits, counts);
  if (counts.failed) throw std::runtime_error(visits.server.to_string() + " ends a connection");
  return {.seconds = std::chrono::duration<double>(after.at - before.at).count(),
          .bytes = after.bytes - before.bytes,
          .requests = after.requests - before.requests,
          .used = after.usage - before.usage};
}

}  // namespace turnpike::bench
