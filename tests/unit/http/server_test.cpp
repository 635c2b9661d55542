// Listening, limits of connections, clients that vanish, and the end.
#include "turnpike/http/server.hpp"

#include <sys/resource.h>
#include <sys/socket.h>

#include <chrono>
#include <stdexcept>

#include "harness.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
namespace errc = boost::system::errc;
using Strings = std::vector<std::string>;

constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

std::vector<Route> one_route() {
  const Handler from = [](const Request& r) {
    return Response{.body = r.from.family() == Family::none ? "nowhere" : r.from.to_string()};
  };
  return {{.method = "GET", .path = "/", .handler = from}};
}

TEST(Server, answers_on_a_unix_socket_until_it_is_stopped) {
  const TemporaryFolder folder;
  const std::string path = folder.path("control.sock");
  HttpHarness harness(one_route());
  ASSERT_TRUE(harness.server.listen_unix(path));
  RawClient client(harness.context, path);
  client.send(kGet);
  EXPECT_EQ(body(client.received()), "nowhere");

  HttpHarness other(one_route());
  EXPECT_EQ(other.server.listen_unix(path).error(), errc::address_in_use);

  harness.server.stop();
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_EQ(client.received_until_closed(), "");
  EXPECT_EQ(harness.server.connections(), 0U);
  EXPECT_TRUE(other.server.listen_unix(path));
}

TEST(Server, a_port_that_is_taken_is_an_error) {
  HttpHarness harness(one_route());
  EXPECT_NE(harness.endpoint.port, 0);
  EXPECT_EQ(harness.server.listen(harness.endpoint).error(), errc::address_in_use);
}

TEST(Server, moves_to_another_address_and_other_routes_while_connections_go_on) {
  HttpHarness harness(one_route());
  RawClient before(harness.context, harness.endpoint);
  before.send(kGet);
  EXPECT_EQ(body(before.received()), "127.0.0.1");

  const auto other = harness.server.listen(Endpoint::parse("127.0.0.1:0").value());
  ASSERT_TRUE(other);
  harness.server.leave_before(1);
  const Handler fresh = [](const Request&) { return Response{.body = "fresh"}; };
  harness.server.replace({{.method = "GET", .path = "/", .handler = fresh}}, {});

  RawClient after(harness.context, *other);
  after.send(kGet);
  EXPECT_EQ(body(after.received()), "fresh");
  before.send(kGet);
  EXPECT_EQ(body(before.received()), "127.0.0.1") << "as it has begun";
  EXPECT_TRUE(harness.server.listen(harness.endpoint)) << "the old address is free";
  harness.server.leave_last();
  EXPECT_TRUE(harness.server.listen(harness.endpoint));
}

// The client's end of a connection that the server has adopted.
RawClient adopted(HttpHarness& harness, const Adopted& who) {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  EXPECT_TRUE(harness.server.adopt(net::FileDescriptor(ends[0]), who));
  return {harness.context, asio::generic::stream_protocol::socket(harness.context, {AF_UNIX, 0}, ends[1])};
}

TEST(Server, a_connection_that_is_adopted_is_of_whom_it_is_said_to_be) {
  const Handler who = [](const Request& r) {
    return Response{.body = r.from.to_string() + (r.by_tls ? " by TLS" : "")};
  };
  HttpHarness harness({{.method = "GET", .path = "/", .handler = who}});
  const auto client = Endpoint::parse("[2001:db8::7]:51234").value();
  RawClient secure = adopted(harness, {client, true});
  secure.send(kGet);
  EXPECT_EQ(body(secure.received()), "2001:db8::7 by TLS");
  secure.send(kGet);
  EXPECT_EQ(body(secure.received()), "2001:db8::7 by TLS");
  RawClient plain = adopted(harness, {client, false});
  plain.send(kGet);
  EXPECT_EQ(body(plain.received()), "2001:db8::7");
  secure.half_close();
  EXPECT_EQ(secure.received_until_closed(), "");
  EXPECT_EQ(harness.server.connections(), 1U);
}

