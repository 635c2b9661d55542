// What a worker does with connections: their ends, readers that are slow, bytes that are no TURN, and too
// many of them.
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <algorithm>

#include "shell/support.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/channel_data.hpp"
#include "turnpike/stun/framing.hpp"
#include "turnpike/worker/worker.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

using client::Data;

constexpr std::size_t kFloodPackets = 16'000;
constexpr std::size_t kFloodPacketSize = 1000;

// Bindings one behind the other, numbered by their transaction ids.
std::vector<std::uint8_t> bindings(std::size_t count) {
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < count; ++i) {
    stun::TransactionId id{};
    store_be32(id.data(), static_cast<std::uint32_t>(i));
    std::array<std::uint8_t, stun::kHeaderSize> buffer;
    const Bytes message =
        stun::MessageBuilder(buffer, stun::Method::binding, stun::Class::request, id).bytes();
    bytes.insert(bytes.end(), message.begin(), message.end());
  }
  return bytes;
}

// More than all buffers on the way hold, for a client that does not read; each packet begins with its number.
void flood(UdpPort& peer, const Endpoint& relay) {
  std::string packet(kFloodPacketSize, 'x');
  for (std::size_t i = 0; i < kFloodPackets; ++i) {
    store_be32(reinterpret_cast<std::uint8_t*>(packet.data()), static_cast<std::uint32_t>(i));
    peer.send(packet, relay);
    if (i % 50 == 49) std::this_thread::sleep_for(std::chrono::microseconds(300));  // the worker keeps pace
  }
}

class WorkerStreams : public ::testing::Test {
 protected:
  // The allocation and its relay port are gone.
  bool is_freed(const Endpoint& relay) {
    return becomes_true(
        [&] { return server_.allocations() == 0 && net::UdpSocket::open({.local = relay}).has_value(); });
  }

  RunningServer server_{loopback_config()};
};

TEST_F(WorkerStreams, whichever_way_a_connection_ends_its_allocation_goes_TCPC_03_TCPC_04) {
  const auto reset = [](TestClient& client) {
    auto& wire = dynamic_cast<TcpWire&>(client.wire());
    wire.abort();
  };
  const struct {
    const char* name;
    Transport transport;
    std::function<void(TestClient&)> end;
  } table[] = {
      {"FIN", Transport::tcp, [](TestClient& client) { dynamic_cast<TcpWire&>(client.wire()).close(); }},
      {"RST", Transport::tcp, reset},
      {"half-close", Transport::tcp,
       [](TestClient& client) { dynamic_cast<TcpWire&>(client.wire()).half_close(); }},
      {"close_notify", Transport::tls,
       [](TestClient& client) { dynamic_cast<TlsWire&>(client.wire()).say_goodbye(); }},
      {"TLS, FIN without close_notify", Transport::tls,
       [](TestClient& client) { dynamic_cast<TcpWire&>(client.wire()).half_close(); }},
      {"TLS, RST", Transport::tls, reset},
      {"TLS, a broken record", Transport::tls,
       [](TestClient& client) {
         dynamic_cast<TcpWire&>(client.wire()).TcpWire::send(as_bytes("no TLS record at all"));
       }},
  };
  for (const auto& row : table) {
    TestClient client = server_.connect(row.transport);
    const Endpoint relay = client.allocate();
    ASSERT_EQ(server_.allocations(), 1U) << row.name;
    row.end(client);
    EXPECT_TRUE(is_freed(relay)) << row.name;
  }
}

TEST_F(WorkerStreams, a_half_closed_connection_is_closed_TCPC_04) {
  TcpWire wire(server_.tcp());
  wire.half_close();
  EXPECT_TRUE(is_closed(wire));
}

TEST_F(WorkerStreams, a_slow_reader_loses_whole_packets_and_no_answer_TCPC_06) {
  TestClient client(std::make_unique<TcpWire>(server_.tcp(), 8192));
  UdpPort peer;
  const Endpoint relay = client.allocate();
  client.bind(peer.local());
  flood(peer, relay);
  client.turn().refresh(600, clock_now());
  std::size_t received = 0;
  std::int64_t last = -1;
  while (const auto data = client.next<Data>(kSilence)) {
    ASSERT_EQ(data->bytes.size(), kFloodPacketSize);
    const std::int64_t number = load_be32(data->bytes.data());
    ASSERT_GT(number, last);
    last = number;
    ++received;
  }
  EXPECT_GT(received, 100U);
  EXPECT_LT(received * kFloodPacketSize, 6U << 20);  // 1 MiB of ours, and 4 MiB that the kernel may take
  EXPECT_EQ(client.expect<client::Refreshed>().lifetime_s, 600U);
  peer.send("in frame", relay);
  EXPECT_EQ(client.data_from(peer.local()), "in frame");
}

