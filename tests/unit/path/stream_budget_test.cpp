// What connections may have done in one turn, and what becomes of the rest.
#include <algorithm>
#include <map>
#include <memory>

#include "stream_fixture.hpp"
#include "turnpike/stun/channel_data.hpp"

namespace turnpike::path {
namespace {

constexpr std::size_t kOfOne = StreamPath::kStrangersPerTurn.requests_of_one;
constexpr std::size_t kOfAll = StreamPath::kStrangersPerTurn.requests;

std::string repeat(const std::string& text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string data(std::size_t size) {
  std::string frame(stun::kChannelHeaderSize + size, 'x');
  stun::write_channel_header({reinterpret_cast<std::uint8_t*>(frame.data()), frame.size()}, stun::kChannelMin,
                             size);
  return frame;
}

class StreamBudgetTest : public StreamPathTest {
 protected:
  // Connections that have sent `text`, which waits in their sockets.
  void connect_and_send(std::size_t count, const std::string& text) {
    for (std::size_t i = 0; i < count; ++i) wires_.push_back(std::make_unique<TcpWire>(tcp_));
    run(kStart);
    for (std::size_t i = wires_.size() - count; i < wires_.size(); ++i) {
      wires_[i]->send(as_bytes(text));
      ASSERT_TRUE(becomes_true([&] { return wires_[i]->has_delivered(); }));
    }
  }
  // Frames that the next turn hands out.
  std::size_t take_turn() {
    frames_.clear();
    clients_.clear();
    run_once(kStart, Duration::zero());
    return frames_.size();
  }
  std::size_t of_stream(StreamPath::StreamId id) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(clients_, [id](const auto& client) { return client.ref.path == id; }));
  }

