// What the log says of connections that were refused or failed: the cause, at the level of who can do
// something about it.
#include "turnpike/path/path_log.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/json.hpp>
#include <set>
#include <sstream>

#include "stream_fixture.hpp"
#include "turnpike/log/log.hpp"
#include "turnpike/net/tls_error.hpp"

namespace turnpike::path {
namespace {

// What is logged while it lives.
class CapturedLog {
 public:
  explicit CapturedLog(log::Level level) { log::open({level, log::Format::json, folder_.path("log")}); }
  ~CapturedLog() { close(); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  // The lines without their times, the counts of causes among them.
  std::vector<boost::json::object> lines() {
    close();
    std::vector<boost::json::object> lines;
    std::istringstream text(folder_.read("log"));
    for (std::string line; std::getline(text, line);) {
      lines.push_back(boost::json::parse(line).as_object());
      lines.back().erase("time");
    }
    return lines;
  }

 private:
  static void close() {
    log::flush();
    log::open({log::Level::error, log::Format::text, ""});
  }

  TemporaryFolder folder_;
};

std::string text_of(const boost::json::object& line, std::string_view field) {
  const auto* value = line.if_contains(field);
  return value == nullptr ? "" : std::string(value->as_string());
}

// "level event cause", line by line.
std::vector<std::string> summary(CapturedLog& log) {
  std::vector<std::string> all;
  for (const auto& line : log.lines())
    all.push_back(text_of(line, "level") + " " + text_of(line, "event") + " " + text_of(line, "cause"));
  return all;
}

using Lines = std::vector<std::string>;

const FiveTuple kEnds{
    *ClientEndpoint::parse("192.0.2.1:4000"), *ServerEndpoint::parse("192.0.2.9:3478"), Transport::tls, {}};

TEST(PathLog, a_line_says_who_where_and_why) {
  OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS,
                   nullptr);  // OpenSSL's reasons are there once there is a context
  CapturedLog log(log::Level::info);
  log_handshake_failed(kEnds, net::HandshakeFailure::no_shared_version,
                       net::tls_error(ERR_PACK(ERR_LIB_SSL, 0, SSL_R_UNSUPPORTED_PROTOCOL)));
  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 1U);
  const auto expected = boost::json::parse(R"json({"level": "info", "event": "tls_handshake_failed",
      "from": "tls:192.0.2.1:4000", "server": "192.0.2.9:3478", "cause": "no_shared_version",
      "reason": "unsupported protocol (SSL routines)"})json");
  EXPECT_EQ(boost::json::value(lines[0]), expected);
}

TEST(PathLog, what_the_server_lacks_is_a_warning_and_what_happens_to_all_is_for_those_who_debug) {
  CapturedLog log(log::Level::debug);
  for (std::size_t i = 0; i < kNotAdmittedKinds; ++i)
    log_not_admitted(kEnds, static_cast<NotAdmitted>(i), {});
  for (std::size_t i = 0; i < kConnectionEnds; ++i) log_closed(kEnds, {static_cast<ConnectionEnd>(i)});
  for (const auto cause : {NoHeader::nothing_sent, NoHeader::malformed}) log_header_refused(kEnds, cause);
  for (const auto cause : {net::HandshakeFailure::nothing_sent, net::HandshakeFailure::not_tls})
    log_handshake_failed(kEnds, cause, {});
  EXPECT_EQ(summary(log), (Lines{
                              "info connection_refused address_is_full",
                              "warning connection_refused strangers_are_full",
                              "warning connection_refused all_are_full",
                              "warning connection_refused no_certificate",
                              "warning connection_refused out_of_descriptors",
                              "warning connection_refused not_watched",
                              "info proxy_header_refused client_is_here",
                              "debug connection_failed lost",
                              "info connection_failed tls_error",
                              "debug connection_failed silent",
                              "debug connection_failed no_allocation",
                              "info connection_failed asks_too_much",
                              "info connection_failed malformed",
                              "info connection_failed does_not_read",
                              "warning connection_failed not_watched",
                              "debug proxy_header_refused nothing_sent",
                              "info proxy_header_refused malformed",
                              "debug tls_handshake_failed nothing_sent",
                              "info tls_handshake_failed not_tls",
                          }));
}

TEST(PathLog, causes_have_names_of_their_own) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kConnectionEnds; ++i) names.insert(to_string(static_cast<ConnectionEnd>(i)));
  EXPECT_EQ(names.size(), kConnectionEnds);
  EXPECT_EQ(to_string(ConnectionEnd::no_server), "no_server") << "the last one";
}

