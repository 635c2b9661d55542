// What a connection costs whose client does not read, and how long it may be without an allocation.
#include <sys/socket.h>

#include "stream_fixture.hpp"

namespace turnpike::path {
namespace {

class StreamUnreadTest : public StreamPathTest {
 protected:
  // Answers each request with so many bytes.
  void answer_with(std::size_t bytes) {
    on_each_ = [this, bytes](const relay::Client& client) {
      path_.send_response(client.ref.path, std::vector<std::uint8_t>(bytes));
    };
  }
  // Requests that nobody reads the answers of, until none is taken any more.
  void send_until_held(TcpWire& wire, TimePoint now) {
    std::string requests;
    for (int i = 0; i < 64; ++i) requests += binding();
    for (std::size_t handled = 1; handled > 0;) {
      const std::size_t before = frames_.size();
      wire.fill(as_bytes(requests));
      run(now);
      handled = frames_.size() - before;
      ASSERT_LT(frames_.size(), 20'000U) << "nothing ever holds it up";
    }
  }
};

TEST_F(StreamUnreadTest, a_stranger_who_does_not_take_its_answers_is_asked_for_nothing_more) {
  TcpWire wire(tcp_, 4096);
  run(kStart);
  answer_with(1000);
  send_until_held(wire, kStart);
  EXPECT_EQ(path_.size(), 1U);
  EXPECT_FALSE(path_.has_waiting()) << "it costs no time";
  EXPECT_LT(frames_.size(), 200U) << "small buffers of the kernel, too";
}

TEST_F(StreamUnreadTest, it_goes_on_when_the_answers_are_taken) {
  TcpWire wire(tcp_, 4096);
  run(kStart);
  answer_with(1000);
  send_until_held(wire, kStart);
  const std::size_t held_at = frames_.size();
  const auto drain = [&] {
    (void)wire.receive(milliseconds(1));
    run_once(kStart);
    return frames_.size() >= held_at + 64;
  };
  EXPECT_TRUE(becomes_true(drain));
  EXPECT_EQ(path_.size(), 1U);
}

TEST_F(StreamUnreadTest, it_is_closed_when_nothing_was_taken_for_10_s) {
  TcpWire wire(tcp_, 4096);
  run(kStart);
  answer_with(1000);
  send_until_held(wire, kStart + seconds(5));
  EXPECT_EQ(left_at(kStart + milliseconds(14'999)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(15)), 0U);
  EXPECT_EQ(path_.counters().connections_closed.of(ConnectionEnd::does_not_read), 1U);
}

TEST_F(StreamUnreadTest, more_than_16_KiB_of_answers_close_a_stranger_and_not_a_client) {
  TcpWire stranger = accept(kStart);
  TcpWire client = accept(kStart);
  path_.note_allocation(2, true);
  for (int i = 0; i < 17; ++i) {
    for (const StreamPath::StreamId id : {1U, 2U}) path_.send_response(id, std::vector<std::uint8_t>(1024));
    EXPECT_EQ(path_.size(), i < 16 ? 2U : 1U) << i;
  }
  note_gone();
  EXPECT_EQ(gone_, (std::vector<StreamPath::StreamId>{1}));
}

TEST_F(StreamUnreadTest, a_held_stranger_who_gets_an_allocation_goes_on) {
  TcpWire wire(tcp_, 4096);
  run(kStart);
  answer_with(1000);
  send_until_held(wire, kStart);
  const std::size_t held_at = frames_.size();
  path_.note_allocation(1, true);
  run(kStart);
  EXPECT_GT(frames_.size(), held_at);
}

TEST_F(StreamUnreadTest, five_minutes_without_an_allocation_are_the_end_however_much_is_asked) {
  TcpWire wire = accept(kStart);
  for (int i = 1; i <= 9; ++i) {
    send(wire, binding(), kStart + seconds(30 * i));
    EXPECT_EQ(left_at(kStart + seconds(30 * i)), 1U);
  }
  EXPECT_EQ(left_at(kStart + seconds(299)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(300)), 0U);
  EXPECT_EQ(path_.counters().connections_closed.of(ConnectionEnd::no_allocation), 1U);
}

TEST_F(StreamUnreadTest, the_five_minutes_begin_anew_when_an_allocation_ends) {
  TcpWire wire = accept(kStart);
  send(wire, binding(), kStart);
  path_.note_allocation(1, true);
  EXPECT_EQ(left_at(kStart + seconds(1000)), 1U);
  send(wire, binding(), kStart + seconds(1000));
  path_.note_allocation(1, false);
  for (int i = 1; i <= 9; ++i) {
    send(wire, binding(), kStart + seconds(1000 + 30 * i));
    EXPECT_EQ(left_at(kStart + seconds(1000 + 30 * i)), 1U);
  }
  EXPECT_EQ(left_at(kStart + seconds(1300)), 0U);
}

}  // namespace
}  // namespace turnpike::path
