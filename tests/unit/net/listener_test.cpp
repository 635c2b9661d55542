// Accepting connections, also when there is no descriptor for them.
#include "turnpike/net/listener.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>

#include "tcp_helpers.hpp"

namespace turnpike::net {
namespace {

namespace errc = boost::system::errc;

TEST(Listener, tells_both_ends_of_a_connection) {
  auto listener = Listener::open({.local = at("0.0.0.0:0")}).value();
  EXPECT_FALSE(listener.accept()) << "nobody is there yet";
  for (const char* address : {"127.0.0.1:0", "127.0.0.2:0"}) {
    const Endpoint server = at(address).with_port(listener.local().port);
    const FileDescriptor client = connect_to(server);
    ASSERT_TRUE(readable(listener.fd()));
    const auto accepted = listener.accept();
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->client.plain(), local_endpoint(client.get()));
    EXPECT_EQ(accepted->server.plain(), server);
  }
  EXPECT_FALSE(listener.accept());
}

TEST(Listener, ipv4_on_a_dual_stack_listener_is_ipv4_BIND_08) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "no IPv6";
  auto listener = Listener::open({.local = at("[::]:0"), .v6_only = false}).value();
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    const Endpoint server = at(address).with_port(listener.local().port);
    const FileDescriptor client = connect_to(server);
    ASSERT_TRUE(readable(listener.fd()));
    const auto accepted = listener.accept();
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->client.plain(), local_endpoint(client.get()));
    EXPECT_EQ(accepted->server.plain(), server);
  }
}

int option(int fd, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  EXPECT_EQ(getsockopt(fd, level, name, &value, &size), 0);
  return value;
}

TEST(Listener, connections_never_wait_to_coalesce_and_never_block_TCPC_09) {
  const Connection connection = connect_pair();
  const int fd = connection.server.fd.get();
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_NODELAY), 1);
  EXPECT_NE(fcntl(fd, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(fcntl(fd, F_GETFD) & FD_CLOEXEC, 0);
}

TEST(Listener, a_client_that_went_without_a_word_is_asked_and_then_gone_TCPC_03) {
  const Connection connection = connect_pair();
  const int fd = connection.server.fd.get();
  EXPECT_EQ(option(fd, SOL_SOCKET, SO_KEEPALIVE), 1);
  const int seconds = option(fd, IPPROTO_TCP, TCP_KEEPIDLE) +
                      option(fd, IPPROTO_TCP, TCP_KEEPINTVL) * option(fd, IPPROTO_TCP, TCP_KEEPCNT);
  EXPECT_EQ(seconds, 30);
  EXPECT_EQ(option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT), 30'000) << "of data that it does not acknowledge";
}

TEST(Listener, a_port_is_taken_once_unless_all_share_it) {
  const auto alone = Listener::open({.local = at("127.0.0.1:0")}).value();
  EXPECT_EQ(Listener::open({.local = alone.local()}).error(), errc::address_in_use);
  const auto shared = Listener::open({.local = at("127.0.0.1:0"), .reuse_port = true}).value();
  EXPECT_TRUE(Listener::open({.local = shared.local(), .reuse_port = true}));
}

// No descriptor can be opened while it lives.
class NoDescriptors {
 public:
  NoDescriptors() {
    const FileDescriptor next_free(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{.rlim_cur = static_cast<rlim_t>(next_free.get()), .rlim_max = before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Listener, out_of_descriptors_connections_are_refused_and_later_ones_accepted) {
  auto listener = Listener::open({.local = at("127.0.0.1:0")}).value();
  const FileDescriptor first = connect_to(listener.local());
  const FileDescriptor second = connect_to(listener.local());
  ASSERT_TRUE(readable(listener.fd()));
  for (const FileDescriptor* client : {&first, &second}) {
    const NoDescriptors scarcity;
    const auto refused = listener.accept();
    ASSERT_TRUE(refused);
    EXPECT_FALSE(refused->fd);
    EXPECT_EQ(refused->client.plain(), local_endpoint(client->get()));
    EXPECT_EQ(refused->server.plain(), listener.local());
  }
  {
    const NoDescriptors scarcity;
    EXPECT_FALSE(listener.accept()) << "nobody is left";
  }
  char byte;
  EXPECT_EQ(::recv(first.get(), &byte, 1, 0), 0) << "closed, not forgotten";
  EXPECT_EQ(::recv(second.get(), &byte, 1, 0), 0);

  const FileDescriptor third = connect_to(listener.local());
  ASSERT_TRUE(readable(listener.fd()));
  EXPECT_TRUE(listener.accept());
}

}  // namespace
}  // namespace turnpike::net
