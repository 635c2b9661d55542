// A connection as a stream of bytes, which Stream and Pipe are made on.
#include "turnpike/net/byte_stream.hpp"

#include <gtest/gtest.h>

#include <array>

#include "tcp_helpers.hpp"
#include "tls_helpers.hpp"

namespace turnpike::net {
namespace {

TEST(ByteStream, says_whether_another_read_may_find_more) {
  Connection connection = connect_pair();
  ByteStream stream(std::move(connection.server.fd));
  ASSERT_EQ(::send(connection.client.get(), "abc", 3, 0), 3);
  std::array<std::uint8_t, 2> two{};
  EXPECT_EQ(stream.read(two).bytes, 2U);
  EXPECT_TRUE(stream.may_have_more());
  EXPECT_FALSE(stream.has_unseen()) << "the poller sees the third byte";
  EXPECT_EQ(stream.read(two).bytes, 1U);
  EXPECT_FALSE(stream.may_have_more());
}

TEST(ByteStream, an_end_of_writing_leaves_the_way_back_open) {
  Connection connection = connect_pair();
  ByteStream stream(std::move(connection.server.fd));
  stream.end_writing();
  char byte = 0;
  EXPECT_EQ(::recv(connection.client.get(), &byte, 1, 0), 0);
  ASSERT_EQ(::send(connection.client.get(), "a", 1, 0), 1);
  std::array<std::uint8_t, 2> two{};
  EXPECT_EQ(stream.read(two).bytes, 1U);
}

TEST(ByteStream, a_flush_says_who_has_closed_it) {
  Connection connection = connect_pair();
  ByteStream stream(std::move(connection.server.fd));
  BlockPool blocks;
  WriteQueue queue(blocks);
  queue.append(std::array<std::uint8_t, 3>{1, 2, 3});
  EXPECT_FALSE(stream.flush(queue).closed);
  EXPECT_TRUE(queue.empty());

  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(connection.client.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  connection.client.reset();
  queue.append(std::array<std::uint8_t, 3>{1, 2, 3});
  const auto flushed = stream.flush(queue);
  EXPECT_TRUE(flushed.closed);
  EXPECT_EQ(flushed.error, boost::system::errc::connection_reset);
}

TEST(ByteStream, a_socket_that_is_given_up_lives_on_without_tls) {
  const auto context = std::make_shared<const TlsContext>(Certificates::get().ec());
  Connection connection = connect_pair();
  FileDescriptor socket;
  {
    ByteStream stream(std::move(connection.server.fd), context);
    socket = stream.give_up_socket();
  }
  ByteStream plain(std::move(socket));
  ASSERT_EQ(::send(connection.client.get(), "abc", 3, 0), 3);
  std::array<std::uint8_t, 4> bytes{};
  EXPECT_EQ(plain.read(bytes).bytes, 3U);
  EXPECT_EQ(::recv(connection.client.get(), bytes.data(), bytes.size(), MSG_DONTWAIT), -1) << "no goodbye";
}

TEST(ByteStream, moves_with_its_session) {
  const auto context = std::make_shared<const TlsContext>(Certificates::get().ec());
  Connection connection = connect_pair();
  ByteStream before(std::move(connection.server.fd), context);
  TlsClient client(connection.client.get());
  std::array<std::uint8_t, 100> bytes{};
  for (int turn = 0; turn < 20 && !client.handshake_done(); ++turn) {
    ASSERT_TRUE(client.handshake());
    ASSERT_NE(before.read(bytes).state, IoResult::State::closed);
  }
  ByteStream after(std::move(before));
  before.say_goodbye();  // of nobody
  ASSERT_TRUE(client.write(std::array<std::uint8_t, 3>{1, 2, 3}));
  EXPECT_EQ(after.read(bytes).bytes, 3U);
}

}  // namespace
}  // namespace turnpike::net
