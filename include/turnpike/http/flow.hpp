// Bytes that go from one socket to another.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "turnpike/http/block.hpp"
#include "turnpike/http/head.hpp"
#include "turnpike/http/watch.hpp"

namespace turnpike::http {

// TCP and Unix sockets alike.
using Socket = boost::asio::generic::stream_protocol::socket;

// One direction. Both sockets do not block (Socket::non_blocking).
struct Flow {
  Socket& from;
  Block& block;  // what has come from there and not been passed on
  Socket& to;
  bool is_stopped = false;  // nothing more is read; to be set before `from` is told to cancel
};

// Waits until something comes, at most so much of it. The block has memory only while it holds something.
boost::asio::awaitable<boost::system::error_code> fill(Socket& from, Block& block,
                                                       std::size_t most = Block::kSize);

using Pieces = std::array<boost::asio::const_buffer, 4>;
// All of it; `watch`, if any, is touched whenever the other end has taken some.
boost::asio::awaitable<boost::system::error_code> send(Socket& to, Pieces pieces, Watch* watch = nullptr);
boost::asio::awaitable<boost::system::error_code> send(Socket& to, std::string_view text);

// A message with its body.
struct Message {
  std::string head;  // leaves with the first bytes of the body, if these are there
  BodyFraming body;
  bool is_chunked = false;               // anew
  std::size_t ahead_max = Block::kSize;  // how much may be read from behind the body
};

enum class PassEnd : std::uint8_t {
  whole,
  cut,        // it ended before its end, or it was stopped
  malformed,  // its chunks were
  unsent,     // who should take it does not
};

boost::asio::awaitable<PassEnd> pass_message(Flow& flow, const Message& message, Watch& watch);

// Whatever comes, until its end, which is passed on as well. False where one of the sockets has failed.
boost::asio::awaitable<bool> pass_bytes(Socket& from, Block& block, Socket& to, Watch& watch);

}  // namespace turnpike::http
