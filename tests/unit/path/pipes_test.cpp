// What is no TURN, piped to who serves it; and how much of it is moved in a turn.
#include "turnpike/path/pipes.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <atomic>
#include <future>
#include <mutex>
#include <thread>

#include "shell/support.hpp"
#include "turnpike/path/client_paths.hpp"
#include "turnpike/stun/builder.hpp"

namespace turnpike::path {
namespace {

using namespace shell;

struct SocketPair {
  SocketPair() {
    int fds[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    near = net::FileDescriptor(fds[0]);
    far = net::FileDescriptor(fds[1]);
  }
  net::FileDescriptor near, far;
};

std::string read_all(int fd) {
  std::string all, part(1 << 20, '\0');
  for (ssize_t count = 1; count > 0;) {
    count = ::recv(fd, part.data(), part.size(), MSG_DONTWAIT);
    if (count > 0) all.append(part, 0, static_cast<std::size_t>(count));
  }
  return all;
}

FiveTuple client_of(std::uint16_t port) {
  return {ClientEndpoint(loopback(port)), ServerEndpoint(loopback(443)), Transport::tls, {}};
}

class PipesTest : public testing::Test {
 protected:
  // A client's connection, whose far end the test has, and that of the server.
  struct Joined {
    SocketPair client, server;
  };
  Joined join(std::uint16_t port, std::vector<std::uint8_t> begin = {}) {
    Joined joined;
    pipes_.join({net::ByteStream(std::move(joined.client.near)), std::move(begin), client_of(port)},
                std::move(joined.server.near));
    return joined;
  }
  void take_turn() {
    pipes_.begin_turn(now_);
    pipes_.note_ready();
    pipes_.serve();
  }

  TimePoint now_{std::chrono::hours(1)};
  Pipes pipes_;
};

TEST_F(PipesTest, what_the_client_began_with_arrives_first) {
  const Joined joined = join(1, {'G', 'E', 'T'});
  ASSERT_EQ(::send(joined.client.far.get(), " /", 2, 0), 2);
  EXPECT_TRUE(pipes_.has_waiting()) << "no poller would report it";
  take_turn();
  EXPECT_FALSE(pipes_.has_any());
  EXPECT_EQ(read_all(joined.server.far.get()), "GET /");
}

TEST_F(PipesTest, a_pipe_ends_when_both_sides_have_and_its_client_is_told) {
  Joined joined = join(7);
  take_turn();
  ASSERT_EQ(::shutdown(joined.client.far.get(), SHUT_WR), 0);
  take_turn();
  EXPECT_EQ(pipes_.next_gone(), std::nullopt) << "the server may still answer";
  joined.server.far.reset();
  take_turn();
  EXPECT_EQ(pipes_.next_gone(), client_of(7));
  EXPECT_EQ(pipes_.next_gone(), std::nullopt);
  EXPECT_EQ(pipes_.size(), 0U);
}

TEST_F(PipesTest, all_of_them_move_so_much_in_a_turn_and_no_more) {
  std::vector<Joined> all;
  const std::string block(net::Pipe::kQueuedMax, 'x');
  for (std::uint16_t i = 0; i < 24; ++i) {
    all.push_back(join(i));
    ASSERT_EQ(::send(all.back().client.far.get(), block.data(), block.size(), 0),
              static_cast<ssize_t>(block.size()));
  }
  const auto arrived = [&] {
    std::size_t bytes = 0;
    for (const Joined& each : all) bytes += read_all(each.server.far.get()).size();
    return bytes;
  };
  take_turn();
  EXPECT_EQ(arrived(), Pipes::kBytesPerTurn);
  std::size_t more = 0;
  for (int turn = 0; turn < 10; ++turn) {
    take_turn();
    more += arrived();
  }
  EXPECT_EQ(Pipes::kBytesPerTurn + more, all.size() * block.size()) << "nobody waits for ever";
}

TEST_F(PipesTest, a_quiet_one_lasts_for_days) {
  const Joined joined = join(1);
  take_turn();
  EXPECT_EQ(pipes_.next_deadline(), std::nullopt);
  now_ += std::chrono::days(10);
  pipes_.on_deadline(now_);
  EXPECT_EQ(pipes_.next_gone(), std::nullopt);
  for (const auto& [from, to] : {std::pair(joined.client.far.get(), joined.server.far.get()),
                                 std::pair(joined.server.far.get(), joined.client.far.get())}) {
    ASSERT_EQ(::send(from, "still there", 11, 0), 11);
    take_turn();
    EXPECT_EQ(read_all(to), "still there");
  }
  EXPECT_EQ(pipes_.next_deadline(), std::nullopt);
}

TEST_F(PipesTest, a_client_may_send_for_days_after_it_was_told_that_nothing_follows) {
  const Joined joined = join(1);
  ASSERT_EQ(::shutdown(joined.server.far.get(), SHUT_WR), 0);
  for (int i = 0; i < 10; ++i) {
    ASSERT_EQ(::send(joined.client.far.get(), "x", 1, 0), 1);
    take_turn();
    EXPECT_EQ(read_all(joined.server.far.get()), "x");
    now_ += Pipes::kLingerMax - std::chrono::seconds(1);
    pipes_.on_deadline(now_);
  }
  EXPECT_EQ(pipes_.next_gone(), std::nullopt);
}

TEST_F(PipesTest, a_client_that_does_not_close_behind_its_server_is_closed) {
  Joined joined = join(7);
  take_turn();
  ASSERT_EQ(::shutdown(joined.server.far.get(), SHUT_WR), 0);
  take_turn();
  EXPECT_EQ(pipes_.next_deadline(), now_ + Pipes::kLingerMax);
  now_ += Pipes::kLingerMax - std::chrono::seconds(1);
  take_turn();
  pipes_.on_deadline(now_);
  EXPECT_EQ(pipes_.next_gone(), std::nullopt) << "in its time";
  now_ += std::chrono::seconds(1);
  pipes_.on_deadline(now_);
  EXPECT_EQ(pipes_.next_gone(), client_of(7));
  EXPECT_EQ(pipes_.size(), 0U);
  EXPECT_EQ(pipes_.next_deadline(), std::nullopt);
}

TEST_F(PipesTest, nobody_is_waited_for_when_the_server_has_closed_and_all_is_said) {
  Joined joined = join(7);
  ASSERT_EQ(::send(joined.server.far.get(), "bye", 3, 0), 3);
  joined.server.far.reset();
  for (int i = 0; i < 2; ++i) take_turn();
  EXPECT_EQ(read_all(joined.client.far.get()), "bye");
  EXPECT_EQ(pipes_.next_gone(), client_of(7));
  EXPECT_EQ(pipes_.next_deadline(), std::nullopt);
}

TEST_F(PipesTest, what_a_client_takes_of_the_last_words_gives_it_more_time) {
  Joined joined = join(7);
  const std::string block(1 << 20, 'x');
  std::size_t left = 0;
  for (ssize_t sent = 1; sent > 0; take_turn()) {
    sent = ::send(joined.server.far.get(), block.data(), block.size(), MSG_DONTWAIT);
    if (sent > 0) left += static_cast<std::size_t>(sent);
  }
  joined.server.far.reset();
  for (int i = 0; i < 1000 && left > 0; ++i) {
    left -= read_all(joined.client.far.get()).size();
    for (int turn = 0; turn < 4; ++turn) take_turn();
    now_ += Pipes::kFarewellMax - std::chrono::seconds(1);
    pipes_.on_deadline(now_);
  }
  EXPECT_EQ(left, 0U);
}

// The paths of a worker in a thread, and who serves HTTP.
class HttpOverTls : public testing::Test {
 protected:
  void SetUp() override {
    paths_.set_tls(std::make_shared<net::TlsContext>(make_certificate(folder_, 1)));
    paths_.serve_http([this](net::FileDescriptor fd, const FiveTuple& client) {
      const std::lock_guard lock(mutex_);
      served_.emplace_back(std::move(fd), client);
    });
    loop_ = std::jthread([this](const std::stop_token& stop) {
      while (!stop.stop_requested()) take_turn();
    });
  }
  void TearDown() override { loop_ = {}; }

