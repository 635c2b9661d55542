// What people see: every line fits, and says what it should.
#include "turnpike/console/screens.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <sstream>

#include "turnpike/console/text.hpp"

namespace turnpike::console {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

boost::json::object object(const std::string& text) { return boost::json::parse(text).get_object(); }

void expect_to_fit(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(width_of(line), kColumns) << line;
}

// With names that are longer than any column.
boost::json::object session() {
  boost::json::object session = object(
      R"({"allocation":"0001000000000a2c","user":"PA_1","room":"standup","identity":"alice","transport":"udp",
          "client":"[2001:db8:1111:2222:3333:4444:5555:6666]:51234","server":"[2001:db8:1111:2222:3333:4444:5555:7777]:3478",
          "relayed":["198.51.100.1:50000","[2001:db8:1111:2222:3333:4444:5555:8888]:50000"],"peers":["10.0.0.5"],"peers_total":70,
          "channels":[{"number":16384,"peer":"10.0.0.5:7882"}],"channels_total":1,"engine":"kernel",
          "packets_from_client":120000,"bytes_from_client":98000000,"packets_to_client":5,"bytes_to_client":6,
          "packets_dropped":7,"bits_per_second":2500000,"since":"2025-06-15T15:05:40Z","seconds":130,"expires_in_s":540})");
  return session;
}

TEST(Screens, a_session_is_a_paragraph) {
  const std::string text = sessions_text({session()});
  expect_to_fit(text);
  for (const char* part :
       {"0001000000000a2c  alice (PA_1) in standup", "2.50 Mbit/s, kernel\n",
        "udp [2001:db8:1111:2222:3333:4444:5555:6666]:51234 to", "peers: 10.0.0.5, and 69 more",
        "channels: 0x4000 10.0.0.5:7882", "120,000 (98.0 MB) from the client, 5 (6 B) to it, 7 dropped",
        "since 2m 10s ago, expires in"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(Screens, nodes_are_a_table_of_80_columns_with_their_addresses_below) {
  const std::string text =
      fleet_text(object(R"({"is_in_fleet": true, "is_connected": true, "node": "a", "nodes": [
      {"node": "0123456789abcdef0123456789abcdef", "is_this": true, "region": "eu-central-1",
       "addresses": ["udp 203.0.113.4:3478", "tls [2001:db8:1111:2222:3333:4444:5555:6666]:443"],
       "certificate_name": "eu1.example.org", "load_permille": 129, "ports_used": 1310, "ports_total": 16384,
       "bits_per_second": 82400000, "engine": "kernel", "version": "0.1.0", "is_draining": false},
      {"node": "c20714e9c20714e9c20714e9c20714e9", "region": "a-region-whose-name-is-long", "is_draining": true,
       "load_permille": 1000, "ports_used": 4000000000, "ports_total": 4000000000, "heard_s_ago": 3}]})"));
  std::istringstream lines(text);
  std::vector<std::string> all;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_LE(width_of(line), 80U) << line;
    all.push_back(line);
  }
  ASSERT_EQ(all.size(), 7U) << text;
  EXPECT_EQ(all[0], "   NODE      REGION            LOAD          PORTS         RATE  STATE");
  EXPECT_EQ(all[1], "*  01234567  eu-central-1      12 %     1310/16384  82.4 Mbit/s  serving");
  EXPECT_EQ(all[2], "   udp 203.0.113.4:3478, tls [2001:db8:1111:2222:3333:4444:5555:6666]:443,");
  EXPECT_EQ(all[3], "   eu1.example.org, kernel, turnpike 0.1.0");
  EXPECT_EQ(all[4], "   c20714e9  a-region-whos..  100 %  4000000000/..      0 bit/s  draining");
  EXPECT_EQ(all[5], "   heard of 3 s ago");
  EXPECT_EQ(all[6], "2 nodes; * is the one that was asked");
  EXPECT_EQ(fleet_text({}), "this server is in no fleet: fleet.redis.url is not set\n");
  EXPECT_THAT(fleet_text({{"is_in_fleet", true}}), HasSubstr("0 nodes"));
  EXPECT_THAT(fleet_text({{"is_in_fleet", true}}), HasSubstr("; Redis is away, so others may be there\n"));
}

TEST(Screens, names_that_others_chose_neither_break_lines_nor_the_terminal) {
  boost::json::object odd = session();
  odd["identity"] = "\x1b[2J\n" + std::string(300, 'x');
  odd["room"] = "\xe2\x80\xae" + std::string(300, 'y');
  odd["user"] = std::string(300, 'z');
  for (const std::string& text :
       {sessions_text({odd}), sessions_table({odd}, 9), ended_text({{"ended", {odd}}, {"ended_total", 1}})}) {
    expect_to_fit(text);
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\xe2\x80\xae")));
  }
}

TEST(Screens, the_table_has_as_many_rows_as_are_wanted) {
  const boost::json::array sessions{session(), session(), session()};
  const std::string table = sessions_table(sessions, 2);
  expect_to_fit(table);
  EXPECT_EQ(std::ranges::count(table, '\n'), 3);
  EXPECT_THAT(table, HasSubstr("2.50 Mbit/s  0001000000000a2c  kernel   udp"));
}

TEST(Screens, status_is_one_screen) {
  const std::string screen = status_screen(object(
      R"({"version":"0.1.0","state":"draining","allocations":1,"reservations":2,"bits_per_second":64000,"workers":4,
          "since":"2025-06-15T15:05:40Z","seconds":7260,"realm":"example","listeners":["udp:0.0.0.0:3478"],
          "relay_addresses":["10.0.0.4"],"relay_external":{"10.0.0.4":"203.0.113.4"},"relay_ports":"49152-65535",
          "ports":{"leased":1,"resting":2,"free":16381},"engine":{"setting":"auto","kernel":true,"flows":2,
          "interfaces":[{"name":"eth0","engine":"xdp"}]},
          "traffic":{"from_client":{"sockets":{"packets":1,"bytes":1000},"kernel":{"packets":3,"bytes":3000}},"to_client":{}},
          "drops":{"no_route":4,"over_budget":12},"refusals":{},
          "certificates":[{"certificate":"/c.pem","names":["a.example"],"expires":"2025-09-15","expires_in_days":92,"faults":[],
          "warnings":["is odd"]}],"reload_refused":"x:1: realm","log_level":"info"})"));
  expect_to_fit(screen);
  for (const char* part :
       {"turnpike 0.1.0: draining, 1 allocation, 64.0 kbit/s\n", "since: 2025-06-15T15:05:40Z, 2h 1m ago",
        "relays: 10.0.0.4 (seen as 203.0.113.4), ports 49152-65535",
        "ports: 1 leased, 2 resting, 16,381 free", "reservations: 2",
        "engine: auto; 2 flows in the kernel, eth0 xdp",
        "from clients: 4 packets, 4.00 kB, 75 % of them by the kernel", "to clients: 0 packets, 0 B",
        "dropped: over_budget 12, no_route 4\n",
        "certificate: /c.pem (a.example), until 2025-09-15, 92 days left; is odd",
        "last reload refused: x:1: realm"})
    EXPECT_THAT(screen, HasSubstr(part));
  EXPECT_THAT(screen, Not(HasSubstr("refused: \n")));
  EXPECT_THAT(status_screen({}), HasSubstr("the sockets relay everything")) << "a server that says nothing";
}

TEST(Screens, a_redirection_says_where_to) {
  const std::string text = refusals_text(
      "alice",
      object(
          R"({"allocations":0,"refusals":[{"at":"2025-06-15T15:05:40Z","transport":"udp","client":"192.0.2.1:5","user":"alice",
          "user_is_proven":true,"method":"allocate","code":300,"cause":"redirected","meaning":"sent away","alternate":"192.0.2.8:3478"}]})"));
  EXPECT_THAT(text, HasSubstr("allocate 300 redirected (192.0.2.8:3478): sent away\n"));
}

