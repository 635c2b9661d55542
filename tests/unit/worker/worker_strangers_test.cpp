// However much strangers send, media goes on in every turn: shown by counts, without a clock.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "shell/support.hpp"
#include "stepped_server.hpp"
#include "turnpike/stun/builder.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

using path::LaneLimits;
using path::StreamPath;

constexpr std::size_t kAnswersOfStrangers = StreamPath::kStrangersPerTurn.requests;

std::string request(stun::Method method) {
  std::array<std::uint8_t, stun::kHeaderSize> buffer;
  return std::string(as_text(stun::MessageBuilder(buffer, method, stun::Class::request, {}).bytes()));
}

// Connections whose sockets are full of requests whenever a turn begins.
class Flood {
 public:
  Flood(Transport transport, std::size_t connections, const config::ListenConfig& listen) {
    for (std::size_t i = 0; i < connections; ++i) add(shell::connect(transport, listen));
  }
  explicit Flood(std::unique_ptr<Wire> wire) { add(std::move(wire)); }

  void fill() {
    for (const auto& wire : wires_) sent_ += dynamic_cast<TcpWire&>(*wire).fill(as_bytes(requests_));
  }
  // How many requests were answered since the last time.
  std::size_t take_answers() {
    std::size_t bytes = 0;
    for (const auto& wire : wires_) {
      for (std::string more = wire->receive(Duration::zero()); !more.empty();
           more = wire->receive(Duration::zero()))
        bytes += more.size();
    }
    return bytes / answer_bytes_;
  }
  std::size_t bytes_sent() const { return sent_; }

 private:
  void add(std::unique_ptr<Wire> wire) {
    wire->send(as_bytes(request(stun::Method::binding)));
    answer_bytes_ = wire->receive(kPatience).size();
    EXPECT_GT(answer_bytes_, 0U);
    wires_.push_back(std::move(wire));
  }

  static std::string many_requests() {
    std::string all;
    while (all.size() < 64'000) all += request(stun::Method::binding);
    return all;
  }

  const std::string requests_ = many_requests();
  std::vector<std::unique_ptr<Wire>> wires_;
  std::size_t answer_bytes_ = 1;
  std::size_t sent_ = 0;
};

// Two clients, one of them with datagrams, each with a peer to which a packet goes each turn and from which
// one comes.
class Media {
 public:
  explicit Media(const config::ListenConfig& listen) {
    for (const Transport transport : {Transport::udp, Transport::tls}) {
      Call& call = *calls_.emplace_back(std::make_unique<Call>(shell::connect(transport, listen)));
      call.relay = call.client.allocate();
      call.client.bind(call.peer.local());
    }
  }
  void send() {
    ++number_;
    for (const auto& call : calls_) {
      call->client.send(call->peer.local(), fmt::format("to peer {}", number_));
      call->peer.send(fmt::format("to client {}", number_), call->relay);
    }
  }
  void expect_arrived() {
    for (const auto& call : calls_) {
      const auto received = call->peer.receive();
      ASSERT_TRUE(received.has_value()) << number_;
      EXPECT_EQ(received->text, fmt::format("to peer {}", number_));
      EXPECT_EQ(call->client.data_from(call->peer.local()), fmt::format("to client {}", number_));
    }
  }

 private:
  struct Call {
    explicit Call(std::unique_ptr<Wire> wire) : client(std::move(wire)) {}
    TestClient client;
    UdpPort peer;
    Endpoint relay;
  };
  std::vector<std::unique_ptr<Call>> calls_;
  int number_ = 0;
};

struct FloodCase {
  Transport transport;
  std::uint32_t workers;
};

class StrangersFlood : public ::testing::TestWithParam<FloodCase> {};

INSTANTIATE_TEST_SUITE_P(, StrangersFlood,
                         testing::Values(FloodCase{Transport::tcp, 1}, FloodCase{Transport::tcp, 2},
                                         FloodCase{Transport::tls, 1}, FloodCase{Transport::tls, 2}),
                         [](const auto& row) {
                           return fmt::format("{}_{}", to_string(row.param.transport), row.param.workers);
                         });

TEST_P(StrangersFlood, puts_no_more_than_its_budget_between_two_turns_of_media) {
  constexpr std::size_t kFloodBytes = 16 << 20;
  SteppedServer server(GetParam().workers);
  std::optional<Media> media;
  std::optional<Flood> flood;
  server.run_while([&] {
    media.emplace(server.listen());
    flood.emplace(GetParam().transport, 32, server.listen());
  });
  std::size_t answered = 0;
  for (int turn = 0; turn < 100 || flood->bytes_sent() < kFloodBytes; ++turn) {
    ASSERT_LT(turn, 1000) << flood->bytes_sent();
    flood->fill();
    media->send();
    for (std::size_t worker = 0; worker < server.size(); ++worker) {
      server.run_once(worker);
      const std::size_t answers = flood->take_answers();
      EXPECT_LE(answers, kAnswersOfStrangers) << turn;
      answered += answers;
    }
    media->expect_arrived();
  }
  EXPECT_GT(answered, 100 * kAnswersOfStrangers / 2) << "strangers are served nonetheless";
}

// A client with an allocation that asks for the same permission again and again, without a pause.
class AskingClient {
 public:
  static constexpr std::size_t kBytes = 64 * 1024;

  explicit AskingClient(const config::ListenConfig& listen)
      : client_(shell::connect(Transport::tcp, listen)) {
    client_.allocate();
  }

