#include "turnpike/http/flow.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "turnpike/http/chunks.hpp"
#include "turnpike/http/round_trip.hpp"

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kLastChunk = "0\r\n\r\n";
constexpr std::string_view kEndAndLastChunk = "\r\n0\r\n\r\n";

asio::const_buffer piece(std::string_view text) { return asio::buffer(text.data(), text.size()); }

// What of a body has come, and how much may be read next.
class BodyReader {
 public:
  explicit BodyReader(const Message& message)
      : framing_(message.body),
        ahead_max_(message.ahead_max),
        rest_(message.body.length),
        is_done_(message.body.is_empty()) {}

  bool is_done() const { return is_done_; }
  void end() { is_done_ = true; }

  // No value where it is malformed.
  std::optional<ChunkReader::Piece> take(std::span<char> come) {
    if (is_done_) return ChunkReader::Piece{};
    if (framing_.kind == BodyKind::chunked) {
      const auto taken = chunks_.read(come);
      is_done_ = chunks_.is_done();
      return taken;
    }
    if (framing_.kind == BodyKind::length) {
      come = come.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest_, come.size())));
      rest_ -= come.size();
      is_done_ = rest_ == 0;
    }
    return ChunkReader::Piece{come, come.size()};
  }

  std::size_t read_max() const {
    std::uint64_t most = Block::kSize;
    if (framing_.kind == BodyKind::length) most = rest_;
    if (framing_.kind == BodyKind::chunked) most = chunks_.chunk_rest() + ahead_max_;
    return static_cast<std::size_t>(std::min<std::uint64_t>(most, Block::kSize));
  }

 private:
  const BodyFraming framing_;
  const std::size_t ahead_max_;
  ChunkReader chunks_;
  std::uint64_t rest_;
  bool is_done_;
};

}  // namespace

asio::awaitable<error_code> fill(Socket& from, Block& block, std::size_t most) {
  for (;;) {
    const std::span<char> room = block.room();
    error_code error;
    const std::size_t size = from.read_some(asio::buffer(room.data(), std::min(room.size(), most)), error);
    block.commit(size);
    if (error != asio::error::would_block) {
      if (error) block.clear_if_empty();
      co_return error;
    }
    block.clear_if_empty();
    const auto [failed] = co_await from.async_wait(Socket::wait_read, kAwait);
    if (failed) co_return failed;
  }
}

asio::awaitable<error_code> send(Socket& to, Pieces pieces, Watch* watch) {
  const auto go_on = [watch](error_code error, std::size_t) -> std::size_t {
    if (watch != nullptr) watch->touch();
    return error ? 0 : std::numeric_limits<std::size_t>::max();
  };
  const auto [error, size] = co_await asio::async_write(to, pieces, go_on, kAwait);
  co_return error;
}

asio::awaitable<error_code> send(Socket& to, std::string_view text) { return send(to, Pieces{piece(text)}); }

asio::awaitable<PassEnd> pass_message(Flow& flow, const Message& message, Watch& watch) {
  BodyReader body(message);
  std::string_view head = message.head;
  for (;;) {
    const auto come = body.take(flow.block.filled());
    if (!come) co_return PassEnd::malformed;
    const std::string_view payload(come->payload.data(), come->payload.size());
    const bool ends_chunks = message.is_chunked && body.is_done();
    if (!head.empty() || !payload.empty() || ends_chunks) {
      const bool is_chunk = message.is_chunked && !payload.empty();
      const std::string size = is_chunk ? fmt::format("{:x}\r\n", payload.size()) : "";
      const std::string_view end = !is_chunk     ? (ends_chunks ? kLastChunk : "")
                                   : ends_chunks ? kEndAndLastChunk
                                                 : kLineEnd;
      const Pieces pieces{piece(head), piece(size), piece(payload), piece(end)};
      const error_code unsent = co_await send(flow.to, pieces, &watch);
      if (unsent) co_return PassEnd::unsent;
      head = {};
    }
    flow.block.consume(come->taken);
    if (body.is_done()) co_return PassEnd::whole;
    if (flow.is_stopped) co_return PassEnd::cut;

    const error_code error = co_await fill(flow.from, flow.block, body.read_max());
    watch.touch();
    const bool is_end = error == asio::error::eof && message.body.kind == BodyKind::until_end;
    if (is_end) body.end();
    if (error && !is_end) co_return PassEnd::cut;
    if (is_end && !message.is_chunked) co_return PassEnd::whole;
  }
}

asio::awaitable<bool> pass_bytes(Socket& from, Block& block, Socket& to, Watch& watch) {
  for (;;) {
    if (!block.is_empty()) {
      const Pieces pieces{piece(block.text())};
      const error_code unsent = co_await send(to, pieces, &watch);
      if (unsent) co_return false;
      block.consume(block.text().size());
    }
    const error_code error = co_await fill(from, block);
    watch.touch();
    if (error == asio::error::eof) break;
    if (error) co_return false;
  }
  error_code failed;
  to.shutdown(Socket::shutdown_send, failed);
  co_return !failed;
}

}  // namespace turnpike::http
