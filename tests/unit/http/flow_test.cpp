// Bytes between two sockets, when they come and when they do not.
#include "turnpike/http/flow.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <optional>

#include "turnpike/http/round_trip.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;

// Two socket pairs; the flow is from the inner end of the first to the inner end of the second.
struct Pipe {
  Pipe() {
    pair(from, source);
    pair(to, sink);
    watch.allow(std::chrono::hours(1));
  }
  void pair(Socket& inner, Socket& outer) {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    inner.assign({AF_UNIX, 0}, ends[0]);
    outer.assign({AF_UNIX, 0}, ends[1]);
    inner.non_blocking(true);
    outer.non_blocking(true);
  }
  void poll() {
    context.restart();
    context.poll();
  }
  void put(std::string_view text) {
    asio::write(source, asio::buffer(text.data(), text.size()));
    poll();
  }
  std::string got() {
    char piece[1000];
    boost::system::error_code error;
    const std::size_t size = sink.read_some(asio::buffer(piece), error);
    if (error == asio::error::eof) return "EOF";
    return {piece, size};
  }
  void start(Message message) {
    asio::co_spawn(context, pass_message(flow, sent.emplace(std::move(message)), watch),
                   [this](const std::exception_ptr&, PassEnd how) { end = how; });
    poll();
  }

  asio::io_context context{1};
  Socket source{context}, from{context}, to{context}, sink{context};
  Block block{};
  Flow flow{from, block, to};
  Watch watch{context.get_executor(), [] {}};
  std::optional<Message> sent{};
  std::optional<PassEnd> end{};
};

TEST(Flow, a_head_leaves_with_what_is_there_of_its_body) {
  Pipe pipe;
  pipe.block.append("abcdef");
  pipe.start({"HEAD ", {BodyKind::length, 4}});
  EXPECT_EQ(pipe.got(), "HEAD abcd");
  EXPECT_EQ(pipe.end, PassEnd::whole);
  EXPECT_EQ(pipe.block.text(), "ef") << "of the next message";
}

TEST(Flow, a_head_does_not_wait_for_its_body) {
  Pipe pipe;
  pipe.start({"HEAD ", {BodyKind::length, 3}});
  EXPECT_EQ(pipe.got(), "HEAD ");
  pipe.put("ab");
  EXPECT_EQ(pipe.got(), "ab");
  pipe.put("cd");
  EXPECT_EQ(pipe.got(), "c");
  EXPECT_EQ(pipe.end, PassEnd::whole);
  char next = 0;
  EXPECT_EQ(pipe.from.receive(asio::buffer(&next, 1)), 1U);
  EXPECT_EQ(next, 'd') << "not read";
}

TEST(Flow, a_body_without_length_ends_with_its_source) {
  for (const bool is_chunked : {false, true}) {
    Pipe pipe;
    pipe.start({"", {BodyKind::until_end}, is_chunked});
    pipe.put("abc");
    EXPECT_EQ(pipe.got(), is_chunked ? "3\r\nabc\r\n" : "abc");
    pipe.source.shutdown(Socket::shutdown_send);
    pipe.poll();
    EXPECT_EQ(pipe.got(), is_chunked ? "0\r\n\r\n" : "");
    EXPECT_EQ(pipe.end, PassEnd::whole);
  }
}

TEST(Flow, says_why_it_did_not_come_to_its_end) {
  {
    Pipe pipe;
    pipe.start({"", {BodyKind::length, 3}});
    pipe.put("ab");
    pipe.source.close();
    pipe.poll();
    EXPECT_EQ(pipe.end, PassEnd::cut);
  }
  {
    Pipe pipe;
    pipe.start({"", {BodyKind::chunked}, true});
    pipe.put("x");
    EXPECT_EQ(pipe.end, PassEnd::malformed);
    EXPECT_EQ(pipe.got(), "");
  }
  {
    Pipe pipe;
    pipe.start({"", {BodyKind::length, 3}});
    pipe.sink.close();
    pipe.put("ab");
    EXPECT_EQ(pipe.end, PassEnd::unsent);
  }
  {
    Pipe pipe;
    pipe.start({"", {BodyKind::length, 3}});
    pipe.flow.is_stopped = true;
    pipe.from.cancel();
    pipe.poll();
    EXPECT_EQ(pipe.end, PassEnd::cut);
  }
}

TEST(Flow, reads_no_more_behind_a_body_than_it_may) {
  Pipe pipe;
  const std::string next(10'000, 'n');
  pipe.start({.head = "", .body = {BodyKind::chunked}, .is_chunked = true, .ahead_max = 100});
  pipe.put("3\r\nabc\r\n0\r\n\r\n" + next);
  EXPECT_EQ(pipe.end, PassEnd::whole);
  EXPECT_LE(pipe.block.text().size(), 100U);
  EXPECT_EQ(pipe.got(), "3\r\nabc\r\n0\r\n\r\n");
}

TEST(Flow, a_block_has_no_memory_while_nothing_comes) {
  Pipe pipe;
  Block other;
  const char* const memory = other.room().data();
  other.clear_if_empty();
  pipe.start({"", {BodyKind::length, 3}});
  EXPECT_EQ(other.room().data(), memory) << "it is to be had";
}

TEST(Flow, waits_for_who_does_not_read) {
  Pipe pipe;
  pipe.start({"", {BodyKind::length, 10'000'000}});
  const std::string piece(100'000, 'x');
  std::size_t put = 0;
  boost::system::error_code error;
  while (!error && put < 10'000'000) {
    put += pipe.source.write_some(asio::buffer(piece), error);
    pipe.poll();
  }
  EXPECT_EQ(error, asio::error::would_block) << "kernel buffers and one block, and that is all";
  EXPECT_LT(put, 2'000'000U);
  EXPECT_FALSE(pipe.end);
}

}  // namespace
}  // namespace turnpike::http
