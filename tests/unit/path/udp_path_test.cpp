// Datagrams of clients and strangers: in which order they are handed out, and how many requests a turn.
#include "turnpike/path/udp_path.hpp"

#include <gtest/gtest.h>

#include <array>

#include "shell/support.hpp"
#include "turnpike/stun/builder.hpp"

namespace turnpike::path {
namespace {

using namespace shell;

std::string message(stun::Method method, stun::Class cls) {
  std::array<std::uint8_t, stun::kHeaderSize> buffer;
  return std::string(as_text(stun::MessageBuilder(buffer, method, cls, {}).bytes()));
}
const std::string kRequest = message(stun::Method::refresh, stun::Class::request);

TEST(Inbound, what_the_rules_must_judge_is_a_request) {
  const struct {
    const char* name;
    std::string bytes;
    bool is_request;
  } table[] = {
      {"nothing", "", false},
      {"one byte", std::string(1, '\0'), false},
      {"Send indication", message(stun::Method::send, stun::Class::indication), false},
      {"Allocate", message(stun::Method::allocate, stun::Class::request), true},
      {"Binding indication", message(stun::Method::binding, stun::Class::indication), true},
      {"Binding success", message(stun::Method::binding, stun::Class::success), true},
      {"ChannelData", std::string("\x40\x01\x00\x00", 4), false},
      {"DTLS", "\x16\xfe\xfd", false},
  };
  for (const auto& row : table) EXPECT_EQ(is_request(as_bytes(row.bytes)), row.is_request) << row.name;
}

class UdpPathTest : public ::testing::Test {
 protected:
  UdpPathTest() {
    auto socket = net::UdpSocket::open({.local = loopback(0), .buffer_bytes = 4 << 20}).value();
    server_ = socket.local();
    std::vector<net::UdpSocket> listeners;
    listeners.push_back(std::move(socket));
    path_.emplace(3, std::move(listeners), batch_, sends_);
  }

  FiveTuple tuple_of(const UdpPort& client) const {
    return {ClientEndpoint(client.local()), ServerEndpoint(server_), Transport::udp, {}};
  }

  // The frames of the batches of a turn, those of strangers as the last of them.
  std::vector<std::vector<std::string>> take_turn() {
    std::vector<std::vector<std::string>> batches;
    path_->begin_turn();
    path_->note_ready(0);
    for (auto batch = path_->next_batch(); !batch.empty(); batch = path_->next_batch()) {
      auto& frames = batches.emplace_back();
      for (const Inbound& inbound : batch) {
        frames.emplace_back(as_text(inbound.frame));
        EXPECT_EQ(inbound.client.ref, (relay::ClientRef{3, 0}));
      }
    }
    if (!path_->has_strangers()) return batches;
    auto& frames = batches.emplace_back();
    for (const Inbound& inbound : path_->take_strangers()) frames.emplace_back(as_text(inbound.frame));
    EXPECT_FALSE(path_->has_strangers());
    return batches;
  }

