// The HTTP client against servers that answer whatever the test says.
#include "turnpike/http/client.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr const char* kGood =
    "HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n\r\n{}";
const Post kRequest{"/ask", "Bearer token", "{\"a\":1}"};

// Gives each request the next of its answers; closes the connection where `closes_after_each` says so, and
// says nothing where an answer is
// "".
struct Answering {
  explicit Answering(asio::io_context& context) : acceptor(context, {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(context, accept(), asio::detached);
  }

  asio::awaitable<void> accept() {
    while (true) {
      tcp::socket socket = co_await acceptor.async_accept(asio::use_awaitable);
      ++connections;
      asio::co_spawn(acceptor.get_executor(), serve(std::move(socket)), asio::detached);
    }
  }

  asio::awaitable<void> serve(tcp::socket socket) {
    std::string buffer;
    do {
      const auto [error, head] = co_await asio::async_read_until(
          socket, asio::dynamic_buffer(buffer), kRequest.json, asio::as_tuple(asio::use_awaitable));
      if (error) co_return;
      requests.push_back(buffer.substr(0, head));
      buffer.erase(0, head);
      const std::string answer = answers.size() == 1
                                     ? answers.front()
                                     : std::exchange(answers, {answers.begin() + 1, answers.end()}).front();
      co_await asio::async_write(socket, asio::buffer(answer), asio::as_tuple(asio::use_awaitable));
      if (answer.empty()) silent.push_back(std::move(socket));
    } while (!closes_after_each && silent.empty());
  }

  Url url() const { return {false, "127.0.0.1", acceptor.local_endpoint().port(), "/base"}; }

  tcp::acceptor acceptor;
  std::vector<std::string> answers{kGood};  // the last one again and again
  bool closes_after_each = false;
  std::vector<std::string> requests{};
  std::vector<tcp::socket> silent{};
  int connections = 0;
};

class HttpClientTest : public testing::Test {
 protected:
  using Outcome = Result<Answer, std::string>;

  Outcome post(Client& client) {
    std::optional<Outcome> answer;
    asio::co_spawn(context_, client.post(kRequest),
                   [&](std::exception_ptr, Outcome got) { answer = std::move(got); });
    for (int i = 0; i < 1000 && !answer; ++i) context_.run_one_for(milliseconds(10));
    return answer ? *answer : Outcome(std::string("the test waited in vain"));
  }
  Outcome post(const Url& url) {
    Client client(url, tls_,
                  {.request_max = milliseconds(500), .header_bytes_max = 1000, .body_bytes_max = 1000});
    return post(client);
  }
  std::string fault_of(const std::string& answer) {
    server_.answers = {answer};
    server_.closes_after_each = true;
    const Outcome got = post(server_.url());
    return got ? "none" : got.error();
  }

  asio::io_context context_{1};
  asio::ssl::context tls_ = make_client_tls(Url{});
  Answering server_{context_};
};

TEST_F(HttpClientTest, asks_and_has_the_answer_with_its_date) {
  const auto answer = post(server_.url());
  ASSERT_TRUE(answer) << answer.error();
  EXPECT_EQ(answer->body, "{}");
  EXPECT_EQ(answer->date, 784111777);
  ASSERT_EQ(server_.requests.size(), 1U);
  const std::string host = "Host: " + server_.url().authority() + "\r\n";
  for (const std::string& part :
       {std::string("POST /base/ask HTTP/1.1\r\n"), host, std::string("Authorization: Bearer token\r\n"),
        std::string("Content-Type: application/json\r\n"),
        std::string("Content-Length: 7\r\n\r\n{\"a\":1}")}) {
    EXPECT_THAT(server_.requests.front(), HasSubstr(part));
  }
}

TEST_F(HttpClientTest, keeps_its_connection_and_opens_another_where_the_server_has_closed_it) {
  Client client(server_.url(), tls_);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(post(client));
  EXPECT_EQ(server_.connections, 1);
  server_.closes_after_each = true;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(post(client));
  EXPECT_EQ(server_.connections, 3);
  EXPECT_EQ(server_.requests.size(), 6U);
}

TEST_F(HttpClientTest, an_answer_in_chunks_or_until_the_end_is_one_too) {
  for (const char* answer :
       {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n",
        "HTTP/1.0 200 OK\r\n\r\nabcd"}) {
    server_.answers = {answer};
    server_.closes_after_each = true;
    const auto got = post(server_.url());
    ASSERT_TRUE(got) << got.error();
    EXPECT_EQ(got->body, "abcd");
    EXPECT_EQ(got->date, std::nullopt);
  }
}

TEST_F(HttpClientTest, what_is_no_answer_has_a_reason) {
  const struct {
    std::string answer;
    const char* reason;
  } cases[] = {
      {"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "status 401 Unauthorized"},
      {"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "status 500 Internal Server Error"},
      {"HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n",
       "status 301 Moved Permanently"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n" + std::string(1001, 'x'),
       "an answer of more than 1000 bytes"},
      {"HTTP/1.0 200 OK\r\n\r\n" + std::string(1001, 'x'), "an answer of more than 1000 bytes"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(1001, 'x') + "\r\n\r\n", "header limit exceeded"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{}", "partial message"},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "bad version"},
      {"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "bad Content-Length"},
  };
  for (const auto& c : cases) EXPECT_EQ(fault_of(c.answer), c.reason) << c.answer.substr(0, 60);
  EXPECT_THAT(fault_of(""), HasSubstr("no answer within 0.5 s"));
}

TEST_F(HttpClientTest, a_server_that_cannot_be_reached_has_a_reason) {
  Url url = server_.url();
  url.is_secure = true;  // which the server is not
  server_.answers = {""};
  EXPECT_EQ(post(url).error(), "no answer within 0.5 s");
  server_.acceptor.close();
  EXPECT_EQ(post(url).error(), "Connection refused");
}

}  // namespace
}  // namespace turnpike::http
