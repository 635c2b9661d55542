// What the tests of the HTTP server share.
#include "harness.hpp"

#include <sys/socket.h>

#include <charconv>
#include <chrono>

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr auto kPatience = std::chrono::seconds(10);  // only a test that fails waits so long

}  // namespace

RawClient::RawClient(asio::io_context& context, const Endpoint& server)
    : context_(context), socket_(context) {
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::make_address(server.address.to_string()), server.port});
  socket.set_option(asio::ip::tcp::no_delay(true));
  socket_ = std::move(socket);
  socket_.non_blocking(true);
  settle();
}

RawClient::RawClient(asio::io_context& context, const std::string& unix_path)
    : context_(context), socket_(context) {
  asio::local::stream_protocol::socket socket(context);
  socket.connect({unix_path});
  socket_ = std::move(socket);
  socket_.non_blocking(true);
  settle();
}

RawClient::RawClient(asio::io_context& context, asio::generic::stream_protocol::socket connected)
    : context_(context), socket_(std::move(connected)) {
  socket_.non_blocking(true);
  settle();
}

bool RawClient::send(std::string_view text) {
  error_code error;
  while (!text.empty() && !error) {
    text.remove_prefix(socket_.write_some(asio::buffer(text), error));
    if (error == asio::error::would_block) error = {};
    settle();
  }
  return !error;
}

std::string RawClient::received() {
  settle();
  return std::exchange(received_, {});
}

std::string RawClient::received_up_to(std::string_view end) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  settle();
  while (!received_.ends_with(end) && !closed_ && std::chrono::steady_clock::now() < until) {
    context_.restart();
    context_.run_one_for(std::chrono::milliseconds(5));
    settle();
  }
  return std::exchange(received_, {});
}

std::string RawClient::received_until_closed() {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!closed_ && std::chrono::steady_clock::now() < until) {
    context_.restart();
    context_.run_one_for(std::chrono::milliseconds(5));
    settle();
  }
  EXPECT_TRUE(closed_);
  return std::exchange(received_, {});
}

void RawClient::half_close() {
  error_code ignored;
  socket_.shutdown(asio::socket_base::shutdown_send, ignored);
  settle();
}

void RawClient::send_and_half_close(std::string_view text) {
  asio::write(socket_, asio::buffer(text.data(), text.size()));
  half_close();
}

void RawClient::vanish() {
  socket_.set_option(asio::socket_base::linger(true, 0));
  socket_.close();
}

void RawClient::read() {
  char piece[4096];
  error_code error;
  for (std::size_t size = 1; size > 0 && !error && !closed_;) {
    size = socket_.read_some(asio::buffer(piece), error);
    received_.append(piece, size);
  }
  closed_ |= error && error != asio::error::would_block;
  reset_ |= error == asio::error::connection_reset;
}

void RawClient::settle() {
  context_.restart();
  do {
    read();
  } while (context_.poll() > 0);
}

std::string HttpHarness::exchange(std::string_view text) {
  RawClient client = connect();
  client.send(text);
  client.half_close();
  return client.received_until_closed();
}

void HttpHarness::settle() {
  context.restart();
  context.poll();
}

std::vector<std::string> statuses(std::string_view responses) {
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  std::vector<std::string> found;
  while (!responses.empty()) {
    if (!responses.starts_with(kVersion))
      return found.emplace_back("no response: " + std::string(responses)), found;
    const std::size_t head_size = responses.find("\r\n\r\n") + 4;
    found.emplace_back(responses.substr(kVersion.size(), responses.find('\r') - kVersion.size()));
    const std::string length = field(responses.substr(0, head_size), "Content-Length");
    std::size_t size = 0;
    std::from_chars(length.data(), length.data() + length.size(), size);
    if (head_size + size > responses.size()) return found.emplace_back("cut short"), found;
    responses.remove_prefix(head_size + size);
  }
  return found;
}

std::string field(std::string_view response, std::string_view name) {
  const std::string_view head = response.substr(0, response.find("\r\n\r\n"));
  const std::string start = "\r\n" + std::string(name) + ": ";
  const std::size_t found = head.find(start);
  if (found == head.npos) return "";
  const std::size_t value = found + start.size();
  return std::string(head.substr(value, head.find('\r', value) - value));
}

std::string body(std::string_view response) {
  const std::size_t end = response.find("\r\n\r\n");
  return end == response.npos ? "" : std::string(response.substr(end + 4));
}

}  // namespace turnpike::http