TEST(Server, one_that_is_adopted_counts_as_others_do) {
  HttpHarness harness(one_route(), {.connections_per_address_max = 1});
  RawClient accepted = harness.connect();
  RawClient other = adopted(harness, {{IpAddress::v4(192, 0, 2, 1), 1}, true});
  accepted.received();
  EXPECT_FALSE(accepted.is_closed());
  RawClient same = adopted(harness, {{IpAddress::v4(127, 0, 0, 1), 1}, true});
  accepted.received();
  EXPECT_TRUE(accepted.is_closed()) << "the one that is idle makes room";
  same.send(kGet);
  EXPECT_EQ(body(same.received()), "127.0.0.1");
}

TEST(Server, what_is_no_socket_is_not_adopted) {
  HttpHarness harness(one_route());
  EXPECT_EQ(harness.server.adopt(net::FileDescriptor(), {}).error(), errc::bad_file_descriptor);
  EXPECT_EQ(harness.server.connections(), 0U);
}

TEST(Server, a_connection_may_be_for_one_request) {
  HttpHarness harness(one_route(), {.keeps_alive = false});
  const std::string answer = harness.exchange(std::string(kGet) + kGet);
  EXPECT_EQ(statuses(answer), Strings{"200 OK"});
  EXPECT_EQ(field(answer, "Connection"), "close");
}

TEST(Server, nothing_is_adopted_after_the_end) {
  HttpHarness harness(one_route());
  harness.server.stop();
  int ends[2] = {-1, -1};
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  EXPECT_EQ(harness.server.adopt(net::FileDescriptor(ends[0]), {}).error(), asio::error::operation_aborted);
  const net::FileDescriptor client(ends[1]);
  char byte = 0;
  EXPECT_EQ(::recv(client.get(), &byte, 1, MSG_DONTWAIT), 0) << "it is closed";
  EXPECT_EQ(harness.server.connections(), 0U);
}

TEST(Server, an_ipv6_wildcard_takes_both_families) {
  HttpHarness harness(one_route());
  const auto both = harness.server.listen(Endpoint::parse("[::]:0").value());
  if (!both) GTEST_SKIP() << "no IPv6: " << both.error().message();
  RawClient client(harness.context, {IpAddress::v4(127, 0, 0, 1), both->port});
  client.send(kGet);
  EXPECT_EQ(body(client.received()), "127.0.0.1");
}

TEST(Server, where_a_limit_is_reached_the_longest_idle_connection_makes_room) {
  const struct {
    const char* name;
    Limits limits;
    bool first_makes_room;
  } cases[] = {
      {"in all", {.connections_max = 2}, true},
      {"of one address", {.connections_per_address_max = 2}, true},
      {"of an address that is a proxy's",
       {.connections_per_address_max = 2, .proxies = loopback_proxies},
       false},
      {"none", {.connections_max = 0, .connections_per_address_max = 0}, false},
      {"not reached", {.connections_max = 3, .connections_per_address_max = 3}, false},
  };
  for (const auto& c : cases) {
    HttpHarness harness(one_route(), c.limits);
    RawClient second = harness.connect();
    RawClient first = harness.connect();
    second.send(kGet);  // it has been idle for less time than the other
    second.received();
    RawClient third = harness.connect();
    for (RawClient* client : {&second, &third}) {
      client->send(kGet);
      EXPECT_EQ(statuses(client->received()), Strings{"200 OK"}) << c.name;
    }
    first.received();
    EXPECT_EQ(first.is_closed(), c.first_makes_room) << c.name;
    EXPECT_EQ(harness.server.connections(), c.first_makes_room ? 2U : 3U) << c.name;
  }
}