  void ask() {
    std::vector<std::uint8_t> requests;
    for (; requests.size() < kBytes; ++asked_) {
      client_.turn().create_permission({loopback(9)}, clock_now());
      for (const client::Output& output : client_.turn().drain()) {
        const auto& bytes = std::get<client::Transmit>(output).bytes;
        requests.insert(requests.end(), bytes.begin(), bytes.end());
      }
    }
    wire().send(requests);
    ASSERT_TRUE(becomes_true([&] { return wire().has_delivered(); }));
  }
  // How many were granted since the last time.
  std::size_t take_granted() {
    for (std::string more = wire().receive(Duration::zero()); !more.empty();
         more = wire().receive(Duration::zero()))
      client_.turn().on_receive(as_bytes(more), clock_now());
    const auto outputs = client_.turn().drain();
    for (const client::Output& output : outputs)
      EXPECT_TRUE(std::holds_alternative<client::PermissionCreated>(output));
    granted_ += outputs.size();
    return outputs.size();
  }
  bool has_all() const { return granted_ == asked_; }

 private:
  TcpWire& wire() { return dynamic_cast<TcpWire&>(client_.wire()); }

  TestClient client_;
  std::size_t asked_ = 0;
  std::size_t granted_ = 0;
};

TEST(WorkerStrangers, clients_that_ask_without_a_pause_delay_nobody) {
  constexpr LaneLimits kLimits = StreamPath::kClientsPerTurn;
  constexpr std::size_t kClients = 1 + kLimits.requests / kLimits.requests_of_one;
  SteppedServer server;
  std::optional<Media> media;
  std::vector<std::unique_ptr<AskingClient>> asking;
  server.run_while([&] {
    media.emplace(server.listen());
    for (std::size_t i = 0; i < kClients; ++i)
      asking.push_back(std::make_unique<AskingClient>(server.listen()));
  });
  for (const auto& each : asking) each->ask();
  const auto has_all = [](const auto& each) { return each->has_all(); };
  std::size_t most = 0;
  for (std::size_t turns = 0; !std::ranges::all_of(asking, has_all); ++turns) {
    ASSERT_LT(turns, AskingClient::kBytes / stun::kHeaderSize);
    media->send();
    server.run_once();
    media->expect_arrived();
    std::size_t granted = 0;
    for (const auto& each : asking) {
      const std::size_t of_one = each->take_granted();
      EXPECT_LE(of_one, kLimits.requests_of_one);
      granted += of_one;
    }
    EXPECT_LE(granted, kLimits.requests);
    most = std::max(most, granted);
  }
  EXPECT_EQ(most, kLimits.requests) << "the budget is there to be used";
}

// The first flight of a handshake, as OpenSSL's client makes it.
std::string client_hello() {
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  &SSL_CTX_free);
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
  BIO* out = BIO_new(BIO_s_mem());
  SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
  SSL_connect(ssl.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

TEST(WorkerStrangers, handshakes_are_answered_so_many_a_turn_and_media_goes_on) {
  constexpr std::size_t kHellos = 100;
  constexpr std::size_t kPerTurn = StreamPath::kArrivalsPerTurn.connections;
  SteppedServer server;
  std::optional<Media> media;
  server.run_while([&] { media.emplace(server.listen()); });
  const std::string hello = client_hello();
  std::vector<std::unique_ptr<TcpWire>> wires;
  for (std::size_t i = 0; i < kHellos; ++i) {
    wires.push_back(std::make_unique<TcpWire>(server.listen().tls.front()));
    wires.back()->send(as_bytes(hello));
  }
  std::size_t answered = 0;
  for (std::size_t turns = 0; answered < kHellos; ++turns) {
    ASSERT_LT(turns, 2 * kHellos);
    media->send();
    server.run_once();
    media->expect_arrived();
    const std::size_t now_answered =
        std::erase_if(wires, [](const auto& wire) { return !wire->receive(Duration::zero()).empty(); });
    EXPECT_LE(now_answered, kPerTurn);
    answered += now_answered;
  }
}

TEST(WorkerStrangers, who_has_had_a_share_of_the_time_rests_while_media_goes_on) {
  using std::chrono::hours;
  SteppedServer server(1, TimeShare(1'000'000'000, {}, hours(1)));
  std::optional<TestClient> client;
  UdpPort peer;
  server.run_while([&] {
    client.emplace(shell::connect(Transport::udp, server.listen()));
    client->allocate();  // with the time of strangers
    client->bind(peer.local());
  });
  TcpWire stream(server.listen().tcp.front());
  TcpWire handshake(server.listen().tls.front());
  UdpPort datagrams;
  handshake.send(as_bytes(client_hello()));
  stream.send(as_bytes(request(stun::Method::binding)));
  datagrams.send(request(stun::Method::binding), server.listen().udp.front());
  for (int turn = 0; turn < 20; ++turn) {
    client->send(peer.local(), "to peer");
    server.run_once();
    EXPECT_EQ(peer.receive()->text, "to peer");
  }
  EXPECT_EQ(stream.receive(Duration::zero()), "");
  EXPECT_EQ(handshake.receive(Duration::zero()), "");
  EXPECT_FALSE(datagrams.receive(Duration::zero()).has_value());
}

TEST(WorkerStrangers, as_long_as_nobody_relays_they_need_no_rest) {
  SteppedServer server(1, TimeShare(1'000'000'000, {}, std::chrono::hours(1)));
  TcpWire stream(server.listen().tcp.front());
  UdpPort datagrams;
  stream.send(as_bytes(request(stun::Method::binding)));
  for (int turn = 0; turn < 20; ++turn) {
    datagrams.send(request(stun::Method::binding), server.listen().udp.front());
    server.run_once();
    EXPECT_TRUE(datagrams.receive().has_value()) << turn;
  }
  EXPECT_NE(stream.receive(kPatience), "");
}

}  // namespace
}  // namespace turnpike::worker
