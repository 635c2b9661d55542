#include "turnpike/lookup/seen_address.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <list>
#include <memory>
#include <utility>
#include <variant>

#include "turnpike/client/turn_client.hpp"
#include "turnpike/crypto/openssl_random.hpp"
#include "turnpike/net/clock.hpp"
#include "turnpike/net/receive_batch.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/udp_socket.hpp"

namespace turnpike::lookup {
namespace {

namespace asio = boost::asio;

constexpr Duration kLook = std::chrono::milliseconds(5);  // between looks at what has arrived
constexpr std::size_t kBuffers = 4;

// One local address and all servers of its family.
class Question {
 public:
  Question(const IpAddress& local, const std::vector<Endpoint>& servers, Random& random, TimePoint now)
      : result_{local, std::nullopt, {}} {
    auto socket = net::UdpSocket::open({.local = {local, 0}});
    if (!socket) return;  // the host has lost the address
    socket_.emplace(std::move(*socket));
    for (const Endpoint& server : servers) {
      if (server.address.family() != local.family()) continue;
      servers_.push_back({server, client::TurnClient({}, random)});
      servers_.back().client.binding(now);
    }
  }

  bool is_over() const { return result_.seen || servers_.empty(); }
  const SeenAddress& result() const { return result_; }

  void go_on(net::ReceiveBatch& batch, TimePoint now) {
    if (is_over()) return;
    batch.reset();
    for (const net::Datagram& datagram : batch.receive(*socket_)) {
      const auto from = std::ranges::find(servers_, datagram.from, &Server::address);
      if (from != servers_.end()) from->client.on_receive(datagram.payload, now);
    }
    for (Server& server : servers_) {
      server.client.on_deadline(now);
      for (const client::Output& output : server.client.drain()) take(output, server.address);
    }
  }

 private:
  struct Server {
    Endpoint address;
    client::TurnClient client;
  };

  void take(const client::Output& output, const Endpoint& server) {
    if (const auto* transmit = std::get_if<client::Transmit>(&output)) {
      const net::SockAddr to(server, socket_->family());
      // What is lost here is sent again.
      static_cast<void>(
          ::sendto(socket_->fd(), transmit->bytes.data(), transmit->bytes.size(), 0, to.get(), to.size()));
    } else if (const auto* answer = std::get_if<client::MappedAddress>(&output); answer && !result_.seen) {
      result_.seen = answer->mapped.address;
      result_.server = server;
    }
  }

  SeenAddress result_;
  std::optional<net::UdpSocket> socket_;
  std::vector<Server> servers_;
};

}  // namespace

asio::awaitable<std::vector<SeenAddress>> ask_where(std::vector<IpAddress> locals,
                                                    std::vector<Endpoint> servers, Duration patience) {
  crypto::OpenSslRandom random;
  net::ReceiveBatch batch(kBuffers);
  const TimePoint until = net::read_clock().monotonic + patience;
  std::list<Question> questions;
  for (const IpAddress& local : locals)
    questions.emplace_back(local, servers, random, net::read_clock().monotonic);
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (true) {
    const TimePoint now = net::read_clock().monotonic;
    for (Question& question : questions) question.go_on(batch, now);
    if (now >= until || std::ranges::all_of(questions, &Question::is_over)) break;
    timer.expires_after(kLook);
    co_await timer.async_wait(asio::use_awaitable);
  }
  std::vector<SeenAddress> results;
  for (const Question& question : questions) results.push_back(question.result());
  co_return results;
}

}  // namespace turnpike::lookup
