#include "turnpike/redis/session.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::redis {
namespace {

bool is_message(const Reply& reply) {
  return reply.is_array() && reply.elements.size() == 3 && reply.elements[0].text == "message" &&
         std::ranges::all_of(reply.elements, &Reply::is_string);
}

}  // namespace

Session::Session(const Greeting& greeting, const SessionLimits& limits, TimePoint now)
    : limits_(limits),
      is_for_messages_(!greeting.channels.empty()),
      reader_(limits.reply),
      quiet_until_(now + limits.quiet_max) {
  for (const Step& step : steps_of(greeting)) send(step, now);
  greeting_left_ = outstanding_.size();
  if (greeting_left_ > 0 || has_ended_) return;
  is_ready_ = true;
  events_.emplace_back(Ready{});
}

void Session::send(const Step& step, TimePoint now) {
  const auto bytes = encode(step.command);
  if (!bytes) return end({Cause::command_too_large, step.command.empty() ? "" : step.command.front()});
  unsent_ += *bytes;
  for (std::size_t i = 0; i < step.answers; ++i)
    outstanding_.push_back({now + limits_.answer_max, step.judge, 0});
  quiet_until_ = now + limits_.quiet_max;
}

std::optional<Failure> Session::ask(Ticket ticket, std::span<const Command> commands, TimePoint now) {
  if (!is_ready() || is_for_messages_) return Failure{Cause::no_connection, ""};
  if (commands.size() > limits_.outstanding_max - std::min(limits_.outstanding_max, outstanding_.size()))
    return Failure{Cause::too_many_commands, ""};
  std::string bytes;
  for (const Command& command : commands) {
    const auto encoded = encode(command);
    if (!encoded) return Failure{Cause::command_too_large, ""};
    if (bytes.size() + encoded->size() + unsent_.size() > limits_.unsent_bytes_max)
      return Failure{Cause::too_many_commands, ""};
    bytes += *encoded;
  }
  unsent_ += bytes;
  for (std::size_t i = 0; i < commands.size(); ++i)
    outstanding_.push_back({now + limits_.answer_max, nullptr, ticket});
  quiet_until_ = now + limits_.quiet_max;
  return std::nullopt;
}

// An answer that is there counts, even where nobody has had the time to look before its deadline.
void Session::on_bytes(std::string_view bytes, TimePoint now) {
  while (!bytes.empty() && !has_ended_) {
    auto reply = reader_.read(bytes);
    if (!reply) return end({Cause::malformed, std::string(words(reply.error()))});
    if (*reply) on_reply(std::move(**reply));
  }
  on_time(now);
}

void Session::on_reply(Reply reply) {
  if (is_for_messages_ && is_message(reply)) {
    events_.emplace_back(Message{std::move(reply.elements[1].text), std::move(reply.elements[2].text)});
    return;
  }
  if (outstanding_.empty()) {
    return end(reply.is_error() ? failure_of(reply.text)
                                : Failure{Cause::malformed, "an answer to nothing that was asked"});
  }
  const Outstanding question = outstanding_.front();
  outstanding_.pop_front();
  if (question.judge == nullptr) return on_answer(question.ticket, std::move(reply));
  if (auto failure = question.judge(reply)) return end(std::move(*failure));
  if (greeting_left_ == 0 || --greeting_left_ > 0) return;
  is_ready_ = true;
  events_.emplace_back(Ready{});
}

void Session::on_answer(Ticket ticket, Reply reply) {
  const Failure failure = reply.is_error() ? failure_of(reply.text) : Failure{Cause::refused, ""};
  events_.emplace_back(Answered{ticket, std::move(reply)});
  if (failure.cause == Cause::refused) return;
  if (ends_connection(failure.cause)) return end(failure);
  events_.emplace_back(Troubled{failure});
}

void Session::on_time(TimePoint now) {
  if (has_ended_) return;
  if (!outstanding_.empty()) {
    if (outstanding_.front().deadline <= now) end({Cause::timed_out, ""});
  } else if (quiet_until_ <= now) {
    send(ping(), now);
  }
}

void Session::end(Failure failure) {
  if (std::exchange(has_ended_, true)) return;
  outstanding_.clear();
  unsent_.clear();
  events_.emplace_back(Ended{std::move(failure)});
}

std::optional<Event> Session::next_event() {
  if (events_.empty()) return std::nullopt;
  Event event = std::move(events_.front());
  events_.pop_front();
  return event;
}

std::optional<TimePoint> Session::next_deadline() const {
  if (has_ended_) return std::nullopt;
  return outstanding_.empty() ? quiet_until_ : outstanding_.front().deadline;
}

}  // namespace turnpike::redis
