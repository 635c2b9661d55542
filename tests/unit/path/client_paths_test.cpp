// Sockets of a process before this one, whose clients go on as if nothing had happened; and listeners that a
// reload changes.
#include "turnpike/path/client_paths.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "shell/support.hpp"
#include "turnpike/stun/builder.hpp"

namespace turnpike::path {
namespace {

using namespace shell;

std::string binding() {
  std::array<std::uint8_t, stun::kHeaderSize> buffer;
  return std::string(
      as_text(stun::MessageBuilder(buffer, stun::Method::binding, stun::Class::request, {}).bytes()));
}

net::FileDescriptor copy_of(int fd) { return net::FileDescriptor(::dup(fd)); }

std::vector<Inherited> sockets_of(const Listeners& listeners) {
  std::vector<Inherited> sockets;
  for (const net::UdpSocket& each : listeners.udp) sockets.push_back({Transport::udp, copy_of(each.fd())});
  for (const StreamListener& each : listeners.streams)
    sockets.push_back({each.transport, copy_of(each.socket.fd())});
  return sockets;
}

class ClientPathsTest : public ::testing::Test {
 protected:
  // From whom a frame has come.
  std::vector<Endpoint> take_clients(ClientPaths& paths, std::size_t count) {
    std::vector<Endpoint> clients;
    for (int turn = 0; turn < 50 && clients.size() < count; ++turn) {
      const auto events = poller_.wait(std::chrono::milliseconds(20));
      paths.begin_turn(clock_now());
      for (const net::Ready& event : events) paths.note_ready(event.token);
      for (const auto step : {ClientPaths::Step::datagrams, ClientPaths::Step::strangers}) {
        for (auto batch = paths.next_batch(step); !batch.empty(); batch = paths.next_batch(step)) {
          for (const Inbound& inbound : batch) {
            clients.push_back(inbound.client.tuple.client.plain());
            EXPECT_EQ(as_text(inbound.frame), binding());
            paths.send_response(inbound.client, {'y', 'e', 's'});
          }
          sends_.flush();
        }
      }
      paths.flush();
    }
    return clients;
  }