  std::vector<std::unique_ptr<TcpWire>> wires_;
};

TEST_F(StreamBudgetTest, a_stranger_has_so_many_requests_handled_in_a_turn_and_all_in_the_end) {
  connect_and_send(1, repeat(binding(), 1000));
  std::size_t handled = 0;
  for (int turn = 0; turn < 1000 && handled < 1000; ++turn) {
    const std::size_t count = take_turn();
    EXPECT_LE(count, kOfOne);
    EXPECT_GT(count, 0U) << turn;
    handled += count;
  }
  EXPECT_EQ(handled, 1000U);
  EXPECT_EQ(take_turn(), 0U);
  EXPECT_FALSE(path_.has_waiting());
}

TEST_F(StreamBudgetTest, strangers_together_have_no_more_and_nobody_is_forgotten) {
  connect_and_send(40, repeat(binding(), 100));
  std::map<StreamPath::StreamId, std::size_t> handled;
  std::size_t all = 0;
  for (int turn = 0; turn < 1000 && all < 4000; ++turn) {
    const std::size_t count = take_turn();
    EXPECT_LE(count, kOfAll);
    all += count;
    for (const relay::Client& client : clients_) ++handled[client.ref.path];
    if (turn == 20) {
      EXPECT_EQ(handled.size(), 40U) << "each has had a turn";
    }
  }
  EXPECT_EQ(all, 4000U);
  EXPECT_EQ(handled.size(), 40U);
}

TEST_F(StreamBudgetTest, data_of_clients_passes_while_requests_of_clients_wait) {
  connect_and_send(2, binding());
  run(kStart);
  for (const StreamPath::StreamId id : {1U, 2U}) path_.note_allocation(id, true);
  wires_[0]->send(as_bytes(data(8) + repeat(binding(), 3000) + data(8)));
  wires_[1]->send(as_bytes(repeat(data(100), 50)));
  for (const auto& wire : wires_) ASSERT_TRUE(becomes_true([&] { return wire->has_delivered(); }));
  take_turn();
  EXPECT_EQ(of_stream(1), 1 + StreamPath::kClientsPerTurn.requests_of_one);
  EXPECT_EQ(of_stream(2), 50U);
  for (int turn = 1; of_stream(1) > 0 || turn < 2; ++turn) {
    wires_[1]->send(as_bytes(data(100)));
    ASSERT_TRUE(becomes_true([&] { return wires_[1]->has_delivered(); }));
    take_turn();
    EXPECT_LE(of_stream(1), 1 + StreamPath::kClientsPerTurn.requests_of_one);
    EXPECT_EQ(of_stream(2), 1U) << turn;
  }
}

TEST_F(StreamBudgetTest, a_large_request_counts_once_more_for_each_kilobyte) {
  connect_and_send(2, binding());
  run(kStart);
  for (const StreamPath::StreamId id : {1U, 2U}) path_.note_allocation(id, true);
  std::string large = binding() + std::string(10 * 1024, '\0');
  store_be16(reinterpret_cast<std::uint8_t*>(&large[2]), 10 * 1024);
  wires_[0]->send(as_bytes(repeat(large, 8) + binding()));
  ASSERT_TRUE(becomes_true([&] { return wires_[0]->has_delivered(); }));
  for (const std::size_t expected : {2U, 2U, 2U, 2U, 1U}) {
    EXPECT_EQ(take_turn(), expected);
  }
}

TEST_F(StreamBudgetTest, what_follows_the_allocate_is_judged_when_there_is_an_allocation) {
  on_each_ = [this](const relay::Client& client) { path_.note_allocation(client.ref.path, true); };
  connect_and_send(1, binding() + data(5000) + data(8));
  run(kStart);
  EXPECT_EQ(frames_, (std::vector<std::string>{binding(), data(5000), data(8)}));
  EXPECT_TRUE(gone_.empty());
}

TEST_F(StreamBudgetTest, after_its_allocation_a_client_is_a_stranger_again) {
  connect_and_send(1, binding());
  run(kStart);
  path_.note_allocation(1, true);
  send(*wires_[0], data(8), kStart);
  EXPECT_EQ(frames_.size(), 2U);
  path_.note_allocation(1, false);
  send(*wires_[0], data(8), kStart);
  EXPECT_EQ(frames_.size(), 2U);
  EXPECT_TRUE(is_closed(*wires_[0]));
}

TEST_F(StreamBudgetTest, handshakes_go_on_so_many_steps_a_turn) {
  // Each is closed by its first step: what it sends is no TLS.
  constexpr std::size_t kCount = 30;
  for (std::size_t i = 0; i < kCount; ++i) wires_.push_back(std::make_unique<TcpWire>(tls_));
  run(kStart);
  EXPECT_EQ(path_.size(), kCount);
  for (const auto& wire : wires_) {
    wire->send(as_bytes("no ClientHello at all"));
    ASSERT_TRUE(becomes_true([&] { return wire->has_delivered(); }));
  }
  for (std::size_t left = kCount; left > 0; left = path_.size()) {
    run_once(kStart, Duration::zero());
    EXPECT_EQ(path_.size(), left - StreamPath::kArrivalsPerTurn.connections);
    ASSERT_LT(path_.size(), left);
  }
}

class StreamRateTest : public StreamPathTest {
 protected:
  StreamRateTest() : StreamPathTest({}, {.requests = std::make_shared<AnswerLimiter>(50)}) {}
};

TEST_F(StreamRateTest, strangers_of_an_address_have_so_many_requests_a_second_and_who_asks_more_is_closed) {
  TcpWire wire = accept(kStart);
  send(wire, repeat(binding(), 60), kStart);
  EXPECT_EQ(frames_.size(), 50U);
  EXPECT_TRUE(is_closed(wire));
  EXPECT_EQ(path_.counters().connections_closed.of(ConnectionEnd::asks_too_much), 1U);
  TcpWire later = accept(kStart + seconds(1));
  send(later, repeat(binding(), 40), kStart + seconds(1));
  EXPECT_EQ(frames_.size(), 90U);
  EXPECT_EQ(path_.size(), 1U);
}

TEST_F(StreamRateTest, requests_of_clients_are_not_among_them) {
  TcpWire wire = accept(kStart);
  path_.note_allocation(1, true);
  send(wire, repeat(binding(), 200), kStart);
  EXPECT_EQ(frames_.size(), 200U);
}

class ArrivalsTest : public StreamPathTest {
 protected:
  ArrivalsTest() : StreamPathTest({}, {.arrivals_max = 8}) {}
};

TEST_F(ArrivalsTest, so_many_handshakes_are_half_open_and_the_oldest_makes_room) {
  std::vector<std::unique_ptr<TcpWire>> wires;
  for (std::size_t i = 1; i <= 20; ++i) {
    wires.push_back(std::make_unique<TcpWire>(tls_));
    run(kStart);
    EXPECT_EQ(path_.size(), std::min<std::size_t>(i, 8));
  }
  EXPECT_TRUE(is_closed(*wires[0]));
  EXPECT_TRUE(is_closed(*wires[11]));
  EXPECT_EQ(path_.counters().handshakes_failed.of(net::HandshakeFailure::made_room), 12U);
  wires.pop_back();
  run(kStart);
  EXPECT_EQ(path_.size(), 7U) << "the newest were there";
}

TEST_F(StreamBudgetTest, connections_are_accepted_so_many_a_turn) {
  for (std::size_t i = 0; i < 40; ++i) wires_.push_back(std::make_unique<TcpWire>(tcp_));
  for (std::size_t expected = 16; expected <= 32; expected += 16) {
    run_once(kStart, Duration::zero());
    EXPECT_EQ(path_.size(), expected);
  }
  run_once(kStart, Duration::zero());
  EXPECT_EQ(path_.size(), 40U);
}

TEST_F(StreamBudgetTest, a_connection_of_a_process_before_this_one_is_taken_in) {
  auto listener = net::Listener::open({.local = loopback(0)}).value();
  TcpWire wire(listener.local());
  std::optional<net::Accepted> accepted;
  ASSERT_TRUE(becomes_true([&] { return (accepted = listener.accept()).has_value(); }));
  path_.adopt(std::move(*accepted), Transport::tcp);
  send(wire, binding(), kStart);
  EXPECT_EQ(frames_.size(), 1U);
}

// Whoever a PROXY header names begins handshakes; of one address one comes before those of others.
class CrowdTest : public StreamPathTest {
 protected:
  CrowdTest()
      : StreamPathTest({*IpPrefix::parse("127.0.0.0/8")},
                       {.arrivals_max = 4, .handshakes = std::make_shared<AnswerLimiter>(1)}) {
    for (const char* client : {"192.0.2.1 1", "192.0.2.1 2", "192.0.2.1 3", "192.0.2.9 1"}) begin(client);
  }
  void begin(const std::string& client) {
    const auto space = client.find(' ');
    wires_.push_back(std::make_unique<TcpWire>(tls_));
    send(*wires_.back(),
         "PROXY TCP4 " + client.substr(0, space) + " 198.51.100.7" + client.substr(space) + " 443\r\n",
         kStart);
  }

