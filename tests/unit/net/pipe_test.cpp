// Two connections that are joined, as their far ends see it.
#include "turnpike/net/pipe.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tcp_helpers.hpp"
#include "tls_helpers.hpp"

namespace turnpike::net {
namespace {

std::string received(int fd) {
  std::string bytes(1 << 20, '\0');
  const auto count = ::recv(fd, bytes.data(), bytes.size(), MSG_DONTWAIT);
  bytes.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return bytes;
}

bool is_at_end(int fd) {
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

// As much as the sockets take.
std::size_t send_without_waiting(int fd, std::size_t bytes) {
  const std::string block(bytes, 'x');
  const auto count = ::send(fd, block.data(), block.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

void send_all(int fd, std::string_view text) {
  ASSERT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

class PipeTest : public testing::Test {
 protected:
  Pipe::Moved move(std::size_t bytes_max = SIZE_MAX) { return pipe_.move(bytes_max, scratch_); }

  // Moves until nothing is left to be read at once.
  Pipe::Moved settle() {
    Pipe::Moved last = move();
    for (int i = 0; i < 1000 && last.bytes > 0; ++i) last = move();
    return last;
  }

  int far(std::size_t end) const { return (end == 0 ? left_ : right_).client.get(); }

  Connection left_ = connect_pair();
  Connection right_ = connect_pair();
  BlockPool blocks_;
  std::vector<std::uint8_t> scratch_ = std::vector<std::uint8_t>(65536);
  Pipe pipe_{ByteStream(std::move(left_.server.fd)), ByteStream(std::move(right_.server.fd)), blocks_};
};

TEST_F(PipeTest, what_arrives_at_one_end_leaves_at_the_other) {
  send_all(far(0), "question");
  send_all(far(1), "answer");
  const Pipe::Moved moved = move();
  EXPECT_EQ(moved.bytes, 14U);
  EXPECT_EQ(moved.left, 14U);
  EXPECT_EQ(received(far(1)), "question");
  EXPECT_EQ(received(far(0)), "answer");
}

TEST_F(PipeTest, what_was_read_before_comes_first) {
  constexpr std::uint8_t kBegin[] = {'G', 'E'};
  pipe_.begin_with(kBegin);
  send_all(far(0), "T /");
  settle();
  EXPECT_EQ(received(far(1)), "GET /");
}

TEST_F(PipeTest, a_turn_reads_no_more_than_it_may) {
  send_all(far(0), "12345678");
  EXPECT_EQ(move(3).bytes, 3U);
  EXPECT_EQ(received(far(1)), "123");
  settle();
  EXPECT_EQ(received(far(1)), "45678");
}

TEST_F(PipeTest, an_end_that_takes_nothing_stops_the_other_one_and_nothing_is_lost) {
  std::size_t sent = 0, sent_before = 1;
  while (sent != sent_before) {
    sent_before = sent;
    sent += send_without_waiting(far(0), 1 << 20);
    settle();
  }
  EXPECT_FALSE(pipe_.interest(0).readable) << "the queue is full";
  EXPECT_TRUE(pipe_.interest(1).writable);
  EXPECT_TRUE(pipe_.interest(1).readable) << "the way back is free";

  std::size_t got = 0;
  for (int i = 0; i < 10000 && got < sent; ++i) {
    got += received(far(1)).size();
    settle();
  }
  EXPECT_EQ(got, sent);
  EXPECT_EQ(pipe_.interest(0), (Interest{.readable = true, .writable = false}));
}

TEST_F(PipeTest, an_end_that_stops_sending_may_still_be_answered) {
  send_all(far(0), "last words");
  ::shutdown(far(0), SHUT_WR);
  EXPECT_FALSE(settle().ended);
  EXPECT_TRUE(pipe_.has_stopped(0));
  EXPECT_FALSE(pipe_.has_stopped(1));
  EXPECT_EQ(received(far(1)), "last words");
  EXPECT_TRUE(is_at_end(far(1)));
  EXPECT_FALSE(pipe_.interest(0).readable) << "the end would be reported again and again";

  send_all(far(1), "reply");
  ::shutdown(far(1), SHUT_WR);
  EXPECT_TRUE(settle().ended);
  EXPECT_EQ(received(far(0)), "reply");
  EXPECT_TRUE(is_at_end(far(0)));
}

TEST_F(PipeTest, a_connection_that_breaks_ends_it) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(far(1), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  right_.client.reset();
  EXPECT_TRUE(settle().ended);
}

TEST_F(PipeTest, who_writes_to_one_that_has_gone_kills_nobody) {
  right_.client.reset();
  bool ended = false;
  for (int i = 0; i < 100 && !ended; ++i) {
    send_without_waiting(far(0), 1000);
    ended = settle().ended;
  }
  EXPECT_TRUE(ended);
}

// TLS at one end: its records come out as bytes, and what lies decrypted in its memory is not forgotten.
TEST(PipeOverTls, speaks_plainly_to_the_other_end) {
  std::signal(SIGPIPE, SIG_DFL);
  const auto context = std::make_shared<const TlsContext>(Certificates::get().ec());
  Connection left = connect_pair(), right = connect_pair();
  BlockPool blocks;
  Pipe pipe(ByteStream(std::move(left.server.fd), context), ByteStream(std::move(right.server.fd)), blocks);
  TlsClient client(left.client.get());
  std::vector<std::uint8_t> scratch(65536);
  for (int turn = 0; turn < 20 && !client.handshake_done(); ++turn) {
    ASSERT_TRUE(client.handshake());
    ASSERT_FALSE(pipe.move(SIZE_MAX, scratch).ended);
  }

  const std::vector<std::uint8_t> question(10000, 'q');
  ASSERT_TRUE(client.write(question));
  EXPECT_TRUE(pipe.move(1000, scratch).has_unseen) << "nine tenths of the record";
  for (int turn = 0; turn < 20; ++turn) pipe.move(SIZE_MAX, scratch);
  EXPECT_EQ(received(right.client.get()), std::string(10000, 'q'));

  send_all(right.client.get(), "answer");
  ::shutdown(right.client.get(), SHUT_WR);
  for (int turn = 0; turn < 2; ++turn)
    EXPECT_FALSE(pipe.move(SIZE_MAX, scratch).ended) << "the client may go on";
  std::vector<std::uint8_t> answer;
  EXPECT_FALSE(client.read(answer)) << "which knows that nothing follows";
  EXPECT_TRUE(client.closed_politely());
  EXPECT_EQ(std::string(answer.begin(), answer.end()), "answer");
}

}  // namespace
}  // namespace turnpike::net
