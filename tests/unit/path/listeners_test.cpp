// Sockets for every worker on the same ports, and what is said when a port is not to be had.
#include "turnpike/path/listeners.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "shell/support.hpp"

namespace turnpike::path {
namespace {

using namespace shell;

Endpoint any_v4(std::uint16_t port) { return {IpAddress::v4(0, 0, 0, 0), port}; }
Endpoint any_v6(std::uint16_t port) { return *Endpoint::parse("[::]:" + std::to_string(port)); }
Endpoint loopback_v6(std::uint16_t port) { return *Endpoint::parse("[::1]:" + std::to_string(port)); }

config::ListenConfig only_udp(std::vector<Endpoint> udp) {
  config::ListenConfig listen;
  listen.udp = std::move(udp);
  listen.tcp.clear();
  return listen;
}

config::ListenConfig only_tcp(std::vector<Endpoint> tcp) {
  config::ListenConfig listen;
  listen.udp.clear();
  listen.tcp = std::move(tcp);
  return listen;
}

std::string error_of(const config::ListenConfig& listen) {
  try {
    open_listeners(listen, 2);
    return "";
  } catch (const std::runtime_error& error) {
    return error.what();
  }
}

// Where a datagram from a socket of `family` to the port of the listeners arrives: the index of the listener,
// or none.
std::optional<std::size_t> receiver_of(const Listeners& listeners, const Endpoint& to) {
  UdpPort sender(to.address.is_v4() ? loopback(0) : loopback_v6(0));
  sender.send(std::string("\x40\x00\x00\x00", 4), to);  // the kernel drops what is no frame
  std::optional<std::size_t> receiver;
  becomes_true(
      [&] {
        net::ReceiveBatch batch(1);
        for (std::size_t i = 0; i < listeners.udp.size(); ++i) {
          if (!batch.receive(listeners.udp[i]).empty()) receiver = i;
        }
        return receiver.has_value();
      },
      kSilence);
  return receiver;
}

TEST(Listeners, receive_over_udp_what_is_a_frame_and_nothing_else) {
  const auto listeners = std::move(open_listeners(only_udp({loopback(0)}), 1).front());
  UdpPort sender;
  for (const char* rubbish : {"", "x", "GET / HTTP/1.1\r\n\r\n"})
    sender.send(rubbish, listeners.udp[0].local());
  const std::string frame("\x40\x00\x00\x00", 4);
  sender.send(frame, listeners.udp[0].local());
  net::ReceiveBatch batch;
  std::vector<std::string> received;
  becomes_true([&] {
    for (const net::Datagram& datagram : batch.receive(listeners.udp[0]))
      received.emplace_back(as_text(datagram.payload));
    return !received.empty();
  });
  EXPECT_EQ(received, std::vector<std::string>{frame});
}

TEST(Listeners, every_worker_has_its_own_on_the_same_ports) {
  const config::ListenConfig listen = loopback_listeners();
  const auto workers = open_listeners(listen, 3);
  ASSERT_EQ(workers.size(), 3U);
  for (const Listeners& own : workers) {
    ASSERT_EQ(own.udp.size(), 1U);
    EXPECT_EQ(own.udp[0].local(), listen.udp[0]);
    ASSERT_EQ(own.streams.size(), 2U);
    EXPECT_EQ(own.streams[0].socket.local(), listen.tcp[0]);
    EXPECT_EQ(own.streams[0].transport, Transport::tcp);
    EXPECT_EQ(own.streams[1].socket.local(), listen.tls[0]);
    EXPECT_EQ(own.streams[1].transport, Transport::tls);
  }
}

TEST(Listeners, a_port_in_use_is_named_with_its_key_even_if_its_owner_would_share_it) {
  const std::uint16_t port = free_port();
  const std::string reason = loopback(port).to_string() + ": Address already in use";
  for (const bool shared : {false, true}) {
    {
      const auto owner = net::UdpSocket::open({.local = loopback(port), .reuse_port = shared}).value();
      EXPECT_EQ(error_of(only_udp({loopback(port)})), "listen.udp: " + reason);
    }
    const auto owner = net::Listener::open({.local = loopback(port), .reuse_port = shared}).value();
    EXPECT_EQ(error_of(only_tcp({loopback(port)})), "listen.tcp: " + reason);
    config::ListenConfig tls = only_udp({});
    tls.tls = {loopback(port)};
    EXPECT_EQ(error_of(tls), "listen.tls: " + reason);
  }
}

TEST(Listeners, an_address_of_another_host_is_refused) {
  EXPECT_EQ(error_of(only_udp({{IpAddress::v4(192, 0, 2, 1), free_port()}})).substr(0, 21),
            "listen.udp: 192.0.2.1");
}

TEST(Listeners, an_ipv6_wildcard_takes_ipv4_only_where_no_ipv4_wildcard_has_the_port) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "needs IPv6";
  const std::uint16_t port = free_port();
  {
    const auto dual = open_listeners(only_udp({any_v6(port)}), 1);
    EXPECT_EQ(receiver_of(dual[0], loopback(port)), 0U);
    EXPECT_EQ(receiver_of(dual[0], loopback_v6(port)), 0U);
  }
  {
    const auto other_port =
        open_listeners(only_udp({any_v4(static_cast<std::uint16_t>(port + 1)), any_v6(port)}), 1);
    EXPECT_EQ(receiver_of(other_port[0], loopback(port)), 1U);
  }
  for (const bool v6_first : {false, true}) {
    const auto list =
        v6_first ? std::vector{any_v6(port), any_v4(port)} : std::vector{any_v4(port), any_v6(port)};
    const auto both = open_listeners(only_udp(list), 2);
    EXPECT_EQ(both[1].udp[v6_first ? 0 : 1].local(), any_v6(port));
    const auto one = open_listeners(only_tcp(list), 2);
    EXPECT_EQ(one[1].streams.size(), 2U);
  }
}

TEST(Listeners, an_address_may_stand_beside_the_wildcard_that_covers_it) {
  const std::uint16_t port = free_port();
  {
    const auto udp = open_listeners(only_udp({any_v4(port), loopback(port)}), 1);
    EXPECT_EQ(receiver_of(udp[0], loopback(port)), 1U);
    EXPECT_EQ(receiver_of(udp[0], {IpAddress::v4(127, 0, 0, 2), port}), 0U);
  }
  EXPECT_EQ(open_listeners(only_tcp({loopback(port), any_v4(port)}), 2)[1].streams.size(), 2U);
  if (!has_ipv6_loopback()) GTEST_SKIP() << "needs IPv6";
  const auto dual = open_listeners(only_udp({loopback(port), any_v6(port)}), 1);
  EXPECT_EQ(receiver_of(dual[0], loopback(port)), 0U);
  EXPECT_EQ(receiver_of(dual[0], {IpAddress::v4(127, 0, 0, 2), port}), 1U);
}

std::vector<std::string> named(const config::ListenConfig& listen) {
  std::vector<std::string> names;
  for (const Endpoint& each : listen.udp) names.push_back(to_string({Transport::udp, each}));
  for (const Endpoint& each : listen.tcp) names.push_back(to_string({Transport::tcp, each}));
  for (const Endpoint& each : listen.tls) names.push_back(to_string({Transport::tls, each}));
  return names;
}

TEST(Listeners, a_change_opens_only_what_is_not_there) {
  config::ListenConfig listen = loopback_listeners();
  const ListenersOfAll first = open_listeners({}, listen, {.workers = 2});
  EXPECT_EQ(names_of(first.open), named(listen));
  const config::ListenConfig more = loopback_listeners();
  const Endpoint gone = listen.udp.front();
  listen.udp = more.udp;
  listen.tcp.push_back(more.tcp.front());
  listen.proxy_protocol = {*IpPrefix::parse("192.0.2.0/24")};
  const ListenersOfAll second = open_listeners(first.open, listen, {.workers = 2});
  EXPECT_EQ(names_of(second.open), named(listen));
  ASSERT_EQ(second.changes.size(), 2U);
  for (const ListenerChange& each : second.changes) {
    EXPECT_EQ(names_of(each.opened), named([&] {
                config::ListenConfig fresh = only_udp(more.udp);
                fresh.tcp = more.tcp;
                return fresh;
              }()));
    EXPECT_EQ(each.closed, (std::vector<ListenerName>{{Transport::udp, gone}}));
    EXPECT_EQ(each.opened.balancers, listen.proxy_protocol);
  }
  const ListenersOfAll third = open_listeners(second.open, listen, {.workers = 2});
  EXPECT_EQ(third.open, second.open);
  for (const ListenerChange& each : third.changes) {
    EXPECT_TRUE(names_of(each.opened).empty());
    EXPECT_TRUE(each.closed.empty());
  }
}

// The wildcard is ours, so an address of it is to be had though the port is in use; and the other way round.
TEST(Listeners, a_change_may_overlap_what_is_there) {
  for (const bool is_udp : {true, false}) {
    const std::uint16_t port = free_port();
    const auto only = [is_udp](std::vector<Endpoint> list) {
      return is_udp ? only_udp(std::move(list)) : only_tcp(std::move(list));
    };
    const std::vector<std::vector<Endpoint>> steps = {
        {any_v6(port)},   {any_v4(port), any_v6(port)},   {any_v4(port), loopback(port), any_v6(port)},
        {loopback(port)}, {any_v4(port), loopback(port)}, {any_v6(port), loopback(port)},
    };
    if (!has_ipv6_loopback()) GTEST_SKIP() << "needs IPv6";
    std::vector<OpenListener> now;
    std::vector<ListenersOfAll> sockets;
    for (const auto& step : steps) {
      sockets.push_back(open_listeners(now, only(step), {.workers = 2}));
      now = sockets.back().open;
      EXPECT_EQ(names_of(now), named(only(step)));
    }
  }
}

TEST(Listeners, an_ipv6_wildcard_gets_ipv4_when_the_ipv4_wildcard_has_gone) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "needs IPv6";
  const std::uint16_t port = free_port();
  auto both = std::move(open_listeners(only_udp({any_v6(port), any_v4(port)}), 1).front());
  EXPECT_EQ(receiver_of(both, loopback(port)), 1U);
  EXPECT_EQ(receiver_of(both, loopback_v6(port)), 0U);
  both.udp.pop_back();
  EXPECT_EQ(receiver_of(both, loopback(port)), 0U);
}

TEST(Listeners, a_change_that_another_process_is_in_the_way_of_is_refused_by_name) {
  const config::ListenConfig listen = loopback_listeners();
  const ListenersOfAll first = open_listeners({}, listen, {});
  for (const bool shared : {false, true}) {
    const auto owner = net::UdpSocket::open({.local = loopback(free_port()), .reuse_port = shared}).value();
    config::ListenConfig fresh = listen;
    fresh.udp.push_back(owner.local());
    const auto error = [&]() -> std::string {
      try {
        open_listeners(first.open, fresh, {});
        return "";
      } catch (const std::runtime_error& refusal) {
        return refusal.what();
      }
    }();
    EXPECT_EQ(error, "listen.udp: " + owner.local().to_string() + ": Address already in use");
  }
}

}  // namespace
}  // namespace turnpike::path