  std::vector<std::unique_ptr<TcpWire>> wires_;
};

TEST_F(CrowdTest, an_address_with_many_handshakes_waits_behind_others) {
  for (const auto& wire : wires_) wire->send(as_bytes("no handshake"));
  for (const auto& wire : wires_) ASSERT_TRUE(becomes_true([&] { return wire->has_delivered(); }));
  run(kStart);
  EXPECT_EQ(gone_, (std::vector<StreamPath::StreamId>{1, 4, 2, 3}));
}

TEST_F(CrowdTest, an_address_with_many_handshakes_makes_room_first) {
  begin("192.0.2.10 1");
  EXPECT_EQ(gone_, std::vector<StreamPath::StreamId>{2});
  EXPECT_EQ(path_.size(), 4U);
}

TEST_F(StreamPathTest, strangers_who_rest_wake_nobody_and_are_served_afterwards) {
  TcpWire known = accept(kStart);
  path_.rest_strangers(kStart + seconds(1));
  TcpWire newcomer(tcp_);
  known.send(as_bytes(binding()));
  for (int turn = 0; turn < 3; ++turn) EXPECT_FALSE(run_once(kStart + milliseconds(999)));
  EXPECT_EQ(path_.next_deadline(), kStart + seconds(1));
  EXPECT_TRUE(frames_.empty());
  EXPECT_EQ(path_.size(), 1U);
  run_once(kStart + seconds(1));  // they are watched again
  run(kStart + seconds(1));
  EXPECT_EQ(frames_.size(), 1U);
  EXPECT_EQ(path_.size(), 2U);
  EXPECT_FALSE(path_.strangers_rest());
}

TEST_F(StreamPathTest, whoever_holds_an_allocation_is_served_while_strangers_rest) {
  TcpWire client = accept(kStart);
  send(client, binding(), kStart);
  path_.note_allocation(clients_.at(0).ref.path, true);
  path_.rest_strangers(kStart + seconds(1));
  send(client, binding(), kStart + milliseconds(1));
  EXPECT_EQ(frames_.size(), 2U);
}

}  // namespace
}  // namespace turnpike::path