  net::ReceiveBatch batch_;
  net::SendQueue sends_;
  std::optional<UdpPath> path_;
  Endpoint server_;
};

TEST_F(UdpPathTest, requests_of_strangers_come_behind_everything_else) {
  UdpPort client;
  UdpPort stranger;
  path_->note_allocation(tuple_of(client), true);
  stranger.send(kRequest, server_);
  client.send(kRequest, server_);
  stranger.send("data 1", server_);
  client.send("data 2", server_);
  const std::vector<std::vector<std::string>> expected = {{kRequest, "data 1", "data 2"}, {kRequest}};
  EXPECT_EQ(take_turn(), expected);
  EXPECT_TRUE(take_turn().empty());
}

TEST_F(UdpPathTest, who_has_had_an_allocation_is_a_stranger_again) {
  UdpPort client;
  path_->note_allocation(tuple_of(client), true);
  path_->note_allocation(tuple_of(client), false);
  client.send(kRequest, server_);
  client.send("data", server_);
  const std::vector<std::vector<std::string>> expected = {{"data"}, {kRequest}};
  EXPECT_EQ(take_turn(), expected);
}

TEST_F(UdpPathTest, a_joined_run_of_requests_is_handled_up_to_the_budget_and_no_data_is_lost) {
  net::UdpOptions options{.local = loopback(0), .gro = true, .buffer_bytes = 4 << 20};
  auto socket = net::UdpSocket::open(options).value();
  const Endpoint server = socket.local();
  std::vector<net::UdpSocket> listeners;
  listeners.push_back(std::move(socket));
  UdpPath path(0, std::move(listeners), batch_, sends_);
  const struct {
    bool stranger;
    std::size_t budget;
    int runs;
  } table[] = {
      {true, UdpPath::kRequestsOfStrangersMax, 45},
      {false, UdpPath::kRequestsOfClientsPerTurn, 4},
  };
  for (const auto& row : table) {
    UdpPort sender;
    path.note_allocation({ClientEndpoint(sender.local()), ServerEndpoint(server), Transport::udp, {}},
                         !row.stranger);
    const std::uint64_t dropped_before = path.requests_dropped();
    for (int run = 0; run < row.runs; ++run) sender.send_as_run(std::vector(50, kRequest), server);
    sender.send("data", server);
    std::size_t requests = 0;
    std::size_t data = 0;
    path.begin_turn();
    path.note_ready(0);
    for (auto batch = path.next_batch(); !batch.empty(); batch = path.next_batch()) {
      for (const Inbound& inbound : batch) ++(is_request(inbound.frame) ? requests : data);
    }
    for (; path.has_waiting(); path.begin_turn()) requests += path.take_strangers().size();
    EXPECT_EQ(requests, row.budget);
    EXPECT_EQ(data, 1U);
    EXPECT_EQ(path.requests_dropped() - dropped_before, 50 * static_cast<std::size_t>(row.runs) - row.budget);
  }
}

TEST_F(UdpPathTest, requests_of_strangers_wait_until_they_are_taken_as_far_as_there_is_room) {
  UdpPort stranger;
  const auto run_turn = [&](const std::string& sent, int times) {
    for (int i = 0; i < times; ++i) stranger.send(sent, server_);
    path_->begin_turn();
    path_->note_ready(0);
    EXPECT_TRUE(path_->next_batch().empty());
  };
  run_turn(kRequest, 1);
  const std::string another = message(stun::Method::binding, stun::Class::request);
  run_turn(another, 1);
  const auto taken = path_->take_strangers();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(as_text(taken[0].frame), kRequest);
  EXPECT_EQ(as_text(taken[1].frame), another);

  run_turn(kRequest + std::string(UdpPath::kRequestMaxOfStranger, 'x'), 1);
  EXPECT_FALSE(path_->has_strangers());
  EXPECT_EQ(path_->requests_dropped(), 1U);

  for (std::size_t sent = 0; sent < UdpPath::kRequestsOfStrangersMax + 64; sent += 64) run_turn(kRequest, 64);
  EXPECT_EQ(path_->requests_dropped(), 1U + 64U);
  std::size_t waited = 0;
  for (; path_->has_waiting(); path_->begin_turn()) {
    const std::size_t now = path_->take_strangers().size();
    EXPECT_LE(now, UdpPath::kRequestsOfStrangersPerTurn);
    EXPECT_FALSE(path_->has_strangers()) << "no more in this turn";
    waited += now;
  }
  EXPECT_EQ(waited, UdpPath::kRequestsOfStrangersMax);
}

TEST_F(UdpPathTest, responses_and_data_leave_from_the_listener) {
  UdpPort client;
  path_->send_response({tuple_of(client), {3, 0}}, {'y', 'e', 's'});
  const std::string payload = "payload";
  path_->send_data(tuple_of(client), 0, {as_bytes("header "), as_bytes(payload), {}}, 0xB8);
  sends_.flush();
  EXPECT_EQ(client.receive()->text, "yes");
  const auto data = client.receive();
  EXPECT_EQ(data->text, "header payload");
  EXPECT_EQ(data->from, server_);
  EXPECT_EQ(data->tos, 0xB8);
}

class UdpPathChanges : public UdpPathTest {
 protected:
  UdpPathChanges() { path_->watch(poller_, kToken); }

  net::UdpSocket make_listener() { return net::UdpSocket::open({.local = loopback(0)}).value(); }
  // By which listener each frame of a turn has come; the poller says what is ready.
  std::vector<std::uint32_t> take_listeners() {
    std::vector<std::uint32_t> listeners;
    const auto events = poller_.wait(kSilence);
    path_->begin_turn();
    for (const net::Ready& event : events)
      path_->note_ready(static_cast<std::uint32_t>(event.token - kToken));
    for (auto batch = path_->next_batch(); !batch.empty(); batch = path_->next_batch()) {
      for (const Inbound& inbound : batch) listeners.push_back(inbound.client.ref.path);
    }
    return listeners;
  }