  net::Poller poller_;
  net::ReceiveBatch batch_;
  net::SendQueue sends_;
  ConnectionLimiter limiter_{{}};
};

TEST_F(ClientPathsTest, what_waits_in_the_sockets_of_a_process_before_is_served) {
  std::optional<Listeners> before = std::move(open_listeners(loopback_listeners(), 1).front());
  const Endpoint udp = before->udp.front().local();
  const Endpoint tcp = before->streams.front().socket.local();
  UdpPort datagrams;
  datagrams.send(binding(), udp);
  TcpWire stream(tcp);
  stream.send(as_bytes(binding()));

  auto listeners = adopt_listeners(sockets_of(*before));
  ASSERT_TRUE(listeners.has_value());
  EXPECT_EQ(names_of(*listeners), names_of(*before));
  before.reset();
  ClientPaths paths({}, std::move(*listeners), poller_, batch_, sends_, limiter_);
  EXPECT_EQ(take_clients(paths, 2), (std::vector<Endpoint>{datagrams.local(), stream.local()}));
  EXPECT_EQ(datagrams.receive()->text, "yes");
  EXPECT_EQ(stream.receive(kPatience), "yes");
}

TEST_F(ClientPathsTest, a_connection_that_a_process_before_has_accepted_is_served) {
  auto listener = net::Listener::open({.local = loopback(0)}).value();
  TcpWire wire(listener.local());
  std::optional<net::Accepted> before;
  ASSERT_TRUE(becomes_true([&] { return (before = listener.accept()).has_value(); }));
  auto connection = net::adopt_connection(copy_of(before->fd.get()));
  ASSERT_TRUE(connection.has_value());
  before.reset();
  ClientPaths paths({}, {}, poller_, batch_, sends_, limiter_);
  paths.adopt(std::move(*connection), Transport::tcp);
  wire.send(as_bytes(binding()));
  EXPECT_EQ(take_clients(paths, 1), std::vector<Endpoint>{wire.local()});
  EXPECT_EQ(wire.receive(kPatience), "yes");
}

TEST_F(ClientPathsTest, a_socket_of_no_use_is_named_and_all_are_closed) {
  const auto listeners = std::move(open_listeners(loopback_listeners(), 1).front());
  auto sockets = sockets_of(listeners);
  sockets[1].fd = copy_of(listeners.udp.front().fd());
  const int first = sockets[0].fd.get();
  const auto adopted = adopt_listeners(std::move(sockets));
  ASSERT_FALSE(adopted.has_value());
  EXPECT_EQ(adopted.error().index, 1U);
  EXPECT_EQ(adopted.error().reason, net::Unfit::other_kind);
  EXPECT_EQ(::close(first), -1);
}

TEST_F(ClientPathsTest, listeners_come_turn_and_go) {
  const config::ListenConfig old = loopback_listeners();
  auto first = open_listeners({}, old, {});
  ClientPaths paths({}, std::move(first.changes.front().opened), poller_, batch_, sends_, limiter_);
  config::ListenConfig fresh = loopback_listeners();
  fresh.tcp = old.tls;  // which is no TLS any more
  fresh.tls.clear();
  auto second = open_listeners(first.open, fresh, {});
  const relay::Client by_old{{ClientEndpoint(loopback(1)), ServerEndpoint(old.udp[0]), Transport::udp, {}},
                             {0, 0}};
  relay::Client by_stream = by_old;
  by_stream.tuple.transport = Transport::tcp;
  EXPECT_TRUE(paths.reaches(by_old));
  paths.change(std::move(second.changes.front()));
  EXPECT_FALSE(paths.reaches(by_old));
  EXPECT_TRUE(paths.reaches(by_stream));
  UdpPort datagrams;
  datagrams.send(binding(), old.udp[0]);
  datagrams.send(binding(), fresh.udp[0]);
  TcpWire stream(fresh.tcp[0]);
  stream.send(as_bytes(binding()));
  EXPECT_EQ(take_clients(paths, 3), (std::vector<Endpoint>{datagrams.local(), stream.local()}));
  EXPECT_EQ(datagrams.receive()->from, fresh.udp[0]);
  EXPECT_EQ(stream.receive(kPatience), "yes");
  EXPECT_THROW(TcpWire{old.tcp[0]}, std::exception);
}

TEST_F(ClientPathsTest, a_port_is_free_when_the_last_worker_has_closed_its_listener) {
  const config::ListenConfig listen = loopback_listeners();
  config::ListenConfig none;
  none.udp = none.tcp = {};
  auto first = open_listeners({}, listen, {.workers = 2});
  auto second = open_listeners(first.open, none, {.workers = 2});
  net::Poller other_poller;
  ClientPaths one({}, std::move(first.changes[0].opened), poller_, batch_, sends_, limiter_);
  ClientPaths other({}, std::move(first.changes[1].opened), other_poller, batch_, sends_, limiter_);
  const auto sockets = [&] {
    int count = 0;  // of those among which the kernel spreads the packets of 64 clients
    for (int i = 0; i < 64; ++i) UdpPort().send(binding(), listen.udp[0]);
    for (net::Poller* each : {&poller_, &other_poller}) count += each->wait(kSilence).empty() ? 0 : 1;
    return count;
  };
  EXPECT_EQ(sockets(), 2);
  one.change(std::move(second.changes[0]));
  EXPECT_TRUE(poller_.wait(kSilence).empty()) << "it is watched no more";
  EXPECT_FALSE(net::UdpSocket::open({.local = listen.udp[0]}).has_value());
  second.changes.erase(second.changes.begin());
  other.change(std::move(second.changes[0]));
  EXPECT_TRUE(net::UdpSocket::open({.local = listen.udp[0]}).has_value());
}

}  // namespace
}  // namespace turnpike::path
