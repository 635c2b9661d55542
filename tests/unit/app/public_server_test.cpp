// What a browser sees at a TLS listener, or a TCP listener, as one end of a socket pair.
#include "turnpike/app/public_server.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <filesystem>

#include "shell/support.hpp"

namespace turnpike::app {
namespace {

using namespace shell;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

class PublicServerTest : public testing::Test {
 protected:
  // All that is answered to the text before the server closes.
  std::string ask(PublicServer& server, std::string_view text, Transport transport = Transport::tls) {
    int fds[2] = {-1, -1};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    const net::FileDescriptor ours(fds[0]);
    server.serve(net::FileDescriptor(fds[1]),
                 {ClientEndpoint(loopback(1)), ServerEndpoint(loopback(443)), transport, {}});
    EXPECT_EQ(::send(ours.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    ::shutdown(ours.get(), SHUT_WR);
    std::string answer, part(4096, '\0');
    for (const TimePoint until = clock_now() + kPatience; clock_now() < until;) {
      context_.restart();
      context_.run_for(std::chrono::milliseconds(5));
      const auto count = ::recv(ours.get(), part.data(), part.size(), 0);
      if (count == 0) break;
      if (count > 0) answer.append(part, 0, static_cast<std::size_t>(count));
    }
    return answer;
  }

  boost::asio::io_context context_{1};
};

constexpr std::string_view kRoot = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST_F(PublicServerTest, has_a_page_where_nothing_stands_behind_it) {
  PublicServer server(context_, {});
  EXPECT_THAT(ask(server, kRoot), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask(server, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(PublicServerTest, passes_on_what_it_is_told_to_after_a_reload_too) {
  PublicServer server(context_, {});
  config::Config behind;
  behind.http.upstream = {{.server = loopback(1)}};  // where nobody listens
  server.replace(behind);
  EXPECT_THAT(ask(server, kRoot), StartsWith("HTTP/1.1 502 "));
  ASSERT_EQ(server.upstreams().size(), 1U);
  EXPECT_EQ(server.upstreams().front().health->failures.of(http::UpstreamFailure::refused), 1U);
  server.replace({});
  EXPECT_TRUE(server.upstreams().empty());
  EXPECT_THAT(ask(server, kRoot), StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(PublicServerTest, shows_who_comes_over_TCP_the_way_to_TLS_and_nothing_else) {
  config::Config config;
  config.listen.tls = {loopback(443)};
  config.http.upstream = {{.server = loopback(1)}};
  PublicServer server(context_, config);
  const auto ask_plainly = [&](std::string_view text) { return ask(server, text, Transport::tcp); };
  const std::string moved = ask_plainly("GET /rtc?a HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_THAT(moved, StartsWith("HTTP/1.1 301 Moved Permanently\r\n"));
  EXPECT_THAT(moved, HasSubstr("\r\nLocation: https://a/rtc?a\r\n"));
  const std::string post =
      ask_plainly("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_THAT(post, StartsWith("HTTP/1.1 308 Permanent Redirect\r\n")) << "before its body";
  EXPECT_THAT(post, HasSubstr("\r\nConnection: close\r\n"));
  EXPECT_THAT(ask_plainly("GET / HTTP/1.0\r\n\r\n"), StartsWith("HTTP/1.1 400 ")) << "of no host";
  EXPECT_THAT(ask_plainly("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 404 "));
  server.replace({});
  EXPECT_THAT(ask_plainly(kRoot), StartsWith("HTTP/1.1 404 ")) << "who was on the way here at a reload";
}

TEST_F(PublicServerTest, answers_challenges_over_TCP_alone) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path(".well-known/acme-challenge"));
  folder.write(".well-known/acme-challenge/token", "answer", 0644);
  config::Config config;
  config.http.acme_webroot = folder.path("");
  PublicServer server(context_, config);
  const std::string get = "GET /.well-known/acme-challenge/token HTTP/1.1\r\nHost: a\r\n\r\n";
  const std::string answer = ask(server, get, Transport::tcp);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("\r\nContent-Type: text/plain"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\nanswer"));
  EXPECT_THAT(ask(server, get), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(ask(server, "POST" + get.substr(3), Transport::tcp), StartsWith("HTTP/1.1 405 "));
  EXPECT_THAT(ask(server, kRoot, Transport::tcp), StartsWith("HTTP/1.1 404 ")) << "there is no TLS listener";
}

TEST_F(PublicServerTest, has_the_check_page_in_front_of_what_stands_behind) {
  constexpr std::string_view kPage = "GET /check HTTP/1.1\r\nHost: a\r\n\r\n";
  config::Config config;
  config.http.upstream = {{.server = loopback(1)}};
  PublicServer server(context_, config);
  EXPECT_THAT(ask(server, kPage), StartsWith("HTTP/1.1 502 "));
  config.http.check_page = "/check";
  config.credentials.rest_secrets = {"north"};
  server.replace(config);
  EXPECT_THAT(ask(server, kPage), StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(ask(server, "GET /check/x HTTP/1.1\r\nHost: a\r\n\r\n"), StartsWith("HTTP/1.1 502 "));
  EXPECT_THAT(
      ask(server, "POST /check/credentials HTTP/1.1\r\nHost: a\r\nOrigin: https://a\r\n\r\n"),
      AllOf(StartsWith("HTTP/1.1 201 "), HasSubstr("Cache-Control: no-store"), HasSubstr("turnpike ")));
  EXPECT_THAT(ask(server, "POST /check/credentials HTTP/1.1\r\nHost: a\r\n\r\n"),
              StartsWith("HTTP/1.1 403 "));
}

}  // namespace
}  // namespace turnpike::app