TEST(Server, half_a_request_keeps_no_place_and_one_that_is_vouched_for_does) {
  const Vouch vouch = [](const Request& head) { return head.authorization == "good"; };
  const Handler length = [](const Request& r) { return Response{.body = std::to_string(r.body.size())}; };
  const struct {
    const char* sent;
    const char* rest;
    std::string answer;
  } cases[] = {
      {"POST / HT", "TP/1.1\r\nHost: a\r\n\r\n", ""},
      {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n", "\r\nabc", ""},
      {"POST / HTTP/1.1\r\nHost: a\r\nAuthorization: good\r\nContent-Length: 3\r\n\r\na", "bc", "3"},
  };
  for (const auto& c : cases) {
    HttpHarness harness(
        {{.method = "POST", .path = "/", .handler = length, .body_bytes_max = 3, .vouch = vouch}},
        {.connections_per_address_max = 1});
    RawClient client = harness.connect();
    client.send(c.sent);
    RawClient next = harness.connect();
    EXPECT_EQ(next.is_closed(), !c.answer.empty()) << c.sent;
    client.send(c.rest);
    EXPECT_EQ(body(client.received()), c.answer) << c.sent;
    RawClient last = harness.connect();
    last.send("POST / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(statuses(last.received()), Strings{"200 OK"}) << "who is answered makes room: " << c.sent;
  }
}

TEST(Server, clients_on_a_unix_socket_count_only_in_all) {
  const TemporaryFolder folder;
  HttpHarness harness(one_route(), {.connections_max = 2, .connections_per_address_max = 1});
  ASSERT_TRUE(harness.server.listen_unix(folder.path("control.sock")));
  RawClient first(harness.context, folder.path("control.sock"));
  RawClient second(harness.context, folder.path("control.sock"));
  RawClient third(harness.context, folder.path("control.sock"));
  for (RawClient* client : {&second, &third}) {
    client->send(kGet);
    EXPECT_EQ(statuses(client->received()), Strings{"200 OK"});
  }
  first.received();
  EXPECT_TRUE(first.is_closed());
}

TEST(Server, clients_that_vanish_leave_nothing) {
  HttpHarness harness(one_route());
  for (const char* sent : {"", "GET / HT", kGet, "POST / HTTP/1.1\r\nContent-Length: 5\r\nHost: a\r\n\r\n"}) {
    RawClient client = harness.connect();
    client.send(sent);
    client.vanish();
    harness.settle();
    EXPECT_EQ(harness.server.connections(), 0U) << sent;
  }
  RawClient client = harness.connect();
  client.send(kGet);
  EXPECT_EQ(statuses(client.received()), Strings{"200 OK"});
}

// The soft limit of descriptors, restored in the end.
class NoDescriptors {
 public:
  NoDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit none{.rlim_cur = 0, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
  NoDescriptors(const NoDescriptors&) = delete;
  NoDescriptors& operator=(const NoDescriptors&) = delete;

 private:
  rlimit before_{};
};

// A request is served first: UBSan wants a descriptor to look at a kind of object that it has not seen yet.
TEST(Server, out_of_descriptors_it_says_so_once_and_goes_on_later) {
  HttpHarness harness(one_route());
  RawClient served = harness.connect();
  served.send(kGet);
  EXPECT_EQ(statuses(served.received()), Strings{"200 OK"});
  served.vanish();
  harness.settle();
  asio::ip::tcp::socket client(harness.context);
  client.connect({asio::ip::address_v4::loopback(), harness.endpoint.port});
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  const auto run_for_a_while = [&] {
    harness.context.restart();
    return harness.context.run_one_for(std::chrono::milliseconds(50)) > 0;
  };
  {
    const NoDescriptors none;
    for (int handled = 0; handled < 4 && std::chrono::steady_clock::now() < until;)
      handled += run_for_a_while();  // two attempts and more
    EXPECT_EQ(harness.faults.size(), 1U);
    EXPECT_EQ(harness.faults.front().first, harness.endpoint.to_string());
  }
  while (harness.server.connections() == 0 && std::chrono::steady_clock::now() < until) run_for_a_while();
  EXPECT_EQ(harness.server.connections(), 1U);
  EXPECT_EQ(harness.faults.size(), 1U);
}

// A handler that answers when it is told to.
class Gate {
 public:
  explicit Gate(asio::io_context& context) : timer_(context, asio::steady_timer::time_point::max()) {}
  Task task() {
    return [this](const Request& request) { return wait(request); };
  }
  void open() { timer_.cancel(); }
  int waiting() const { return waiting_; }

 private:
  asio::awaitable<Response> wait(const Request& request) {
    ++waiting_;
    co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    --waiting_;
    if (request.query == "throw") throw std::runtime_error("lost");
    co_return Response{.body = request.path};
  }

  asio::steady_timer timer_;
  int waiting_ = 0;
};

struct GatedServer {
  explicit GatedServer(Limits limits = {})
      : gate(context),
        server(context, {{.method = "GET", .path = "/", .handler = gate.task()}}, std::move(limits),
               count_fault()) {
    endpoint = server.listen({IpAddress::v4(127, 0, 0, 1), 0}).value();
  }
  FaultLog count_fault() {
    return [this](std::string_view, std::string_view) { ++faults; };
  }

  asio::io_context context{1};
  int faults = 0;
  Gate gate;
  Server server;
  Endpoint endpoint;
};

TEST(Server, a_task_answers_when_it_can_and_others_do_not_wait) {
  GatedServer gated;
  RawClient first(gated.context, gated.endpoint);
  RawClient second(gated.context, gated.endpoint);
  first.send(std::string(kGet) + "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(first.received(), "");
  second.send("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(statuses(second.received()), Strings{"404 Not Found"});
  second.send("GET /?throw HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(gated.gate.waiting(), 2);
  gated.gate.open();
  EXPECT_EQ(statuses(first.received()), (Strings{"200 OK", "404 Not Found"}));
  EXPECT_EQ(statuses(second.received()), Strings{"500 Internal Server Error"});
  EXPECT_EQ(gated.faults, 1);
}

TEST(Server, who_is_about_to_be_answered_makes_no_room) {
  GatedServer gated({.connections_max = 2});
  RawClient waiting(gated.context, gated.endpoint);
  waiting.send(kGet);
  RawClient idle(gated.context, gated.endpoint);
  RawClient third(gated.context, gated.endpoint);
  third.send(kGet);
  EXPECT_TRUE(idle.received().empty());
  EXPECT_TRUE(idle.is_closed());
  RawClient fourth(gated.context, gated.endpoint);
  EXPECT_TRUE(fourth.is_closed()) << "all are busy";
  gated.gate.open();
  for (RawClient* client : {&waiting, &third}) EXPECT_EQ(statuses(client->received()), Strings{"200 OK"});
}

TEST(Server, after_stop_nothing_is_served_nor_reported) {
  GatedServer gated;
  RawClient waiting(gated.context, gated.endpoint);
  RawClient failing(gated.context, gated.endpoint);
  RawClient half(gated.context, gated.endpoint);
  waiting.send(kGet);
  failing.send("GET /?throw HTTP/1.1\r\nHost: a\r\n\r\n");
  half.send("GET / HTTP/1.1\r\n");
  gated.server.stop();
  half.send("Host: a\r\n\r\n");
  EXPECT_EQ(gated.gate.waiting(), 2);
  gated.gate.open();
  for (RawClient* client : {&waiting, &failing, &half}) EXPECT_EQ(client->received_until_closed(), "");
  EXPECT_EQ(gated.faults, 0);
  EXPECT_EQ(gated.server.connections(), 0U);
}

TEST(Server, may_be_stopped_by_a_handler) {
  asio::io_context context(1);
  Server* running = nullptr;
  const Handler stop = [&](const Request&) {
    running->stop();
    return Response{};
  };
  Server server(context, {{.method = "GET", .path = "/", .handler = stop}});
  running = &server;
  RawClient client(context, server.listen({IpAddress::v4(127, 0, 0, 1), 0}).value());
  client.send(kGet);
  EXPECT_EQ(client.received_until_closed(), "");
  EXPECT_EQ(server.connections(), 0U);
}

TEST(Server, connections_may_be_open_when_server_and_context_end) {
  asio::io_context clients(1);
  std::vector<RawClient> open;
  {
    asio::io_context context(1);
    Server server(context, one_route());
    const Endpoint endpoint = server.listen({IpAddress::v4(127, 0, 0, 1), 0}).value();
    for (const char* sent : {"", "GET / HT", kGet}) {
      open.emplace_back(clients, endpoint).send(sent);
      context.restart();
      context.poll();
    }
    EXPECT_EQ(server.connections(), 3U);
  }
  for (RawClient& client : open) client.received_until_closed();
}

}  // namespace
}  // namespace turnpike::http