TEST_F(WorkerStreams, one_that_takes_no_answers_is_closed_TCPC_07) {
  TestClient client(std::make_unique<TcpWire>(server_.tcp(), 8192));
  UdpPort peer;
  const Endpoint relay = client.allocate();
  client.bind(peer.local());
  for (int round = 0; round < 20 && server_.allocations() > 0;
       ++round) {  // a busy machine loses packets before they fill the buffers
    flood(peer, relay);
    client.wire().send(bindings(5000));
  }
  EXPECT_TRUE(is_freed(relay));
  EXPECT_TRUE(is_closed(client.wire()));
}

TEST_F(WorkerStreams, a_hundred_bindings_in_one_write_get_a_hundred_answers_TCPC_10) {
  for (const Transport transport : {Transport::tcp, Transport::tls}) {
    const auto wire = connect(transport, server_.listen());
    wire->send(bindings(100));
    std::string answers;
    std::uint32_t next = 0;
    while (next < 100) {
      const std::string more = wire->receive(kPatience);
      ASSERT_FALSE(more.empty()) << next;
      answers += more;
      while (const auto frame = *stun::next_frame(as_bytes(answers), false)) {
        if (frame->wire_size > answers.size()) break;
        const auto message = *stun::MessageView::parse(as_bytes(answers).first(frame->size));
        EXPECT_EQ(message.cls(), stun::Class::success);
        EXPECT_EQ(load_be32(message.transaction_id().data()), next++);
        answers.erase(0, frame->wire_size);
      }
    }
  }
}

TEST_F(WorkerStreams, requests_may_come_byte_by_byte) {
  for (const Transport transport : {Transport::tcp, Transport::tls}) {
    const auto wire = connect(transport, server_.listen());
    const auto request = bindings(1);
    for (const std::uint8_t byte : request) wire->send(Bytes{&byte, 1});
    EXPECT_FALSE(wire->receive(kPatience).empty());
  }
}

TEST_F(WorkerStreams, what_is_no_turn_is_closed_at_once_FRM_08_FRM_09) {
  const struct {
    const char* name;
    std::string bytes;
  } table[] = {
      {"HTTP GET, a channel number", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"},
      {"HTTP POST", "POST / HTTP/1.1\r\n\r\n"},
      {"TLS on the TCP port", std::string("\x16\x03\x01\x00\xf8\x01\x00\x00\xf4\x03\x03", 11)},
      {"ChannelData without an allocation", std::string("\x40\x00\x00\x04", 4) + "data"},
      {"STUN with a bad cookie", std::string("\x00\x01\x00\x00", 4) + std::string(16, '!')},
      {"STUN with a length that is no multiple of 4",
       std::string("\x00\x01\x00\x02\x21\x12\xA4\x42", 8) + std::string(14, '!')},
      {"a request of 60,000 bytes before there is an allocation",
       std::string("\x00\x03\xEA\x60\x21\x12\xA4\x42", 8)},
      {"all ones", std::string(20, '\xff')},
  };
  for (const auto& row : table) {
    for (const Transport transport : {Transport::tcp, Transport::tls}) {
      const auto wire = connect(transport, server_.listen());
      wire->send(as_bytes(row.bytes));
      EXPECT_TRUE(is_closed(*wire)) << row.name;
    }
  }
  TestClient client = server_.connect(Transport::tcp);
  client.turn().binding(clock_now());
  EXPECT_TRUE(client.next<client::MappedAddress>().has_value());
}

TEST(WorkerConnections, an_address_has_so_many_connections_and_no_more_TCPC_08) {
  config::Config config = loopback_config();
  config.limits.connections_per_ip = 2;
  RunningServer server(config);
  auto first = std::make_unique<TestClient>(connect(Transport::tcp, server.listen()));
  const auto is_served = [](TestClient& client) {
    client.turn().binding(clock_now());
    return client.next<client::MappedAddress>().has_value();
  };
  EXPECT_TRUE(is_served(*first));
  TestClient second = server.connect(Transport::tls);
  EXPECT_TRUE(is_served(second));
  const auto third = connect(Transport::tcp, server.listen());
  EXPECT_TRUE(is_closed(*third));
  first.reset();
  EXPECT_TRUE(becomes_true([&] {
    TestClient another = server.connect(Transport::tcp);
    return is_served(another);
  }));
  EXPECT_TRUE(is_served(second));
}

}  // namespace
}  // namespace turnpike::worker
