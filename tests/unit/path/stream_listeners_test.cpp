// Listeners of streams that come, turn and go while there are connections.
#include <gtest/gtest.h>

#include "stream_fixture.hpp"

namespace turnpike::path {
namespace {

class StreamListeners : public StreamPathTest {
 protected:
  static net::Listener make_listener() { return net::Listener::open({.local = loopback(0)}).value(); }
  static bool is_refused(const Endpoint& where) {
    try {
      TcpWire wire(where);
      return false;
    } catch (const std::exception&) {
      return true;
    }
  }
};

TEST_F(StreamListeners, one_that_comes_accepts) {
  auto listener = make_listener();
  const Endpoint where = listener.local();
  ASSERT_FALSE(path_.listen({std::move(listener), Transport::tcp}));
  TcpWire wire(where);
  send(wire, binding(), kStart);
  EXPECT_EQ(frames_, std::vector<std::string>{binding()});
  EXPECT_EQ(clients_.at(0).tuple.server.plain(), where);
}

TEST_F(StreamListeners, one_that_goes_leaves_its_connections_and_accepts_no_more) {
  TcpWire wire = accept(kStart);
  path_.close(tcp_);
  EXPECT_TRUE(is_refused(tcp_));
  send(wire, binding(), kStart);
  EXPECT_EQ(frames_, std::vector<std::string>{binding()});
  path_.send_response(clients_.at(0).ref.path, as_bytes("yes"));
  path_.flush();
  EXPECT_EQ(wire.receive(kPatience), "yes");
  path_.close(tcp_);  // there is none
  EXPECT_EQ(path_.size(), 1U);
}

// It is closed in the very turn in which the poller has reported it; strangers may rest meanwhile.
TEST_F(StreamListeners, one_that_goes_is_not_asked_any_more) {
  TcpWire wire(tcp_);
  const auto events = poller_.wait(kPatience);
  ASSERT_EQ(events.size(), 1U);
  path_.begin_turn(kStart);
  path_.note_listener_ready(static_cast<std::uint32_t>(events[0].token & 0xFF));
  path_.close(tcp_);
  EXPECT_FALSE(path_.has_strangers());
  path_.rest_strangers(kStart + seconds(1));
  path_.receive_arrivals();
  EXPECT_EQ(path_.size(), 0U);
  path_.begin_turn(kStart + seconds(1));
  EXPECT_FALSE(path_.strangers_rest());
}

TEST_F(StreamListeners, one_that_turns_is_the_same_socket_for_another_kind) {
  TcpWire before = accept(kStart);
  path_.turn(tcp_, Transport::tls);
  TcpWire after(tcp_);
  send(before, binding(), kStart);
  send(after, binding(), kStart);
  EXPECT_EQ(frames_, std::vector<std::string>{binding()}) << "what is no TLS comes to nothing";
  EXPECT_EQ(path_.counters().handshakes_failed.sum(), 1U);
  path_.turn(tcp_, Transport::tcp);
  TcpWire again(tcp_);
  send(again, binding(), kStart);
  EXPECT_EQ(frames_.size(), 2U);
}

TEST_F(StreamListeners, one_that_cannot_be_watched_is_tried_again) {
  auto listener = make_listener();
  const Endpoint where = listener.local();
  const int fd = listener.fd();
  ASSERT_FALSE(poller_.add(fd, 1));  // so that there is no second watch
  EXPECT_TRUE(path_.listen({std::move(listener), Transport::tcp}));
  ASSERT_TRUE(path_.next_deadline().has_value());
  path_.begin_turn(kStart);
  path_.on_deadline(kStart);
  EXPECT_EQ(path_.next_deadline(), kStart + StreamPath::kRest);
  ASSERT_FALSE(poller_.remove(fd));
  path_.begin_turn(kStart + StreamPath::kRest);
  path_.on_deadline(kStart + StreamPath::kRest);
  EXPECT_FALSE(path_.next_deadline().has_value());
  TcpWire wire(where);
  send(wire, binding(), kStart);
  EXPECT_EQ(frames_.size(), 1U);
}

TEST_F(StreamListeners, one_that_rests_and_goes_is_not_tried_again) {
  auto listener = make_listener();
  const Endpoint where = listener.local();
  ASSERT_FALSE(poller_.add(listener.fd(), 1));
  EXPECT_TRUE(path_.listen({std::move(listener), Transport::tcp}));
  path_.close(where);
  EXPECT_FALSE(path_.next_deadline().has_value());
  path_.on_deadline(kStart);
}

}  // namespace
}  // namespace turnpike::path