TEST(PathLog, a_server_that_accepts_nobody_is_told_once_whichever_clients_it_concerns) {
  CapturedLog log(log::Level::info);
  const auto refused = make_error_code(boost::system::errc::connection_refused);
  FiveTuple other = kEnds;
  other.client = *ClientEndpoint::parse("198.51.100.1:4000");
  log_no_server(loopback(8443), kEnds, refused);
  log_no_server(loopback(8443), other, refused);
  log_no_server(loopback(8444), other, refused);
  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 3U);
  const auto expected = boost::json::parse(R"json({"level": "warning", "event": "passthrough_failed",
      "server": "127.0.0.1:8443", "from": "tls:192.0.2.1:4000", "cause": "no_server",
      "reason": "Connection refused"})json");
  EXPECT_EQ(boost::json::value(lines[0]), expected);
  EXPECT_EQ(text_of(lines[1], "server"), "127.0.0.1:8444");
  EXPECT_EQ(text_of(lines[2], "of"), "passthrough_failed");
}

class StreamPathLog : public StreamPathTest {
 protected:
  using StreamPathTest::StreamPathTest;
  // A connection that sends this and closes.
  void visit(const Endpoint& listener, std::string_view text, bool with_reset = false) {
    TcpWire wire(listener);
    run(kStart);
    if (!text.empty()) send(wire, text, kStart);
    with_reset ? wire.abort() : wire.close();
    run(kStart);
  }
};

TEST_F(StreamPathLog, who_speaks_no_tls_is_told_with_the_reason_of_openssl) {
  CapturedLog log(log::Level::info);
  visit(tls_, "GET / HTTP/1.1\r\n\r\n");
  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(text_of(lines[0], "cause"), "not_tls");
  EXPECT_EQ(text_of(lines[0], "reason"), "http request (SSL routines)");
  EXPECT_EQ(text_of(lines[0], "server"), tls_.to_string());
}

TEST_F(StreamPathLog, each_way_to_fail_has_its_cause) {
  CapturedLog log(log::Level::debug);
  visit(tls_, "");
  visit(tls_, std::string("\x16\x03\x01\x02\x00\x01", 6));
  visit(tcp_, "");
  visit(tcp_, "GET / HTTP/1.1\r\n\r\n");
  visit(tcp_, binding());
  visit(tcp_, binding(), true);
  const TcpWire silent = accept(kStart);
  const TcpWire stalled(tls_);
  run(kStart);
  left_at(kStart + seconds(30));
  EXPECT_EQ(summary(log), (Lines{
                              "debug tls_handshake_failed nothing_sent",
                              "info tls_handshake_failed ended",
                              "info connection_failed malformed",
                              "debug connection_failed lost",
                              "info tls_handshake_failed timed_out",
                              "debug connection_failed silent",
                          }));
  EXPECT_EQ(path_.counters().connections_closed.of(ConnectionEnd::by_client), 2U);
}

TEST_F(StreamPathLog, a_client_that_does_not_read_its_answers_is_told) {
  CapturedLog log(log::Level::info);
  const TcpWire wire = accept(kStart);
  const std::vector<std::uint8_t> response(60'000);
  for (int i = 0; i < 20; ++i) path_.send_response(1, response);
  EXPECT_EQ(summary(log), (Lines{"info connection_failed does_not_read"}));
}

TEST_F(StreamPathLog, a_flood_from_one_address_is_a_line_and_a_number) {
  CapturedLog log(log::Level::info);
  std::vector<TcpWire> wires;
  for (int i = 0; i < 150; ++i) wires.emplace_back(tcp_);
  run(kStart);
  for (int i = 0; i < 10; ++i) visit(tls_, "garbage");
  const auto lines = log.lines();
  ASSERT_EQ(lines.size(), 2U) << "the address is full";
  EXPECT_EQ(text_of(lines[0], "event"), "connection_refused");
  EXPECT_EQ(text_of(lines[0], "cause"), "address_is_full");
  EXPECT_EQ(text_of(lines[1], "event"), "causes_repeated");
  EXPECT_EQ(text_of(lines[1], "of"), "connection_refused");
  EXPECT_EQ(lines[1].at("count").as_int64(), 59);
}

class BalancedStreamPathLog : public StreamPathLog {
 protected:
  BalancedStreamPathLog() : StreamPathLog({*IpPrefix::parse("127.0.0.0/8")}) {}
};

TEST_F(BalancedStreamPathLog,
       a_header_that_is_none_is_told_of_the_balancer_and_what_follows_one_of_its_client) {
  CapturedLog log(log::Level::debug);
  visit(tcp_, "");
  visit(tcp_, "PROXY TCP4 ");
  visit(tcp_, binding());
  const TcpWire stalled = accept(kStart);
  left_at(kStart + seconds(10));
  visit(tls_, "PROXY TCP4 192.0.2.1 198.51.100.7 56324 3478\r\ngarbage");
  const auto lines = log.lines();
  Lines causes;
  for (const auto& line : lines) causes.push_back(text_of(line, "cause"));
  EXPECT_EQ(causes, (Lines{"nothing_sent", "ended", "malformed", "timed_out", "not_tls"}));
  EXPECT_TRUE(text_of(lines[1], "from").starts_with("tcp:127.0.0.1:"));
  EXPECT_EQ(text_of(lines.back(), "from"), "tls:192.0.2.1:56324");
  EXPECT_EQ(text_of(lines.back(), "server"), "198.51.100.7:3478");
}

}  // namespace
}  // namespace turnpike::path
