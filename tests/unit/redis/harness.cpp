// What the tests of the Redis client share.
#include "harness.hpp"

#include <chrono>

namespace turnpike::redis {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

bool run_until(asio::io_context& context, const std::function<bool()>& holds, Duration patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!holds() && std::chrono::steady_clock::now() < until) {
    context.restart();
    context.run_one_for(milliseconds(5));
  }
  return holds();
}

void run_for(asio::io_context& context, Duration time) {
  context.restart();
  context.run_for(time);
}

std::string bulk(const std::string& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

std::string message(const std::string& channel, const std::string& payload) {
  return "*3\r\n$7\r\nmessage\r\n" + bulk(channel) + bulk(payload);
}

struct FakeServer::Peer {
  tcp::socket socket;
  Reader reader{};
};

FakeServer::FakeServer(asio::io_context& context)
    : context_(context), acceptor_(context, {asio::ip::address_v4::loopback(), 0}) {
  asio::co_spawn(context, accept(), asio::detached);
}

// Its coroutines end before it is gone.
FakeServer::~FakeServer() {
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  drop_all();
  run_for(context_, milliseconds(20));
}

asio::awaitable<void> FakeServer::accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(kAwait);
    if (error) co_return;
    ++connections;
    const auto peer = std::make_shared<Peer>(Peer{std::move(socket)});
    connections_.push_back(peer);
    asio::co_spawn(context_, serve(peer), asio::detached);
  }
}

asio::awaitable<void> FakeServer::serve(std::shared_ptr<Peer> peer) {
  std::array<char, 4096> piece;
  bool is_open = true;
  while (is_open) {
    const auto [error, size] = co_await peer->socket.async_read_some(asio::buffer(piece), kAwait);
    if (error) break;
    std::string_view bytes(piece.data(), size);
    std::string answers;
    while (!bytes.empty() && is_open) {
      const auto reply = peer->reader.read(bytes);
      if (!reply || !*reply) break;
      Command command;
      for (const Reply& word : (*reply)->elements) command.push_back(word.text);
      const std::string own = answer_to(command);
      is_open = own != kClose;
      if (is_open) answers += own;
    }
    co_await asio::async_write(peer->socket, asio::buffer(answers), kAwait);
  }
  boost::system::error_code ignored;
  peer->socket.close(ignored);
  connections_.remove(peer);
}

std::string FakeServer::answer_to(const Command& command) {
  std::string line;
  for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
  seen.push_back(line);
  if (const auto own = answer ? answer(command) : std::nullopt) return *own;
  if (command[0] == "ROLE") return kMaster;
  if (command[0] == "PING") return "+PONG\r\n";
  if (command[0] != "SUBSCRIBE") return "+OK\r\n";
  std::string answers;
  for (std::size_t i = 1; i < command.size(); ++i)
    answers += "*3\r\n" + bulk("subscribe") + bulk(command[i]) + ":" + std::to_string(i) + "\r\n";
  return answers;
}

void FakeServer::push(const std::string& bytes) {
  for (const auto& peer : connections_) {
    boost::system::error_code ignored;
    asio::write(peer->socket, asio::buffer(bytes), ignored);
  }
}

void FakeServer::drop_all() {
  for (const auto& peer : connections_) {
    boost::system::error_code ignored;
    peer->socket.shutdown(tcp::socket::shutdown_both, ignored);
    peer->socket.close(ignored);
  }
}

ClientLimits short_limits() {
  ClientLimits limits;
  limits.connect_max = milliseconds(300);
  limits.retry_first = milliseconds(10);
  limits.retry_longest = milliseconds(50);
  limits.session.answer_max = milliseconds(200);
  limits.session.quiet_max = milliseconds(100);
  return limits;
}

Settings settings_for(const Place& place) {
  Settings settings;
  settings.target.place = place;
  settings.limits = short_limits();
  return settings;
}

}  // namespace turnpike::redis
