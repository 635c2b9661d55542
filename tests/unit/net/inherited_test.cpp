// Sockets of a process before this one: which are taken over, and that nothing is lost that waits in them.
#include "turnpike/net/inherited.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <functional>
#include <set>

#include "tcp_helpers.hpp"

namespace turnpike::net {
namespace {

// As the process before had it: blocking, and open in what this one executes.
FileDescriptor handed_over(int fd) {
  FileDescriptor copy(::dup(fd));
  ::fcntl(copy.get(), F_SETFL, ::fcntl(copy.get(), F_GETFL) & ~O_NONBLOCK);
  return copy;
}

FileDescriptor bare(int family, int type, const char* local = nullptr) {
  FileDescriptor fd(::socket(family, type, 0));
  if (local == nullptr) return fd;
  const SockAddr address(at(local), family);
  EXPECT_EQ(::bind(fd.get(), address.get(), address.size()), 0);
  return fd;
}

FileDescriptor listening() {
  FileDescriptor fd = bare(AF_INET, SOCK_STREAM, "127.0.0.1:0");
  EXPECT_EQ(::listen(fd.get(), 1), 0);
  return fd;
}

FileDescriptor connected_udp() {
  const UdpSocket peer = open_udp("127.0.0.1:0");
  FileDescriptor fd = bare(AF_INET, SOCK_DGRAM);
  const SockAddr address(peer.local(), AF_INET);
  EXPECT_EQ(::connect(fd.get(), address.get(), address.size()), 0);
  return fd;
}

struct UnfitCase {
  const char* name;
  std::function<FileDescriptor()> make;
  SocketRole role;
  Unfit expected;
};

const UnfitCase kUnfit[] = {
    {"no descriptor", [] { return FileDescriptor(); }, SocketRole::udp_listener, Unfit::no_socket},
    {"a file", [] { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); },
     SocketRole::tcp_listener, Unfit::no_socket},
    {"a Unix socket", [] { return bare(AF_UNIX, SOCK_STREAM); }, SocketRole::tcp_listener, Unfit::other_kind},
    {"TCP for UDP", listening, SocketRole::udp_listener, Unfit::other_kind},
    {"UDP for TCP", [] { return bare(AF_INET, SOCK_DGRAM, "127.0.0.1:0"); }, SocketRole::tcp_listener,
     Unfit::other_kind},
    {"IPv4 through IPv6", [] { return bare(AF_INET6, SOCK_DGRAM, "127.0.0.1:0"); }, SocketRole::udp_listener,
     Unfit::other_family},
    {"UDP without a port", [] { return bare(AF_INET, SOCK_DGRAM); }, SocketRole::udp_listener,
     Unfit::not_bound},
    {"UDP with a peer", connected_udp, SocketRole::udp_listener, Unfit::connected},
    {"TCP that does not listen", [] { return bare(AF_INET, SOCK_STREAM, "127.0.0.1:0"); },
     SocketRole::tcp_listener, Unfit::not_listening},
    {"a connection for a listener", [] { return std::move(connect_pair().server.fd); },
     SocketRole::tcp_listener, Unfit::connected},
    {"a listener for a connection", listening, SocketRole::tcp_connection, Unfit::not_connected},
};

template <class T>
std::optional<Unfit> refusal(const Result<T, Unfit>& adopted) {
  return adopted ? std::nullopt : std::optional(adopted.error());
}

std::optional<Unfit> refusal(SocketRole role, FileDescriptor fd) {
  if (role == SocketRole::udp_listener) return refusal(UdpSocket::adopt(std::move(fd), {}));
  if (role == SocketRole::tcp_listener) return refusal(Listener::adopt(std::move(fd)));
  return refusal(adopt_connection(std::move(fd)));
}

TEST(Inherited, what_is_of_no_use_is_refused_with_the_reason) {
  for (const auto& [name, make, role, expected] : kUnfit) {
    const auto reason = refusal(role, make());
    ASSERT_TRUE(reason.has_value()) << name;
    EXPECT_EQ(to_string(*reason), to_string(expected)) << name;
  }
}

TEST(Inherited, reasons_have_names_of_their_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kUnfitKinds; ++i) names.insert(to_string(static_cast<Unfit>(i)));
  EXPECT_EQ(names.size(), kUnfitKinds);
  EXPECT_EQ(to_string(Unfit::not_set_up), "not_set_up") << "the last one";
}