  static constexpr std::uint64_t kToken = 7;
  net::Poller poller_;
};

TEST_F(UdpPathChanges, a_listener_may_come_and_go_and_the_others_stay_what_they_are) {
  auto second = make_listener();
  const Endpoint where = second.local();
  ASSERT_FALSE(path_->listen(std::move(second)));
  UdpPort client;
  client.send("data", where);
  EXPECT_EQ(take_listeners(), std::vector<std::uint32_t>{1});
  path_->send_data({ClientEndpoint(client.local()), ServerEndpoint(where), Transport::udp, {}}, 1,
                   {{}, as_bytes("back"), {}}, 0);
  sends_.flush();
  EXPECT_EQ(client.receive()->from, where);

  path_->close(server_);
  const auto reaches = [&](std::uint32_t index) { return path_->reaches({tuple_of(client), {3, index}}); };
  EXPECT_FALSE(reaches(0));
  EXPECT_TRUE(reaches(1));
  client.send("data", server_);
  client.send("data", where);
  EXPECT_EQ(take_listeners(), std::vector<std::uint32_t>{1});
  auto third = make_listener();
  const Endpoint last = third.local();
  ASSERT_FALSE(path_->listen(std::move(third)));
  client.send("data", last);
  EXPECT_EQ(take_listeners(), std::vector<std::uint32_t>{2}) << "a place is never another's";
  path_->close(loopback(1));  // there is none
}

// The kernel spreads packets to a wildcard's sockets otherwise than those to sockets of the very address.
TEST_F(UdpPathChanges, a_wildcard_reaches_nobody_whose_address_has_a_listener_by_now) {
  auto wildcard = net::UdpSocket::open({.local = {IpAddress::v4(0, 0, 0, 0), 0}, .reuse_port = true}).value();
  const std::uint16_t port = wildcard.local().port;
  ASSERT_FALSE(path_->listen(std::move(wildcard)));
  const auto reaches = [&](std::uint8_t host) {
    const ServerEndpoint server(IpAddress::v4(127, 0, 0, host), port);
    return path_->reaches({{ClientEndpoint(loopback(1)), server, Transport::udp, {}}, {3, 1}});
  };
  EXPECT_TRUE(reaches(1));
  ASSERT_FALSE(path_->listen(net::UdpSocket::open({.local = loopback(port), .reuse_port = true}).value()));
  EXPECT_FALSE(reaches(1));
  EXPECT_TRUE(reaches(2));
  path_->close(loopback(port));
  EXPECT_TRUE(reaches(1));
}

TEST_F(UdpPathChanges, what_is_queued_leaves_before_a_listener_goes_and_nothing_behind_it) {
  UdpPort client;
  path_->send_response({tuple_of(client), {3, 0}}, {'1'});
  path_->close(server_);
  path_->send_response({tuple_of(client), {3, 0}}, {'2'});
  path_->send_data(tuple_of(client), 0, {{}, as_bytes("3"), {}}, 0);
  sends_.flush();
  EXPECT_EQ(client.receive()->text, "1");
  EXPECT_FALSE(client.receive(kSilence).has_value());
  EXPECT_EQ(sends_.counters().dropped, 2U);
}

TEST_F(UdpPathChanges, what_strangers_have_asked_by_it_goes_with_a_listener) {
  auto second = make_listener();
  const Endpoint where = second.local();
  ASSERT_FALSE(path_->listen(std::move(second)));
  UdpPort stranger;
  stranger.send(kRequest, server_);
  stranger.send(kRequest, where);
  EXPECT_TRUE(take_listeners().empty());
  path_->close(server_);
  const auto taken = path_->take_strangers();
  ASSERT_EQ(taken.size(), 1U);
  EXPECT_EQ(taken[0].client.ref.path, 1U);
}

// It is closed in the very turn in which the poller has reported it.
TEST_F(UdpPathChanges, a_listener_that_goes_is_not_read_any_more) {
  UdpPort client;
  client.send("data", server_);
  poller_.wait(kPatience);
  path_->begin_turn();
  path_->note_ready(0);
  path_->close(server_);
  EXPECT_TRUE(path_->next_batch().empty());
}

TEST_F(UdpPathChanges, one_that_cannot_be_watched_is_tried_again) {
  auto second = make_listener();
  const Endpoint where = second.local();
  const int fd = second.fd();
  ASSERT_FALSE(poller_.add(fd, 1));  // so that there is no second watch
  EXPECT_TRUE(path_->listen(std::move(second)));
  const TimePoint now = clock_now();
  EXPECT_LE(path_->next_deadline().value(), now);
  path_->on_deadline(now);
  EXPECT_EQ(path_->next_deadline(), now + UdpPath::kRest);
  ASSERT_FALSE(poller_.remove(fd));
  path_->on_deadline(now + UdpPath::kRest - std::chrono::nanoseconds(1));
  EXPECT_TRUE(path_->next_deadline().has_value());
  path_->on_deadline(now + UdpPath::kRest);
  EXPECT_FALSE(path_->next_deadline().has_value());
  UdpPort().send("data", where);
  EXPECT_EQ(take_listeners(), std::vector<std::uint32_t>{1});
}

}  // namespace
}  // namespace turnpike::path
