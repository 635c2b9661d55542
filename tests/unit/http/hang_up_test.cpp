// Who has gone, and who only says no more.
#include "turnpike/http/hang_up.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio.hpp>
#include <optional>
#include <utility>

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
using Socket = HangUp::Socket;

// Two ends of a connection, of which one is watched.
struct Watched {
  explicit Watched(int family) {
    if (family == AF_UNIX) {
      int ends[2];
      EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
      near.assign({AF_UNIX, 0}, ends[0]);
      far.assign({AF_UNIX, 0}, ends[1]);
    } else {
      asio::ip::tcp::acceptor acceptor(context, {asio::ip::address_v4::loopback(), 0});
      far.connect(acceptor.local_endpoint());
      near = acceptor.accept();
    }
    near.non_blocking(true);
    hang_up.emplace(near, [this] { ++called; });
  }
  void poll() {
    context.restart();
    context.poll();
  }

  asio::io_context context{1};
  Socket near{context}, far{context};
  int called = 0;
  std::optional<HangUp> hang_up{};
};

constexpr int kFamilies[] = {AF_UNIX, AF_INET};

TEST(HangUp, is_noticed_whatever_else_is_waited_for) {
  for (const int family : kFamilies) {
    Watched watched(family);
    watched.hang_up->watch();
    watched.hang_up->watch();
    bool is_readable = false;
    watched.near.async_wait(Socket::wait_read, [&](boost::system::error_code) { is_readable = true; });
    watched.poll();
    EXPECT_EQ(watched.called, 0);
    asio::write(watched.far, asio::buffer("last words", 10));
    watched.poll();
    EXPECT_TRUE(is_readable);
    EXPECT_EQ(watched.called, 0);
    watched.far.set_option(asio::socket_base::linger(true, 0));
    watched.far.close();
    watched.poll();
    EXPECT_EQ(watched.called, 1) << family;
  }
}

TEST(HangUp, may_have_been_before) {
  for (const int family : kFamilies) {
    Watched watched(family);
    watched.far.set_option(asio::socket_base::linger(true, 0));
    watched.far.close();
    watched.poll();
    watched.hang_up->watch();
    watched.poll();
    EXPECT_EQ(watched.called, 1) << family;
  }
}

TEST(HangUp, is_not_to_say_that_nothing_follows) {
  for (const int family : kFamilies) {
    Watched watched(family);
    watched.hang_up->watch();
    watched.far.shutdown(Socket::shutdown_send);
    watched.poll();
    EXPECT_EQ(watched.called, 0) << family;
  }
}

TEST(HangUp, is_not_urgent_data) {
  Watched watched(AF_INET);
  watched.hang_up->watch();
  ASSERT_EQ(::send(watched.far.native_handle(), "!", 1, MSG_OOB), 1);
  watched.poll();
  EXPECT_EQ(watched.called, 0);
}

TEST(HangUp, is_watched_for_again_after_all_was_cancelled) {
  Watched watched(AF_UNIX);
  watched.hang_up->watch();
  watched.near.cancel();
  watched.poll();
  watched.hang_up->watch();
  watched.far.close();
  watched.poll();
  EXPECT_EQ(watched.called, 1);
}

TEST(HangUp, is_of_no_interest_while_it_rests) {
  Watched watched(AF_UNIX);
  watched.hang_up->watch();
  watched.hang_up->rest();
  watched.far.close();
  watched.poll();
  EXPECT_EQ(watched.called, 0);
  watched.hang_up->watch();
  watched.poll();
  EXPECT_EQ(watched.called, 1);
}

TEST(HangUp, calls_nobody_once_it_is_destroyed) {
  Watched watched(AF_UNIX);
  watched.hang_up->watch();
  watched.hang_up.reset();
  watched.far.close();
  watched.poll();
  EXPECT_EQ(watched.called, 0);
}

}  // namespace
}  // namespace turnpike::http
