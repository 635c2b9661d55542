// When a connection has to go, at times that the test chooses, and what is heard of it.
#include <atomic>
#include <thread>

#include "stream_fixture.hpp"

namespace turnpike::path {
namespace {

TEST_F(StreamPathTest, without_a_message_it_is_closed_after_30_s_TCPC_05) {
  TcpWire wire = accept(kStart);
  EXPECT_EQ(left_at(kStart + seconds(29)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(30)), 0U);
  EXPECT_EQ(gone_, (std::vector<std::uint32_t>{1}));
  EXPECT_TRUE(is_closed(wire));
  EXPECT_EQ(path_.next_deadline(), std::nullopt);
}

TEST_F(StreamPathTest, bytes_that_make_no_message_win_no_time_TCPC_05) {
  TcpWire wire = accept(kStart);
  const std::string request = binding();
  for (int i = 0; i < 19; ++i) {
    send(wire, request.substr(static_cast<std::size_t>(i), 1), kStart + seconds(i));
    EXPECT_EQ(left_at(kStart + seconds(i)), 1U);
  }
  EXPECT_EQ(left_at(kStart + seconds(29)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(30)), 0U);
}

TEST_F(StreamPathTest, without_an_allocation_it_is_closed_60_s_after_its_last_message_TCPC_05) {
  TcpWire wire = accept(kStart);
  send(wire, binding(), kStart + seconds(20));
  EXPECT_EQ(left_at(kStart + seconds(50)), 1U);
  send(wire, binding(), kStart + seconds(50));
  EXPECT_EQ(left_at(kStart + seconds(109)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(110)), 0U);
  EXPECT_EQ(frames_.size(), 2U);
}

TEST_F(StreamPathTest, with_an_allocation_it_may_be_silent_TCPC_01) {
  TcpWire wire = accept(kStart);
  send(wire, binding(), kStart);
  path_.note_allocation(1, true);
  for (int minutes = 1; minutes < 60; ++minutes)
    EXPECT_EQ(left_at(kStart + std::chrono::minutes(minutes)), 1U);
}

TEST_F(StreamPathTest, when_its_allocation_has_expired_it_has_the_idle_time_again_TCPC_11) {
  TcpWire wire = accept(kStart);
  send(wire, binding(), kStart);
  path_.note_allocation(1, true);
  EXPECT_EQ(left_at(kStart + seconds(590)), 1U);
  send(wire, binding(), kStart + seconds(595));
  path_.note_allocation(1, false);
  EXPECT_EQ(left_at(kStart + seconds(654)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(655)), 0U);
}

TEST_F(StreamPathTest, a_handshake_takes_10_s_at_most_TLS_15) {
  TcpWire stalled(tls_);
  run(kStart);
  EXPECT_EQ(left_at(kStart + milliseconds(9999)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(10)), 0U);
  EXPECT_TRUE(is_closed(stalled));
  EXPECT_EQ(path_.counters().handshakes_failed.of(net::HandshakeFailure::timed_out), 1U);
}

TEST_F(StreamPathTest, after_the_handshake_the_limits_of_tcp_hold_TLS_15) {
  std::unique_ptr<TlsWire> wire;
  std::atomic<bool> connected = false;
  std::thread client([&] {
    wire = std::make_unique<TlsWire>(tls_);
    connected = true;
  });
  EXPECT_TRUE(becomes_true(
      [&] {
        run(kStart);
        return connected.load();
      },
      kPatience));
  client.join();
  EXPECT_EQ(left_at(kStart + seconds(29)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(30)), 0U);
}

TEST_F(StreamPathTest, each_connection_has_a_deadline_of_its_own) {
  TcpWire first = accept(kStart);
  TcpWire second = accept(kStart + seconds(5));
  EXPECT_EQ(path_.next_deadline(), kStart + seconds(30));
  EXPECT_EQ(left_at(kStart + seconds(34)), 1U);
  EXPECT_EQ(path_.next_deadline(), kStart + seconds(35));
  EXPECT_EQ(left_at(kStart + seconds(35)), 0U);
  EXPECT_EQ(gone_, (std::vector<std::uint32_t>{1, 2}));
}

TEST_F(StreamPathTest, a_connection_that_is_closed_while_its_frames_are_handed_out_goes_after_them) {
  TcpWire wire = accept(kStart);
  const std::vector<std::uint8_t> response(60'000);
  on_each_ = [&](const relay::Client& client) {
    for (int i = 0; i < 20; ++i) path_.send_response(client.ref.path, response);
  };
  send(wire, binding() + binding(), kStart);
  EXPECT_EQ(frames_.size(), 2U);
  EXPECT_EQ(batches_, 1);
  EXPECT_EQ(gone_, (std::vector<std::uint32_t>{1}));
  EXPECT_EQ(path_.size(), 0U);
  EXPECT_TRUE(is_closed(wire));
}

TEST_F(StreamPathTest, what_is_for_a_connection_that_has_gone_is_ignored) {
  { TcpWire wire = accept(kStart); }
  run(kStart);
  EXPECT_EQ(path_.size(), 0U);
  path_.send_data(1, {as_bytes("da"), as_bytes("t"), as_bytes("a")});
  path_.send_response(1, as_bytes("response"));
  path_.note_allocation(1, true);
  path_.flush();
  EXPECT_EQ(gone_, (std::vector<std::uint32_t>{1}));
}

TEST_F(StreamPathTest, a_response_that_finds_no_room_closes_the_connection_and_data_is_dropped_TCPC_07) {
  TcpWire wire = accept(kStart);
  path_.note_allocation(1, true);
  const std::vector<std::uint8_t> frame(60'000);
  for (int i = 0; i < 100; ++i) path_.send_data(1, {{}, frame, {}});
  EXPECT_EQ(path_.size(), 1U);
  EXPECT_GT(path_.counters().stream_data_dropped, 50U);
  path_.send_response(1, frame);
  EXPECT_EQ(path_.size(), 1U);
  for (int i = 0; i < 2; ++i) path_.send_response(1, frame);
  EXPECT_EQ(path_.size(), 0U);
  note_gone();
  EXPECT_EQ(gone_, (std::vector<std::uint32_t>{1}));
}

TEST_F(StreamPathTest, a_place_is_given_back_when_its_connection_ends_TCPC_08) {
  std::vector<TcpWire> wires;
  for (int i = 0; i < 100; ++i) wires.emplace_back(tcp_);
  run(kStart);
  EXPECT_EQ(path_.size(), 100U);
  TcpWire one_more = accept(kStart);
  EXPECT_EQ(path_.size(), 100U);
  EXPECT_TRUE(is_closed(one_more));
  wires.pop_back();
  run(kStart);
  EXPECT_EQ(path_.size(), 99U);
  const TcpWire another = accept(kStart);
  EXPECT_EQ(path_.size(), 100U);
}

TEST_F(StreamPathTest, a_tls_connection_is_never_served_in_the_clear) {
  admission_.set_tls(nullptr);
  TcpWire wire(tls_);
  run(kStart);
  send(wire, binding(), kStart);
  EXPECT_TRUE(frames_.empty());
  EXPECT_TRUE(is_closed(wire));
}

// PROXY headers: this host's connections are a balancer's.
class BalancedStreamPathTest : public StreamPathTest {
 protected:
  BalancedStreamPathTest() : StreamPathTest({*IpPrefix::parse("127.0.0.0/8")}) {}
};

constexpr std::string_view kHeader = "PROXY TCP4 192.0.2.1 198.51.100.7 56324 3478\r\n";

TEST_F(BalancedStreamPathTest, the_client_is_whom_the_header_names_PP_07) {
  TcpWire wire = accept(kStart);
  send(wire, std::string(kHeader) + binding(), kStart);
  ASSERT_EQ(clients_.size(), 1U);
  EXPECT_EQ(clients_[0].tuple.client.to_string(), "192.0.2.1:56324");
  EXPECT_EQ(gone_.size(), 0U);
}

TEST_F(BalancedStreamPathTest, limits_count_that_client_and_not_the_balancer_PP_07) {
  std::vector<std::unique_ptr<TcpWire>> wires;
  const auto connect_for = [&](const char* client) {
    wires.push_back(std::make_unique<TcpWire>(tcp_));
    const std::string port = std::to_string(wires.size());
    send(*wires.back(), "PROXY TCP4 " + std::string(client) + " 198.51.100.7 " + port + " 3478\r\n", kStart);
  };
  for (int i = 0; i < 100; ++i) connect_for("192.0.2.1");
  EXPECT_EQ(path_.size(), 100U);
  connect_for("192.0.2.1");
  EXPECT_EQ(path_.size(), 100U);
  EXPECT_TRUE(is_closed(*wires.back()));
  connect_for("192.0.2.2");
  EXPECT_EQ(path_.size(), 101U);
}

TEST_F(BalancedStreamPathTest, of_two_that_name_the_same_client_the_second_is_closed_PP_07) {
  TcpWire first = accept(kStart);
  send(first, std::string(kHeader) + binding(), kStart);
  TcpWire second = accept(kStart);
  send(second, std::string(kHeader) + binding(), kStart);
  EXPECT_TRUE(is_closed(second));
  EXPECT_EQ(path_.counters().connections_not_admitted.of(NotAdmitted::client_is_here), 1U);
  send(first, binding(), kStart);
  EXPECT_EQ(frames_.size(), 2U);
  EXPECT_EQ(gone_.size(), 0U) << "who was refused was nobody's client";

  first.close();
  run(kStart);
  TcpWire third = accept(kStart);
  send(third, std::string(kHeader) + binding(), kStart);
  EXPECT_EQ(frames_.size(), 3U);
}

TEST_F(BalancedStreamPathTest, the_balancers_own_connections_have_its_own_address_PP_06) {
  TcpWire wire = accept(kStart);
  send(wire, "PROXY UNKNOWN\r\n" + binding(), kStart);
  ASSERT_EQ(clients_.size(), 1U);
  EXPECT_EQ(clients_[0].tuple.client.plain(), wire.local());
}

TEST_F(BalancedStreamPathTest, half_a_header_is_closed_at_the_limit_PP_02) {
  TcpWire wire = accept(kStart);
  send(wire, kHeader.substr(0, 20), kStart + seconds(5));
  EXPECT_EQ(left_at(kStart + milliseconds(9999)), 1U);
  EXPECT_EQ(left_at(kStart + seconds(10)), 0U);
  EXPECT_TRUE(is_closed(wire));
  EXPECT_EQ(gone_.size(), 0U);  // there was no client yet
  EXPECT_EQ(path_.counters().headers_refused.of(NoHeader::timed_out), 1U);
  EXPECT_EQ(path_.next_deadline(), std::nullopt);
}

TEST_F(BalancedStreamPathTest, without_a_header_it_is_closed_PP_12) {
  { TcpWire silent = accept(kStart); }
  TcpWire wire = accept(kStart);
  send(wire, binding(), kStart);
  EXPECT_EQ(path_.counters().headers_refused.of(NoHeader::malformed), 1U);
  EXPECT_EQ(path_.counters().headers_refused.of(NoHeader::nothing_sent), 1U);
  EXPECT_TRUE(is_closed(wire));
  EXPECT_EQ(frames_.size(), 0U);
  EXPECT_EQ(path_.size(), 0U);
  EXPECT_EQ(path_.next_deadline(), std::nullopt);
}

TEST_F(StreamPathTest, a_header_of_somebody_else_is_garbage_PP_01) {
  TcpWire wire = accept(kStart);
  send(wire, std::string(kHeader) + binding(), kStart);
  EXPECT_TRUE(is_closed(wire));
  EXPECT_EQ(frames_.size(), 0U);
}

}  // namespace
}  // namespace turnpike::path
