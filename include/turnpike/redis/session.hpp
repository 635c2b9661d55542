// One connection to Redis without its socket: bytes and times come in, bytes to send and events go out.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "turnpike/base/time.hpp"
#include "turnpike/redis/greeting.hpp"
#include "turnpike/redis/reader.hpp"

namespace turnpike::redis {

// The bounds of a session.
struct SessionLimits {
  Duration answer_max = std::chrono::milliseconds(1500);  // from sending a command to its complete answer
  Duration quiet_max = std::chrono::seconds(2);  // without a byte from the server; then a PING is sent
  std::size_t outstanding_max = 2048;            // commands without an answer
  std::size_t unsent_bytes_max = 4 << 20;
  ReplyLimits reply{};
};

// Number that the caller gives to commands which are asked together.
using Ticket = std::uint64_t;

// The server has answered the whole greeting.
struct Ready {
  bool operator==(const Ready&) const = default;
};
// An answer to one of the commands with this ticket, in their order; may be an error of the server.
struct Answered {
  Ticket ticket = 0;
  Reply reply{};
  bool operator==(const Answered&) const = default;
};
// A message of a channel.
struct Message {
  std::string channel{};
  std::string payload{};
  bool operator==(const Message&) const = default;
};
// The server's answer says that the server is ill; the connection goes on.
struct Troubled {
  Failure failure{};
  bool operator==(const Troubled&) const = default;
};
// The last event: commands without an answer will get none.
struct Ended {
  Failure failure{};
  bool operator==(const Ended&) const = default;
};
using Event = std::variant<Ready, Answered, Message, Troubled, Ended>;

// Speaks the protocol. After each call take all events by next_event() and the bytes by take_unsent(), then
// call on_time() at next_deadline().
class Session {
 public:
  // Begins on a new connection with the greeting.
  Session(const Greeting& greeting, const SessionLimits& limits, TimePoint now);

  // Queues all commands, with no other command in between, or none of them. Returns why none is sent.
  std::optional<Failure> ask(Ticket ticket, std::span<const Command> commands, TimePoint now);

  // Takes bytes from the server.
  void on_bytes(std::string_view bytes, TimePoint now);
  // Handles all deadlines that have passed.
  void on_time(TimePoint now);
  // Ends the session for a reason from outside.
  void end(Failure failure);

  // Returns the next event; none if there is no more.
  std::optional<Event> next_event();
  // Returns when to call on_time(); none once the session has ended.
  std::optional<TimePoint> next_deadline() const;

  bool has_unsent() const { return !unsent_.empty(); }
  std::string take_unsent() { return std::exchange(unsent_, {}); }

  bool is_ready() const { return is_ready_ && !has_ended_; }
  bool has_ended() const { return has_ended_; }
  std::size_t outstanding() const { return outstanding_.size(); }

 private:
  // An expected answer; answers come in the order of the commands.
  struct Outstanding {
    TimePoint deadline;
    std::optional<Failure> (*judge)(const Reply& reply);  // null: the answer belongs to a caller of ask()
    Ticket ticket = 0;
  };

  void send(const Step& step, TimePoint now);
  void on_reply(Reply reply);
  void on_answer(Ticket ticket, Reply reply);

  SessionLimits limits_;
  bool is_for_messages_;
  Reader reader_;
  std::string unsent_;
  std::deque<Outstanding> outstanding_;
  std::size_t greeting_left_ = 0;  // answers that the greeting still lacks
  TimePoint quiet_until_;
  std::deque<Event> events_;
  bool is_ready_ = false;
  bool has_ended_ = false;
};

}  // namespace turnpike::redis
