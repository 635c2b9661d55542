// Passes bytes and message bodies from one socket to another.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "turnpike/http/block.hpp"
#include "turnpike/http/head.hpp"
#include "turnpike/http/watch.hpp"

namespace turnpike::http {

// A stream socket of TCP or of a Unix path.
using Socket = boost::asio::generic::stream_protocol::socket;

// One direction between two sockets, both of them non-blocking (Socket::non_blocking).
struct Flow {
  Socket& from;
  Block& block;  // what has arrived from `from` and was not passed on
  Socket& to;
  bool is_stopped = false;  // nothing more is read; set this before cancelling the reads of `from`
};

// Waits until bytes arrive and appends at most `most` of them. While it waits with an empty block, the block
// has no memory. Returns the socket's error, eof at the end.
boost::asio::awaitable<boost::system::error_code> fill(Socket& from, Block& block,
                                                       std::size_t most = Block::kSize);

// The parts of one write, in order; unused ones are empty.
using Pieces = std::array<boost::asio::const_buffer, 4>;
// Sends all bytes. `watch`, if not null, is touched whenever the other end has taken some. Returns the
// socket's error.
boost::asio::awaitable<boost::system::error_code> send(Socket& to, Pieces pieces, Watch* watch = nullptr);
boost::asio::awaitable<boost::system::error_code> send(Socket& to, std::string_view text);

// A message that is passed on: its new head, and how its body arrives.
struct Message {
  std::string head;  // sent together with the first bytes of the body if these have arrived
  BodyFraming body;
  bool is_chunked = false;               // the body leaves in chunks, however it arrives
  std::size_t ahead_max = Block::kSize;  // bytes that may be read from behind the body
};

// The outcome of passing a message on.
enum class PassEnd : std::uint8_t {
  whole,
  cut,        // the sender ended before the body did, or the flow was stopped
  malformed,  // the chunked coding of the body is malformed
  unsent,     // the receiver takes no more bytes
};

// Passes a whole message on; touches `watch` whenever bytes move.
boost::asio::awaitable<PassEnd> pass_message(Flow& flow, const Message& message, Watch& watch);

// Passes all bytes on until the sender ends, then ends the sending side of `to`. Returns false if one of the
// sockets fails.
boost::asio::awaitable<bool> pass_bytes(Socket& from, Block& block, Socket& to, Watch& watch);

}  // namespace turnpike::http
