// One connection to Redis without its socket: bytes and times go in, bytes to send and events come out.
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

struct SessionLimits {
  Duration answer_max = std::chrono::milliseconds(1500);  // from asking to the whole answer
  Duration quiet_max = std::chrono::seconds(2);           // then a PING asks whether the server is there
  std::size_t outstanding_max = 1024;                     // commands without an answer
  std::size_t unsent_bytes_max = 4 << 20;
  ReplyLimits reply{};
};

using Ticket = std::uint64_t;

// All steps of the greeting have their answers.
struct Ready {
  bool operator==(const Ready&) const = default;
};
// To one of the commands that have this ticket, in their order. It may be an error of the server's.
struct Answered {
  Ticket ticket = 0;
  Reply reply{};
  bool operator==(const Answered&) const = default;
};
struct Message {
  std::string channel{};
  std::string payload{};
  bool operator==(const Message&) const = default;
};
// A server that says so in its answer is ill, but the connection is not.
struct Troubled {
  Failure failure{};
  bool operator==(const Troubled&) const = default;
};
// The last one: whatever is outstanding gets no answer.
struct Ended {
  Failure failure{};
  bool operator==(const Ended&) const = default;
};
using Event = std::variant<Ready, Answered, Message, Troubled, Ended>;

class Session {
 public:
  // The connection is there: the greeting is to be sent.
  Session(const Greeting& greeting, const SessionLimits& limits, TimePoint now);

  // All of them or none; they are sent without any other command in between. The failure is that of asking:
  // none of the commands is sent.
  std::optional<Failure> ask(Ticket ticket, std::span<const Command> commands, TimePoint now);

  void on_bytes(std::string_view bytes, TimePoint now);
  void on_time(TimePoint now);
  // Something outside has ended it.
  void end(Failure failure);

  // Taken until there is none.
  std::optional<Event> next_event();
  // When on_time() is to be called; none once it has ended.
  std::optional<TimePoint> next_deadline() const;

  bool has_unsent() const { return !unsent_.empty(); }
  std::string take_unsent() { return std::exchange(unsent_, {}); }

  bool is_ready() const { return is_ready_ && !has_ended_; }
  bool has_ended() const { return has_ended_; }
  std::size_t outstanding() const { return outstanding_.size(); }

 private:
  // Answers come in the order of the questions.
  struct Outstanding {
    TimePoint deadline;
    std::optional<Failure> (*judge)(const Reply& reply);  // null: it is somebody's command
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
  std::size_t greeting_left_ = 0;  // answers
  TimePoint quiet_until_;
  std::deque<Event> events_;
  bool is_ready_ = false;
  bool has_ended_ = false;
};

}  // namespace turnpike::redis
