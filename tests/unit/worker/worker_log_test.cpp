// What the log says of an allocation, and what it must not say.
#include "turnpike/worker/worker_log.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include <boost/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "shell/support.hpp"
#include "turnpike/log/log.hpp"

namespace turnpike::worker {
namespace {

using namespace shell;

const relay::Client kClient{
    {*ClientEndpoint::parse("192.0.2.1:4000"), *ServerEndpoint::parse("192.0.2.9:3478"), Transport::tls, {}},
    {}};
const std::vector<ExternalEndpoint> kRelayed{*ExternalEndpoint::parse("198.51.100.1:50000"),
                                             *ExternalEndpoint::parse("[2001:db8::1]:50002")};

class WorkerLog : public ::testing::Test {
 protected:
  WorkerLog() { log::open({log::Level::debug, log::Format::json, folder_.path("log")}); }
  ~WorkerLog() override { log::open({log::Level::error, log::Format::text, ""}); }

  // Without time.
  std::vector<boost::json::object> lines() {
    log::flush();  // counts, too
    log::open({log::Level::error, log::Format::text, ""});
    std::vector<boost::json::object> parsed;
    std::istringstream in(folder_.read("log"));
    for (std::string line; std::getline(in, line);) {
      parsed.push_back(boost::json::parse(line).as_object());
      EXPECT_EQ(parsed.back().erase("time"), 1U);
    }
    return parsed;
  }
  boost::json::object line() {
    const auto only = lines();
    EXPECT_EQ(only.size(), 1U);
    return only.at(0);
  }

  TemporaryFolder folder_;
};

TEST_F(WorkerLog, the_start_of_an_allocation_is_logged_SEC_07) {
  log_started({.allocation = 0x1000000000002,
               .client = kClient,
               .user_id = "al\nice",
               .relayed = kRelayed,
               .lifetime_s = 600});
  EXPECT_EQ(
      boost::json::value(line()),
      boost::json::parse(R"({"level": "info", "event": "allocation_started", "allocation": "0001000000000002",
      "client": "tls:192.0.2.1:4000", "server": "192.0.2.9:3478", "user": "al\nice",
      "relayed": ["198.51.100.1:50000", "[2001:db8::1]:50002"], "lifetime_s": 600})"));
}

TEST_F(WorkerLog, the_end_of_an_allocation_is_logged_SEC_07) {
  const turn::AllocationEnded ended{.allocation = 2,
                                    .client = kClient,
                                    .user_id = "alice",
                                    .relayed = kRelayed,
                                    .peers = {IpAddress::v4(203, 0, 113, 1)},
                                    .peers_total = 17,
                                    .duration_s = 42,
                                    .reason = turn::EndReason::client_closed};
  log_ended(ended, {.packets_from_client = 1,
                    .bytes_from_client = 200,
                    .packets_to_client = 3,
                    .bytes_to_client = 400,
                    .packets_dropped = 5});
  EXPECT_EQ(
      boost::json::value(line()),
      boost::json::parse(R"({"level": "info", "event": "allocation_ended", "allocation": "0000000000000002",
      "client": "tls:192.0.2.1:4000", "user": "alice", "relayed": ["198.51.100.1:50000", "[2001:db8::1]:50002"], "peers": ["203.0.113.1"],
      "peers_total": 17, "packets_from_client": 1, "bytes_from_client": 200, "packets_to_client": 3, "bytes_to_client": 400,
      "packets_dropped": 5, "duration_s": 42, "reason": "client closed"})"));
}

struct RefusalCase {
  const char* name;
  turn::Refusal refusal;
  std::string user;
  const char* expected;  // behind event and client
};

const RefusalCase kRefusals[] = {
    {"the first request of a client",
     {.cause = turn::Cause::no_credentials},
     "",
     R"({"level": "debug", "method": 3, "code": 401, "cause": "no_credentials"})"},
    {"an old nonce",
     {.cause = turn::Cause::stale_nonce},
     "alice",
     R"({"level": "debug", "user": "alice", "method": 3, "code": 438, "cause": "stale_nonce"})"},
    {"a nonce of the process before",
     {.cause = turn::Cause::foreign_nonce},
     "alice",
     R"({"level": "debug", "user": "alice", "method": 3, "code": 438, "cause": "foreign_nonce"})"},
    {"a wrong password",
     {.cause = turn::Cause::wrong_integrity},
     "alice",
     R"({"level": "info", "user": "alice", "method": 3, "code": 401, "cause": "wrong_integrity"})"},
    {"a peer and the rule against it",
     {.cause = turn::Cause::peer_denied,
      .peer = IpAddress::v4(10, 0, 0, 1),
      .rule = turn::PeerRule{*IpPrefix::parse("10.0.0.0/8")}},
     "alice",
     R"({"level": "info", "user": "alice", "method": 3, "code": 403, "cause": "peer_denied", "peer": "10.0.0.1",
         "rule": "10.0.0.0/8"})"},
    {"an address of this host, and what allows it",
     {.cause = turn::Cause::peer_is_this_host, .peer = *IpAddress::parse("fd00::5")},
     "alice",
     R"({"level": "info", "user": "alice", "method": 3, "code": 403, "cause": "peer_is_this_host", "peer": "fd00::5",
         "hint": "peers.allow: [\"[fd00::5]:PORTS\"]"})"},
    {"where a client is sent",
     {.cause = turn::Cause::redirected, .detour = turn::Detour{*Endpoint::parse("192.0.2.8:3478")}},
     "alice",
     R"({"level": "info", "user": "alice", "method": 3, "code": 300, "cause": "redirected",
         "alternate": "192.0.2.8:3478"})"},
    {"no port",
     {.cause = turn::Cause::no_free_port},
     "alice",
     R"({"level": "info", "user": "alice", "method": 3, "code": 508, "cause": "no_free_port"})"},
    {"what the system has against a relay",
     {.cause = turn::Cause::relay_not_opened,
      .error = make_error_code(boost::system::errc::too_many_files_open)},
     "alice",
     R"({"level": "warning", "user": "alice", "method": 3, "code": 500, "cause": "relay_not_opened",
         "error": "Too many open files"})"},
};

