// What is told as JSON, names that others chose among it.
#include "turnpike/admin/report.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "turnpike/json/strict_json.hpp"

namespace turnpike::admin {
namespace {

using std::chrono::seconds;

constexpr Now kNow{TimePoint{seconds(1000)}, 1'750'000'000};

worker::Session session(const std::string& user) {
  worker::Session session;
  session.allocation = 0x0001000000000a2c;
  session.tuple = {.client = *ClientEndpoint::parse("203.0.113.7:51234"),
                   .server = *ServerEndpoint::parse("192.0.2.1:3478"),
                   .transport = Transport::tcp};
  session.user_id = user;
  session.relayed = {*ExternalEndpoint::parse("198.51.100.1:50000")};
  session.peers = {*IpAddress::parse("10.0.0.5")};
  session.peers_total = 70;
  session.channels = {
      {.number = 0x4000, .peer = *PeerEndpoint::parse("10.0.0.5:7882"), .expires = {}, .published = {}}};
  session.channels_total = 1;
  session.traffic.packets_from_client = 3;
  session.pace = {800, worker::SessionEngine::kernel};
  session.since = kNow.monotonic - seconds(60);
  session.expires = kNow.monotonic + seconds(540);
  return session;
}

std::optional<livekit::Membership> nowhere(std::string_view) { return std::nullopt; }

TEST(AdminReport, a_session_has_everything_that_is_known_of_it) {
  const auto find = [](std::string_view) { return livekit::Membership{"standup", "alice"}; };
  EXPECT_EQ(
      boost::json::value(session_json(session("PA_1"), find, kNow)),
      boost::json::parse(
          R"({"allocation":"0001000000000a2c","user":"PA_1","room":"standup","identity":"alice","transport":"tcp",
              "client":"203.0.113.7:51234","server":"192.0.2.1:3478","relayed":["198.51.100.1:50000"],
              "peers":["10.0.0.5"],"peers_total":70,"channels":[{"number":16384,"peer":"10.0.0.5:7882"}],
              "channels_total":1,"engine":"kernel","packets_from_client":3,"bytes_from_client":0,"packets_to_client":0,
              "bytes_to_client":0,"packets_dropped":0,"bits_per_second":800,"since":"2025-06-15T15:05:40Z",
              "seconds":60,"expires_in_s":540})"));
}

TEST(AdminReport, a_session_that_is_over_expires_now) {
  worker::Session over = session("a");
  over.expires = kNow.monotonic - seconds(5);
  EXPECT_EQ(session_json(over, nowhere, kNow).at("expires_in_s").as_int64(), 0);
}

TEST(AdminReport, names_are_told_as_they_are_or_escaped_where_they_are_no_text) {
  const struct {
    std::string name;
    std::string expected;
  } table[] = {
      {"alice", "alice"},
      {"Jos\xc3\xa9", "Jos\xc3\xa9"},
      {"\xe4\xb8\xad\xf0\x9f\x98\x80", "\xe4\xb8\xad\xf0\x9f\x98\x80"},
      {"a\"\n\x1b", "a\"\n\x1b"},
      {"\xff", "\\xff"},
      {"\xc3", "\\xc3"},
      {"\xc0\xaf", "\\xc0\\xaf"},           // overlong
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},  // a surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},
      {"\xc3\xa9\xff", "\\xc3\\xa9\\xff"},
      {"", ""},
  };
  for (const auto& [name, expected] : table) {
    EXPECT_EQ(json_text(name), expected);
    const auto text = boost::json::serialize(session_json(session(name), nowhere, kNow));
    const auto read = json::parse_object(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->at("user").as_string(), expected);
  }
}

TEST(AdminReport, a_refusal_has_its_cause_and_what_it_means) {
  worker::RefusalRecord record;
  record.at_unix_s = kNow.unix_s;
  record.tuple = session("").tuple;
  record.method = stun::Method::channel_bind;
  record.cause = turn::Cause::peer_denied;
  record.code = 403;
  record.user_size = static_cast<std::uint8_t>(std::string("bob").copy(record.user_bytes.data(), 96));
  record.peer = *IpAddress::parse("10.0.0.9");
  EXPECT_EQ(
      refusals_json({record}),
      boost::json::parse(
          R"([{"at":"2025-06-15T15:06:40Z","transport":"tcp","client":"203.0.113.7:51234","server":"192.0.2.1:3478",
                     "user":"bob","user_is_proven":false,"method":"channel_bind","code":403,"cause":"peer_denied",
                     "meaning":"peers.deny forbids the peer","peer":"10.0.0.9"}])"));
}

TEST(AdminReport, a_redirection_says_where_to) {
  worker::RefusalRecord record;
  record.cause = turn::Cause::redirected;
  record.code = 300;
  record.alternate = *Endpoint::parse("192.0.2.8:3478");
  const auto refusal = refusals_json({record}).at(0).as_object();
  EXPECT_EQ(refusal.at("alternate").as_string(), "192.0.2.8:3478");
  EXPECT_FALSE(refusal.contains("peer"));
}

TEST(AdminReport, counts_have_neither_names_nor_addresses) {
  Counts counts;
  counts.ledger = {
      .places = 5, .reservations = 2, .ports = {.total = 10, .free = 3, .resting = 2, .leased = 5}};
  counts.counters.by_sockets(worker::Direction::from_client, Transport::tls).add(100);
  counts.counters.drops.add(relay::DropReason::no_route, 3);
  counts.counters.refusals.add(turn::Cause::expired, 2);
  counts.workers = 4;
  EXPECT_EQ(boost::json::value(counts_json(counts)),
            boost::json::parse(
                R"({"state":"ready","workers":4,"allocations":3,"reservations":2,
                    "ports":{"total":10,"leased":5,"resting":2,"free":3},"bits_per_second":0,
                    "traffic":{"from_client":{"sockets":{"packets":1,"bytes":100},"kernel":{"packets":0,"bytes":0}},
                               "to_client":{"sockets":{"packets":0,"bytes":0},"kernel":{"packets":0,"bytes":0}}},
                    "drops":{"no_route":3},"refusals":{"expired":2}})"));
  counts.obstacle = "draining";
  EXPECT_EQ(counts_json(counts).at("state").as_string(), "draining");
}

TEST(AdminReport, a_certificate_has_its_days_and_its_faults) {
  const net::TlsFilesReport report{.faults = {},
                                   .warnings = {{false, "/c.pem: is signed by itself"}},
                                   .names = {"a.example"},
                                   .expires_unix_s = kNow.unix_s + 3 * 86400 + 5};
  EXPECT_EQ(
      certificate_json({"/c.pem", "/k.pem", "1.2"}, report, kNow.unix_s),
      boost::json::parse(
          R"({"certificate":"/c.pem","key":"/k.pem","names":["a.example"],"expires":"2025-06-18T15:06:45Z",
                    "expires_in_days":3,"faults":[],"warnings":["is signed by itself"]})"));
}

}  // namespace
}  // namespace turnpike::admin