TEST(Screens, refusals_that_repeat_are_told_once) {
  const std::string refusal =
      R"({"at":"2025-06-15T15:05:40Z","transport":"udp","client":"192.0.2.1:5","user":"alice","user_is_proven":false,"method":"allocate",
          "code":401,"cause":"wrong_integrity","meaning":"the password does not fit"})";
  const std::string text =
      refusals_text("alice", object(R"({"allocations":2,"is_barred":true,"barred_for_s":60,"refusals":[)" +
                                    refusal + "," + refusal + "]}"));
  expect_to_fit(text);
  EXPECT_EQ(text,
            "alice: 2 allocations, barred for 1m\n"
            "2025-06-15T15:05:40Z  udp 192.0.2.1:5  alice (unproven)\n"
            "  2 times: allocate 401 wrong_integrity: the password does not fit\n");
  EXPECT_EQ(refusals_text("192.0.2.1", object(R"({"refusals":[]})")),
            "no refusal of 192.0.2.1 is remembered\n");
}

TEST(Screens, certificates_and_what_was_ended) {
  EXPECT_EQ(
      certificates_text(object(
          R"({"certificates":[{"certificate":"/c.pem","key":"/k.pem","names":["a","b"],"faults":["is broken"],"warnings":[]}]})")),
      "/c.pem\n  key: /k.pem\n  names: a, b\n  fault: is broken\n");
  EXPECT_EQ(certificates_text({}), "no listener uses a certificate\n");
  EXPECT_EQ(
      ended_text(object(
          R"({"ended":[{"allocation":"0001000000000a2c","transport":"udp","client":"192.0.2.1:5","user":"bob"}],"ended_total":3})")),
      "ended 0001000000000a2c  udp 192.0.2.1:5  bob\nand 2 more\n3 allocations ended\n");
}

}  // namespace
}  // namespace turnpike::console