TEST_F(WorkerLog, a_refusal_says_its_cause_at_the_level_of_who_can_do_something_about_it) {
  for (const auto& [name, refusal, user, expected] : kRefusals) {
    std::filesystem::remove(folder_.path("log"));
    log::open({log::Level::debug, log::Format::json, folder_.path("log")});
    log_refused({kClient, stun::Method::allocate, refusal, user, true});
    auto whole = boost::json::parse(expected).as_object();
    whole["event"] = "request_refused";
    whole["client"] = "tls:192.0.2.1:4000";
    EXPECT_EQ(lines().at(0), whole) << name;
  }
}

TEST_F(WorkerLog, who_uses_the_name_of_a_user_without_its_password_hides_nothing_of_the_user) {
  log::open({log::Level::info, log::Format::text, folder_.path("log")});
  const turn::Refusal refusal{.cause = turn::Cause::expired};
  for (int i = 0; i < 3; ++i) {
    log_refused({kClient, stun::Method::allocate, refusal, "alice", false});
    log_refused({kClient, stun::Method::allocate, refusal, "alice", true});
  }
  const std::string text = folder_.read("log");
  EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
}

TEST_F(WorkerLog, wrong_passwords_are_a_warning_with_their_number_for_each_address) {
  log::open({log::Level::warning, log::Format::json, folder_.path("log")});
  for (const char* user : {"alice", "alice", "bob"})
    log_refused({kClient, stun::Method::allocate, {.cause = turn::Cause::wrong_integrity}, user, false});
  log_refused({kClient, stun::Method::allocate, {.cause = turn::Cause::unknown_user}, "carol", false});
  EXPECT_EQ(
      boost::json::value(line()),
      boost::json::parse(
          R"({"level": "warning", "event": "passwords_guessed", "from": "192.0.2.1", "count": 3, "seconds": 1})"));
}

TEST_F(WorkerLog, a_whole_allocation_leaves_two_lines_with_its_traffic_and_no_secret_SEC_07) {
  {
    RunningServer server(loopback_config());
    log::open({log::Level::info, log::Format::text, folder_.path("log")});
    TestClient client = server.connect(Transport::udp);
    UdpPort peer;
    const Endpoint relay = client.allocate();
    client.bind(peer.local());
    client.send(peer.local(), "12345");
    ASSERT_TRUE(peer.receive().has_value());
    peer.send("123", relay);
    ASSERT_EQ(client.data_from(peer.local()), "123");
    client.turn().refresh(0, clock_now());
    client.expect<client::Refreshed>();
  }
  const std::string text = folder_.read("log");
  EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
  EXPECT_NE(text.find("packets_from_client=1 bytes_from_client=5 packets_to_client=1 bytes_to_client=3"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("reason=deleted"), std::string::npos) << text;
  EXPECT_EQ(text.find("pass"), std::string::npos) << text;
}

}  // namespace
}  // namespace turnpike::worker
