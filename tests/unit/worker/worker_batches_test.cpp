// Runs stay runs on their way through a worker, and no flood takes more than its part of a turn.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>

#include "shell/support.hpp"
#include "stepped_server.hpp"
#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/channel_data.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

using Texts = std::vector<std::string>;

// 51 different texts of one length, the last one shorter.
Texts texts_of_a_run() {
  Texts texts;
  for (int i = 0; i < 50; ++i) texts.push_back(fmt::format("{:03}{}", i, std::string(197, 'x')));
  texts.push_back("the last");
  return texts;
}

std::string channel_data(std::string_view payload) {
  std::string frame(stun::kChannelHeaderSize, '\0');
  stun::write_channel_header({reinterpret_cast<std::uint8_t*>(frame.data()), frame.size()}, stun::kChannelMin,
                             payload.size());
  return frame.append(payload);
}

// So many, however they are joined; `buffers` counts in how many pieces they came.
Texts receive_all(UdpPort& port, std::size_t count, std::size_t& buffers) {
  Texts texts;
  for (buffers = 0; texts.size() < count; ++buffers) {
    const Texts more = port.receive_joined();
    if (more.empty()) break;
    texts.insert(texts.end(), more.begin(), more.end());
  }
  return texts;
}

class WorkerBatches : public ::testing::Test {
 protected:
  RunningServer server_{loopback_config()};
  UdpPort peer_{loopback(0), true};
};

TEST_F(WorkerBatches, a_run_of_a_client_reaches_the_peer_as_a_run_without_headers) {
  TestClient client(std::make_unique<UdpWire>(server_.udp()));
  client.allocate();
  client.bind(peer_.local());
  Texts frames;
  for (const std::string& text : texts_of_a_run()) frames.push_back(channel_data(text));
  dynamic_cast<UdpWire&>(client.wire()).port().send_as_run(frames, server_.udp());
  EXPECT_EQ(peer_.receive_joined(), texts_of_a_run());
}

TEST_F(WorkerBatches, a_run_of_a_peer_reaches_the_client_as_a_run_of_channel_data) {
  auto wire = std::make_unique<UdpWire>(server_.udp(), loopback(0), true);
  UdpPort& port = wire->port();
  TestClient client(std::move(wire));
  const Endpoint relay = client.allocate();
  client.bind(peer_.local());
  peer_.send_as_run(texts_of_a_run(), relay);
  Texts expected;
  for (const std::string& text : texts_of_a_run()) expected.push_back(channel_data(text));
  EXPECT_EQ(port.receive_joined(), expected);
}

TEST_F(WorkerBatches, a_run_of_a_peer_reaches_the_client_as_a_run_of_indications) {
  auto wire = std::make_unique<UdpWire>(server_.udp(), loopback(0), true);
  UdpPort& port = wire->port();
  TestClient client(std::move(wire));
  const Endpoint relay = client.allocate();
  client.permit(peer_.local());
  peer_.send_as_run(texts_of_a_run(), relay);
  const Texts received = port.receive_joined();
  ASSERT_EQ(received.size(), 51U);
  for (std::size_t i = 0; i < received.size(); ++i) {
    client.turn().on_receive(as_bytes(received[i]), clock_now());
    EXPECT_EQ(client.data_from(peer_.local()), texts_of_a_run()[i]);
  }
}

TEST_F(WorkerBatches, datagrams_of_all_sizes_keep_their_order) {
  TestClient client(std::make_unique<UdpWire>(server_.udp()));
  client.allocate();
  client.bind(peer_.local());
  Texts texts;
  Texts frames;
  for (std::size_t i = 0; i < 60; ++i) {
    texts.push_back(fmt::format("{:02}{}", i, std::string(i * 7 % 5 * 10, 'x')));
    if (i % 9 == 0) texts.back().clear();
    frames.push_back(channel_data(texts.back()));
  }
  dynamic_cast<UdpWire&>(client.wire()).port().send_as_run(frames, server_.udp());
  std::size_t buffers = 0;
  EXPECT_EQ(receive_all(peer_, texts.size(), buffers), texts);
}

TEST_F(WorkerBatches, frames_of_one_read_of_a_stream_leave_as_runs) {
  for (const Transport transport : {Transport::tcp, Transport::tls}) {
    TestClient client = server_.connect(transport);
    client.allocate();
    client.bind(peer_.local());
    Texts texts(texts_of_a_run());
    texts.pop_back();
    std::string stream;
    for (const std::string& text : texts) stream += channel_data(text);
    client.wire().send(as_bytes(stream));
    std::size_t buffers = 0;
    EXPECT_EQ(receive_all(peer_, texts.size(), buffers), texts);
    EXPECT_LT(buffers, 10U) << "of at most 64, if the stream came in one piece";
  }
}

TEST_F(WorkerBatches, a_run_of_a_peer_reaches_a_stream_whole) {
  for (const Transport transport : {Transport::tcp, Transport::tls}) {
    TestClient client = server_.connect(transport);
    const Endpoint relay = client.allocate();
    client.bind(peer_.local());
    peer_.send_as_run(texts_of_a_run(), relay);
    for (const std::string& text : texts_of_a_run()) EXPECT_EQ(client.data_from(peer_.local()), text);
  }
}

std::string binding_request() {
  std::array<std::uint8_t, stun::kHeaderSize> buffer;
  return std::string(
      as_text(stun::MessageBuilder(buffer, stun::Method::binding, stun::Class::request, {}).bytes()));
}

// How many datagrams wait, which are then gone.
std::size_t take_waiting(UdpPort& port) {
  std::size_t count = 0;
  while (port.receive(Duration::zero())) ++count;
  return count;
}

TEST(WorkerTurn, relays_that_are_flooded_share_a_turn_and_a_stream_waits_for_one_turn_only) {
  constexpr std::size_t kFlood = 160;
  SteppedServer server;
  std::vector<std::unique_ptr<UdpPort>> peers;
  std::vector<std::unique_ptr<TestClient>> clients;
  std::vector<UdpPort*> ports;
  std::vector<Endpoint> relays;
  std::optional<TcpWire> stream;
  server.run_while([&] {
    for (int i = 0; i < 3; ++i) {
      peers.push_back(std::make_unique<UdpPort>());
      auto wire = std::make_unique<UdpWire>(server.listen().udp.front());
      ports.push_back(&wire->port());
      clients.push_back(std::make_unique<TestClient>(std::move(wire)));
      relays.push_back(clients.back()->allocate());
      clients.back()->bind(peers.back()->local());
    }
    stream.emplace(server.listen().tcp.front());
    stream->send(as_bytes(binding_request()));
    EXPECT_FALSE(stream->receive(kPatience).empty());
  });
  for (std::size_t i = 0; i < peers.size(); ++i) {
    for (std::size_t sent = 0; sent < kFlood; ++sent) peers[i]->send("flood", relays[i]);
  }
  stream->send(as_bytes(binding_request()));
  ASSERT_TRUE(becomes_true([&] { return stream->has_delivered(); }));

  server.run_once();
  EXPECT_FALSE(stream->receive(kPatience).empty());
  std::size_t first_turn = 0;
  for (UdpPort* port : ports) {
    EXPECT_TRUE(port->receive());
    const std::size_t count = 1 + take_waiting(*port);
    EXPECT_LE(count, 16U);
    first_turn += count;
  }
  EXPECT_LE(first_turn, 64U);
}

}  // namespace
}  // namespace turnpike::worker