TEST(Inherited, a_descriptor_that_is_refused_is_closed) {
  FileDescriptor fd = bare(AF_INET, SOCK_DGRAM);
  const int number = fd.get();
  EXPECT_EQ(UdpSocket::adopt(std::move(fd), {}).error(), Unfit::not_bound);
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

TEST(Inherited, what_waits_in_a_udp_socket_is_received_with_its_destination) {
  for (const char* local : {"127.0.0.1:0", "0.0.0.0:0"}) {
    const FileDescriptor before = bare(AF_INET, SOCK_DGRAM, local);
    const UdpSocket client = open_udp("127.0.0.1:0");
    const Endpoint server{at("127.0.0.1:0").address, local_endpoint(before.get()).port};
    send_text(client, "early", server);
    const auto socket = UdpSocket::adopt(handed_over(before.get()), {.gro = true});
    ASSERT_TRUE(socket);
    EXPECT_EQ(socket->local(), local_endpoint(before.get()));
    EXPECT_EQ(socket->wildcard(), is_wildcard(at(local).address));
    send_text(client, "late", server, {.tos = 0xB8});
    ReceiveBatch batch;
    std::vector<std::string> texts;
    while (texts.size() < 2 && readable(socket->fd())) {
      for (const Datagram& datagram : batch.receive(*socket)) {
        texts.emplace_back(as_text(datagram.payload));
        EXPECT_EQ(datagram.from, client.local());
        EXPECT_TRUE(!socket->wildcard() || datagram.to == server.address);
        EXPECT_EQ(datagram.tos, texts.back() == "late" ? 0xB8 : 0);
      }
      batch.reset();
    }
    EXPECT_EQ(texts, (std::vector<std::string>{"early", "late"}));
    send_text(*socket, "answer", client.local());
    EXPECT_EQ(texts_received(client, 1), std::vector<std::string>{"answer"});
  }
}

TEST(Inherited, a_dual_stack_socket_stays_one) {
  if (!has_ipv6_loopback()) GTEST_SKIP() << "no IPv6";
  const UdpSocket before = open_udp("[::]:0", {.v6_only = false});
  const auto socket = UdpSocket::adopt(handed_over(before.fd()), {});
  ASSERT_TRUE(socket);
  for (const char* address : {"127.0.0.1:0", "[::1]:0"}) {
    const UdpSocket client = open_udp(address);
    send_text(client, "hello", at(address).with_port(before.local().port));
    EXPECT_EQ(texts_received(*socket, 1), std::vector<std::string>{"hello"}) << address;
  }
}

TEST(Inherited, who_waits_at_a_listener_is_accepted) {
  const FileDescriptor before = listening();
  const FileDescriptor client = connect_to(local_endpoint(before.get()));
  auto listener = Listener::adopt(handed_over(before.get()));
  ASSERT_TRUE(listener);
  EXPECT_EQ(listener->local(), local_endpoint(before.get()));
  const auto accepted = listener->accept();
  ASSERT_TRUE(accepted);
  EXPECT_EQ(accepted->client.plain(), local_endpoint(client.get()));
  EXPECT_FALSE(listener->accept()) << "it does not block";
}

TEST(Inherited, a_connection_keeps_its_ends) {
  const Connection pair = connect_pair();
  const auto adopted = adopt_connection(handed_over(pair.server.fd.get()));
  ASSERT_TRUE(adopted);
  EXPECT_EQ(adopted->client, pair.server.client);
  EXPECT_EQ(adopted->server, pair.server.server);
  EXPECT_NE(::fcntl(adopted->fd.get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(adopted->fd.get(), F_GETFD) & FD_CLOEXEC, 0);
}

}  // namespace
}  // namespace turnpike::net