  void take_turn() {
    const auto events = poller_.wait(paths_.has_waiting() ? Duration::zero() : std::chrono::milliseconds(5));
    paths_.begin_turn(now());
    paths_.on_deadline(now());
    for (const net::Ready& event : events) paths_.note_ready(event.token);
    for (auto batch = paths_.next_batch(kStrangers); !batch.empty(); batch = paths_.next_batch(kStrangers)) {
      for (const Inbound& inbound : batch) paths_.send_response(inbound.client, {'y', 'e', 's'});
    }
    paths_.flush();
  }
  TimePoint now() const { return clock_now() + ahead_.load(); }
  std::size_t served() {
    const std::lock_guard lock(mutex_);
    return served_.size();
  }

  static constexpr auto kStrangers = ClientPaths::Step::strangers;

  TemporaryFolder folder_;
  config::ListenConfig listen_ = loopback_listeners();
  net::Poller poller_;
  net::ReceiveBatch batch_;
  net::SendQueue sends_;
  ConnectionLimiter limiter_{{}};
  ClientPaths paths_{{}, std::move(open_listeners(listen_, 1).front()), poller_, batch_, sends_, limiter_};
  std::atomic<Duration> ahead_ = Duration::zero();
  std::mutex mutex_;
  std::vector<std::pair<net::FileDescriptor, FiveTuple>> served_;
  std::jthread loop_;
};

TEST_F(HttpOverTls, is_served_by_its_server_and_keeps_its_place_until_it_ends) {
  TlsWire wire(listen_.tls[0]);
  wire.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  ASSERT_TRUE(becomes_true([&] { return served() == 1; }));
  auto& [fd, client] = served_.front();
  EXPECT_EQ(client.client.plain(), wire.local());
  EXPECT_EQ(client.server.plain(), listen_.tls[0]);
  std::string request;
  EXPECT_TRUE(becomes_true([&] { return (request += read_all(fd.get())) == "GET / HTTP/1.1\r\n\r\n"; }));
  ASSERT_EQ(::send(fd.get(), "HTTP/1.1 200", 12, 0), 12);
  EXPECT_EQ(wire.receive(kPatience), "HTTP/1.1 200");
  EXPECT_EQ(limiter_.counts().strangers, 1U);
  fd.reset();
  EXPECT_TRUE(is_closed(wire));
  wire.close();
  EXPECT_TRUE(becomes_true([&] { return limiter_.counts().strangers == 0; }));
}

TEST_F(HttpOverTls, lasts_for_days_where_a_stranger_does_not) {
  TlsWire web(listen_.tls[0]), stranger(listen_.tls[0]);
  web.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  ASSERT_TRUE(becomes_true([&] { return served() == 1; }));
  ahead_ = std::chrono::days(10);
  EXPECT_TRUE(is_closed(stranger));
  const int fd = served_.front().first.get();
  ASSERT_EQ(::send(fd, "ping", 4, 0), 4);
  EXPECT_EQ(web.receive(kPatience), "ping");
  read_all(fd);
  web.send(as_bytes("pong"));
  std::string answer;
  EXPECT_TRUE(becomes_true([&] { return (answer += read_all(fd)) == "pong"; }));
}

TEST_F(HttpOverTls, leaves_relays_their_descriptors) {
  limiter_.set_limits({.passed_descriptors = 3});
  TlsWire first(listen_.tls[0]);
  first.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  ASSERT_TRUE(becomes_true([&] { return served() == 1; }));
  TlsWire second(listen_.tls[0]);
  second.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(is_closed(second));
  EXPECT_EQ(served(), 1U);
  first.close();
  {
    const std::lock_guard lock(mutex_);
    served_.front().first.reset();
  }
  EXPECT_TRUE(becomes_true([&] { return limiter_.counts().strangers == 0; }));
  TlsWire third(listen_.tls[0]);
  third.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(becomes_true([&] { return served() == 2; }));
}

TEST_F(HttpOverTls, is_told_from_turn_by_its_first_byte) {
  TlsWire turn(listen_.tls[0]);
  std::array<std::uint8_t, stun::kHeaderSize> buffer;
  turn.send(stun::MessageBuilder(buffer, stun::Method::binding, stun::Class::request, {}).bytes());
  EXPECT_EQ(turn.receive(kPatience), "yes");
  turn.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(is_closed(turn)) << "what has begun as TURN goes on as TURN";
  EXPECT_EQ(served(), 0U);
}

TEST_F(HttpOverTls, is_no_business_of_plain_tcp) {
  TcpWire wire(listen_.tcp[0]);
  wire.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(is_closed(wire));
  EXPECT_EQ(served(), 0U);
}

class HttpOverTcp : public HttpOverTls {
 protected:
  HttpOverTcp() { paths_.set_options({.http_over_tcp = true}); }
};

TEST_F(HttpOverTcp, is_served_where_it_is_wanted_and_keeps_its_place_until_it_ends) {
  TcpWire wire(listen_.tcp[0]);
  wire.send(as_bytes("G"));
  ASSERT_TRUE(becomes_true([&] { return served() == 1; })) << "a capital letter is enough";
  wire.send(as_bytes("ET / HTTP/1.1\r\n\r\n"));
  auto& [fd, client] = served_.front();
  EXPECT_EQ(client.client.plain(), wire.local());
  EXPECT_EQ(client.server.plain(), listen_.tcp[0]);
  EXPECT_EQ(client.transport, Transport::tcp);
  std::string request;
  EXPECT_TRUE(becomes_true([&] { return (request += read_all(fd.get())) == "GET / HTTP/1.1\r\n\r\n"; }));
  ASSERT_EQ(::send(fd.get(), "HTTP/1.1 301", 12, 0), 12);
  EXPECT_EQ(wire.receive(kPatience), "HTTP/1.1 301");
  EXPECT_EQ(limiter_.counts().strangers, 1U);
  fd.reset();
  wire.close();
  EXPECT_TRUE(becomes_true([&] { return limiter_.counts().strangers == 0; }));
}

TEST_F(HttpOverTcp, is_what_begins_with_a_capital_letter_and_all_else_is_as_without) {
  for (const char* text : {"get / HTTP/1.1\r\n\r\n", "@", "[::1]", "_", "\x7F", "\xFF\xFF"}) {
    TcpWire wire(listen_.tcp[0]);
    wire.send(as_bytes(text));
    EXPECT_TRUE(is_closed(wire)) << text;
  }
  TcpWire turn(listen_.tcp[0]);
  std::array<std::uint8_t, stun::kHeaderSize> buffer;
  turn.send(stun::MessageBuilder(buffer, stun::Method::binding, stun::Class::request, {}).bytes());
  EXPECT_EQ(turn.receive(kPatience), "yes");
  turn.send(as_bytes("GET / HTTP/1.1\r\n\r\n"));
  EXPECT_TRUE(is_closed(turn)) << "what has begun as TURN goes on as TURN";
  EXPECT_EQ(served(), 0U);
}

}  // namespace
}  // namespace turnpike::path
